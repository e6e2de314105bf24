//! Arguments and generics that are there on some platforms.
#![deny(warnings, dead_code, unused)]
use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;

#[trace]
fn first_gone(#[cfg(any())] a: u8, #[cfg(all())] b: u8) -> u8 {
    b
}

#[trace]
fn generic_gone<#[cfg(any())] T>(#[cfg(any())] t: T) {}

#[trace]
fn patterns(#[cfg(any())] (a, b): (u8, u8), #[cfg(all())] (c, d): (u8, u8), #[cfg(any())] _: NotThere) -> u8 {
    c + d
}

#[trace]
fn twice(#[cfg(all())] #[cfg(any())] a: u8, b: u8, #[cfg(not(any()))] #[allow(unused)] c: u8) -> u8 {
    b
}

#[trace]
fn indirect(#[cfg_attr(all(), cfg(any()))] a: u8, #[cfg_attr(any(), cfg(any()))] b: u8) -> u8 {
    b
}

#[trace]
fn lint_by_cfg(#[cfg_attr(all(), allow(unused_variables))] a: u8, #[cfg_attr(all(), expect(unused_variables))] b: u8) {
}

#[trace(redact(secret), skip(skipped))]
fn options(#[cfg(any())] secret: u8, #[cfg(any())] skipped: u8, shown: u8) -> u8 {
    shown
}

struct S;

impl S {
    #[trace]
    fn receiver(#[cfg(all())] &self, #[cfg(all())] x: u8) -> u8 {
        x
    }
}

#[trace]
async fn in_async(#[cfg(any())] a: u8, #[cfg(all())] b: u8, #[cfg(any())] (c, d): (u8, u8)) -> u8 {
    b
}

pub(crate) fn main() {
    let events = capture(|| {
        assert_eq!(first_gone(1), 1);
        generic_gone();
        assert_eq!(patterns((1, 2)), 3);
        assert_eq!(twice(1, 2), 1);
        assert_eq!(indirect(1), 1);
        lint_by_cfg(1, 2);
        assert_eq!(options(1), 1);
        assert_eq!(S.receiver(1), 1);
    });
    drop(in_async(1));
    let args: Vec<_> = events.iter().filter_map(|event| event.args.as_deref()).collect();
    let expected =
        [r#"{"b":1}"#, "{}", r#"{"c":1,"d":2}"#, r#"{"b":1,"c":2}"#, r#"{"b":1}"#, r#"{"a":1,"b":2}"#, r#"{"shown":1}"#, r#"{"x":1}"#];
    assert_eq!(args, expected);
}
