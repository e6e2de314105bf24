//! An argument that is made to point at a local.
#![deny(warnings, dead_code, unused)]
#![allow(clippy::needless_lifetimes, clippy::extra_unused_lifetimes, reason = "the shape has them")]
use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;

#[trace]
fn reassigned<'a>(mut a: &'a str) -> usize {
    let s = String::from("local");
    if a.is_empty() {
        a = &s;
    }
    a.len()
}

#[trace]
async fn reassigned_async<'a>(mut a: &'a str) -> usize {
    let s = String::from("local");
    if a.is_empty() {
        a = &s;
    }
    std::future::ready(()).await;
    a.len()
}

#[trace]
fn in_a_pattern((mut a, b): (&str, &str)) -> usize {
    let s = b.repeat(2);
    if a.is_empty() {
        a = &s;
    }
    a.len()
}

pub(crate) fn main() {
    let rt = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let events = capture(|| {
        assert_eq!(reassigned(""), 5);
        assert_eq!(rt.block_on(reassigned_async("")), 5);
        assert_eq!(in_a_pattern(("", "ab")), 4);
    });
    assert_eq!(events.len(), 6);
}
