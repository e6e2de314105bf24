//! The caller's place in its trace, as W3C Trace Context sends it along: `traceparent` and `tracestate`.

use std::{collections::HashSet, future::Future};

use flowtrace_runtime::{Context, carry_future};
use hyper::{HeaderMap, header::HeaderValue};

/// Entries that a `tracestate` may have.
const MOST_ENTRIES: usize = 32;
/// Characters that the parts of an entry may have.
const LONGEST_PART: usize = 256;

/// The call that `headers` name as the request's parent, and the state that goes with it. What breaks the
/// specification counts as not sent: a bad state alone, a bad parent together with its state.
pub(super) fn of(headers: &HeaderMap) -> Option<(Context, Option<String>)> {
    let mut parents = headers.get_all("traceparent").iter();
    let (Some(parent), None) = (parents.next(), parents.next()) else { return None };
    let parent = parent.to_str().ok()?.parse().ok()?;
    let states: Result<Vec<&str>, _> =
        headers.get_all("tracestate").iter().map(HeaderValue::to_str).collect();
    // Several lines are one list.
    let state = states.ok().map(|states| states.join(",")).filter(|state| is_state(state));
    Some((parent, state))
}

/// Runs the future that `work` makes as a part of `parent`, or as a root where there is none.
pub(super) fn carry<F: Future>(
    parent: Option<Context>,
    work: impl FnOnce() -> F,
) -> impl Future<Output = F::Output> {
    let carried = || carry_future(work());
    match parent {
        Some(parent) => parent.run(carried),
        None => carried(),
    }
}

fn is_state(state: &str) -> bool {
    let entries = state.split(',').map(|entry| entry.trim_matches([' ', '\t']));
    let entries: Vec<&str> = entries.filter(|entry| !entry.is_empty()).collect();
    let mut keys = HashSet::new();
    (1..=MOST_ENTRIES).contains(&entries.len())
        && entries.iter().all(|entry| {
            entry
                .split_once('=')
                .is_some_and(|(key, value)| is_key(key) && is_value(value) && keys.insert(key))
        })
}

/// `vendor` or `tenant@vendor`.
fn is_key(key: &str) -> bool {
    let (tenant, vendor) = key.split_once('@').map_or((None, key), |(tenant, vendor)| (Some(tenant), vendor));
    let is_name = |name: &str, longest| {
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/');
        (1..=longest).contains(&name.len()) && name.bytes().all(allowed)
    };
    let begins_with_letter = |name: &str| name.starts_with(|first: char| first.is_ascii_lowercase());
    match tenant {
        None => is_name(vendor, LONGEST_PART) && begins_with_letter(vendor),
        Some(tenant) => is_name(tenant, 241) && is_name(vendor, 14) && begins_with_letter(vendor),
    }
}

fn is_value(value: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'=';
    (1..=LONGEST_PART).contains(&value.len()) && value.bytes().all(allowed) && !value.ends_with(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn read(headers: &[(&'static str, &str)]) -> Option<(String, Option<String>)> {
        let header = |&(name, value): &(&'static str, &str)| {
            (name.parse().expect("a name"), value.parse().expect("a value"))
        };
        let mut map = HeaderMap::new();
        for (name, value) in headers.iter().map(header) {
            map.append::<hyper::header::HeaderName>(name, value);
        }
        of(&map).map(|(parent, state)| (parent.to_string(), state))
    }

    #[test]
    fn a_parent_and_its_state_are_read() {
        assert_eq!(read(&[("traceparent", PARENT)]), Some((PARENT.to_owned(), None)));
        let state = "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7,t1@v=a b";
        let both = Some((PARENT.to_owned(), Some(state.to_owned())));
        assert_eq!(read(&[("traceparent", PARENT), ("tracestate", state)]), both);
        let (first, rest) = state.split_once(',').expect("entries");
        assert_eq!(read(&[("traceparent", PARENT), ("tracestate", first), ("tracestate", rest)]), both);
    }

    #[test]
    fn what_breaks_the_specification_was_not_sent() {
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[("tracestate", "a=b")]), None);
        assert_eq!(read(&[("traceparent", PARENT), ("traceparent", PARENT)]), None);
        assert_eq!(read(&[("traceparent", "00-0-0-01"), ("tracestate", "a=b")]), None);
        for state in ["a", "=b", "a=", "A=b", "1a=b", "a=b=c", "a=b,a=c", "t@=v", "@v=v", "a b=c", ","] {
            let read = read(&[("traceparent", PARENT), ("tracestate", state)]);
            assert_eq!(read, Some((PARENT.to_owned(), None)), "{state}");
        }
        let many = (0..33).map(|n| format!("k{n}=v")).collect::<Vec<_>>().join(",");
        assert!(!is_state(&many));
        assert!(is_state(many.rsplit_once(',').expect("entries").0));
    }
}
