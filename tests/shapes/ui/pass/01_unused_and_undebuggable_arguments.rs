//! Arguments that nobody reads, that show nothing, or that are `mut`.
#![deny(warnings, dead_code, unused)]
use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;

pub struct NoDebug;

#[trace]
fn ignored(_: NoDebug, x: u8) -> u8 {
    x
}

#[trace]
fn underscored(_x: NoDebug, _y: u8) {}

#[trace]
fn reassigned(mut x: u8, mut list: Vec<u8>) -> Vec<u8> {
    x += 1;
    list.push(x);
    list
}

#[trace]
fn told(#[allow(unused_variables)] x: u8, #[expect(unused_variables)] y: u8, #[allow(unused_mut)] mut z: u8) -> u8 {
    z
}

#[trace]
#[expect(unused_variables)]
fn told_above(x: u8, y: NoDebug) {}

#[trace]
async fn ignored_async(_: NoDebug, _x: u8, mut y: u8) -> u8 {
    y += 1;
    y
}

#[trace]
fn nothing() {}

#[trace]
fn many(a: u8, b: u16, c: u32, d: u64, e: i8, f: i16, g: i32) -> u64 {
    u64::from(a) + u64::from(b) + u64::from(c) + d + (e + 1) as u64 + (f + 1) as u64 + (g + 1) as u64
}

pub(crate) fn main() {
    let events = capture(|| {
        assert_eq!(ignored(NoDebug, 7), 7);
        underscored(NoDebug, 1);
        assert_eq!(reassigned(1, vec![1]), [1, 2]);
        assert_eq!(told(1, 2, 3), 3);
        told_above(1, NoDebug);
        nothing();
        assert_eq!(many(1, 2, 3, 4, 5, 6, 7), 31);
    });
    drop(ignored_async(NoDebug, 1, 2));
    assert_eq!(events.len(), 14);
    assert_eq!(events[0].args.as_deref(), Some(r#"{"x":7}"#));
    assert!(events[2].args.as_deref().is_some_and(|args| args.contains("NoDebug>\",\"_y\":1}")));
    assert_eq!(events[4].args.as_deref(), Some(r#"{"x":1,"list":[1]}"#));
    assert_eq!(events[10].args.as_deref(), Some("{}"));
    assert_eq!(events[11].result.as_deref(), Some("null"));
}
