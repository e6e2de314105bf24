//! Records of any bytes: nothing of them panics, and none makes a line out of proportion.
use super::*;
use crate::record::dictionary::{Dictionary, Function};
use crate::record::encode::{self, More as Extra};
use crate::record::{LAST, UNNAMED};
use crate::thread::id::mix;

fn renderer() -> Renderer {
    let mut dictionary = Dictionary::new(7);
    let function = Function { module: "shop::sql", name: "select", source: "src/sql.rs:91" };
    let _ = dictionary.add_callsite(function, ["id", "order", "key"].into_iter());
    let _ = (dictionary.type_number("shop::Sql"), dictionary.thread_number("main"));
    let _ = (dictionary.name_number("field"), dictionary.name_number("other"));
    let mut renderer = Renderer::new();
    dictionary.entries().into_iter().for_each(|entries| renderer.learn(entries));
    renderer
}

/// A record with some of everything.
fn record(event: Event) -> (u8, Vec<u8>) {
    let mut out = Text::new();
    let head = Head {
        event,
        callsite: 0,
        thread: if event == Event::Enter { 0 } else { UNNAMED | 3 },
        time: 1_635_789_012_345_000_042,
        span: 5,
        parent: 6,
        trace: 8,
        wide: Some(9),
        nanos: 12_345,
    };
    let mut kind = head.write(&mut out);
    let extra = Extra { busy: Some(4), type_number: Some(0), label: Some("a label"), ..Extra::default() };
    kind |= extra.write(&mut out);
    if event == Event::Exception {
        encode::string(&mut out, "a message");
    } else {
        encode::bare(&mut out, tag::OK);
        encode::bare(&mut out, tag::MAP);
        encode::bare(&mut out, tag::LIST);
        encode::signed(&mut out, -5);
        encode::bare(&mut out, tag::END);
        encode::bare(&mut out, tag::FIELDS);
        encode::field(&mut out, 1, "other");
        encode::double(&mut out, f64::NAN);
        encode::end_fields(&mut out);
        encode::bare(&mut out, tag::END);
        encode::string(&mut out, &"long".repeat(100));
        encode::long(&mut out, tag::JSON, "[1]");
    }
    encode::bare(&mut out, tag::TRUNCATED);
    encode::bare(&mut out, tag::ABSENT);
    (kind, out.as_bytes().to_vec())
}

/// The length of the line, if there is one; that is whole, and not much longer than its record.
fn len_of_line(renderer: &mut Renderer, kind: u8, payload: &[u8]) -> Option<usize> {
    let mut line = Vec::new();
    let is_line = renderer.render(kind, payload, &mut line).is_ok();
    assert_eq!(is_line, line.ends_with(b"\n"));
    assert!(line.len() < 1000 + 200 * payload.len(), "{} bytes of {payload:?}", line.len());
    is_line.then_some(line.len())
}

fn byte(random: u64) -> u8 {
    random.to_le_bytes()[0]
}

#[test]
fn any_bytes_are_a_line_or_none() {
    let mut renderer = renderer();
    for event in [Event::Enter, Event::Exit, Event::Exception] {
        let (kind, whole) = record(event);
        assert!(len_of_line(&mut renderer, kind, &whole).is_some());
        for len in 0..whole.len() {
            let _ = len_of_line(&mut renderer, kind, &whole[..len]);
        }
        for n in 0..4_000 {
            let mut damaged = whole.clone();
            for k in 0..=n % 4 {
                let random = mix(4 * n + k + 1);
                let at = usize::try_from(random >> 9).unwrap_or(0) % damaged.len();
                damaged[at] = if random & 256 == 0 { byte(random) % 24 } else { byte(random) };
            }
            let kind = if n % 8 == 0 { byte(mix(n)) & 63 } else { kind };
            let _ = len_of_line(&mut renderer, kind, &damaged);
        }
    }
}

#[test]
fn values_that_nest_without_end_are_none() {
    let mut renderer = renderer();
    let (kind, head) = (kind::CALL | kind::ROOT, [0; 32]);
    let [first, last] = LAST.to_ne_bytes();
    for nested in [
        &[tag::LIST][..],
        &[tag::MAP],
        &[tag::FIELDS, 0, 0],
        &[tag::OK],
        &[first, last],
        &[tag::MAP, tag::SMALL, 1],
    ] {
        for depth in [10, 299, 301, 100_000] {
            let payload = [&head[..], &nested.repeat(depth), &[tag::SHORT, 1, b'"']].concat();
            let _ = len_of_line(&mut renderer, kind, &payload);
        }
    }
}
