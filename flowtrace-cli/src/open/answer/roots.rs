//! The requests: calls without a caller, with how long they took.
use std::collections::HashMap;

use serde::Serialize;

use crate::index::{Index, NONE};
use crate::open::ask::{Answer, Ask, Refusal};
use crate::open::histogram::{Bucket, histogram};
use crate::open::row::CallRow;
use crate::open::select::Selection;

/// So many endpoints are listed, the most frequent ones.
const ENDPOINTS: usize = 200;

/// The answer to `roots`.
#[derive(Serialize)]
pub(in crate::open) struct Roots {
    total: usize,
    rows: Vec<CallRow>,
    histogram: Vec<Bucket>,
    endpoints: Vec<Endpoint>,
}

#[derive(Serialize)]
struct Endpoint {
    name: String,
    count: usize,
    p50: u64,
    p99: u64,
    errors: usize,
    /// How many of them failed, or called what failed.
    failing: usize,
}

/// A root, and the number of its endpoint.
#[derive(Clone, Copy)]
struct Root {
    call: u32,
    endpoint: u32,
}

pub(in crate::open) fn roots(index: &Index, ask: &Ask<'_>) -> Answer<Roots> {
    let selection = Selection::of(index, ask)?;
    let mut roots = chosen(index, &selection);
    if let Some(asked) = ask.text("endpoint") {
        roots.retain(|root| name(index, *root) == asked);
    }
    let (offset, limit) = ask.page()?;
    let histogram = histogram(roots.iter().map(|root| index.duration(root.call)));
    let failures = failures(index);
    let endpoints = endpoints(index, &roots, &failures);
    match ask.text("sort").unwrap_or("time") {
        "time" => roots.sort_by_key(|root| index.start(root.call)),
        "duration" => roots.sort_by_cached_key(|root| index.duration(root.call)),
        "name" => roots.sort_by_cached_key(|root| name(index, *root)),
        other => {
            let expected = "expected `time`, `duration` or `name`";
            return Err(Refusal::new(format!("there is no order by `{other}`; {expected}")));
        }
    }
    if ask.text("desc").is_some_and(|desc| desc != "0" && desc != "false") {
        roots.reverse();
    }
    let row = |root: &Root| {
        let hit = selection.is_filtered().then(|| selection.has(index, root.call));
        let failed = Some(failures.get(&root.call).copied().unwrap_or(0));
        CallRow { endpoint: Some(name(index, *root)), hit, failed, ..CallRow::of(index, root.call) }
    };
    let rows = roots.iter().skip(offset).take(limit).map(row).collect();
    Ok(Roots { total: roots.len(), rows, histogram, endpoints })
}

/// The roots that are chosen, or above a call that is.
fn chosen(index: &Index, selection: &Selection) -> Vec<Root> {
    let numbered = (0..).zip(index.roots().iter());
    let with_endpoint = |(nth, call)| Root { call, endpoint: index.endpoint(nth) };
    if selection.is_any_call() {
        return numbered.filter(|(_, call)| selection.is_then(index, *call)).map(with_endpoint).collect();
    }
    let mut above: Vec<u32> = selection.calls(index).map(|call| index.root(call)).collect();
    above.sort_unstable();
    above.dedup();
    numbered.filter(|(_, call)| above.binary_search(call).is_ok()).map(with_endpoint).collect()
}

/// How many calls failed in each tree, by its root.
fn failures(index: &Index) -> HashMap<u32, u32> {
    let mut failures = HashMap::new();
    for call in (0..index.calls()).filter(|call| index.failed(*call)) {
        *failures.entry(index.root(call)).or_default() += 1;
    }
    failures
}

fn name(index: &Index, root: Root) -> String {
    if let Some(name) = index.names.endpoints.get(root.endpoint as usize) {
        return name.clone();
    }
    let function = index.names.functions.get(index.function(root.call) as usize);
    function.map(crate::index::Function::short).unwrap_or_default()
}

fn endpoints(index: &Index, roots: &[Root], failures: &HashMap<u32, u32>) -> Vec<Endpoint> {
    let mut groups: HashMap<(u32, u32), Vec<Root>> = HashMap::new();
    for root in roots {
        let function = if root.endpoint == NONE { index.function(root.call) } else { NONE };
        groups.entry((function, root.endpoint)).or_default().push(*root);
    }
    let endpoint = |roots: Vec<Root>| {
        let mut durations: Vec<_> = roots.iter().map(|root| index.duration(root.call)).collect();
        durations.sort_unstable();
        Endpoint {
            name: name(index, roots[0]),
            count: roots.len(),
            p50: quantile(&durations, 50),
            p99: quantile(&durations, 99),
            errors: roots.iter().filter(|root| index.failed(root.call)).count(),
            failing: roots.iter().filter(|root| failures.contains_key(&root.call)).count(),
        }
    };
    let mut endpoints: Vec<_> = groups.into_values().map(endpoint).collect();
    endpoints.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    endpoints.truncate(ENDPOINTS);
    endpoints
}

/// The smallest number that `percent` of the sorted ones do not exceed.
pub(super) fn quantile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occur() {
        assert_eq!(quantile(&[1, 2, 3, 4], 50), 2);
        assert_eq!(quantile(&[1, 2, 3, 4], 99), 4);
        assert_eq!(quantile(&[], 50), 0);
    }
}
