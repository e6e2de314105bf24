//! `-> !` and bodies that end in a panic.
#![deny(warnings, dead_code, unused)]
use std::panic::catch_unwind;

use flowtrace_runtime::testing::{Kind, capture};
use flowtrace_runtime::trace;

#[trace]
fn never(code: u8) -> ! {
    panic!("never {code}")
}

#[trace]
fn never_by_loop(n: &std::cell::Cell<u8>) -> ! {
    loop {
        n.set(n.get() + 1);
        assert!(n.get() < 3, "enough");
    }
}

#[trace]
fn never_by_another() -> ! {
    never(2)
}

#[trace]
fn never_with_statements((a, _): (u8, u8)) -> ! {
    let _guard = a;
    if a == 1 {
        never(a);
    }
    std::process::exit(1)
}

#[trace]
async fn never_async() -> ! {
    loop {}
}

#[trace]
async fn never_async_by_await(n: u8) -> ! {
    std::future::pending::<()>().await;
    panic!("{n}")
}

#[trace]
fn not_done() -> usize {
    unimplemented!()
}

#[trace]
fn not_done_either(_x: &str) -> Result<Vec<u8>, String> {
    todo!()
}

#[trace]
fn unit_by_panic() {
    panic!("unit")
}

#[trace]
async fn not_done_async() -> usize {
    todo!()
}

#[trace]
fn opaque_and_not_done(now: bool) -> impl Iterator<Item = u8> {
    if now {
        todo!()
    }
    std::iter::empty()
}

#[trace]
fn infallible() -> std::convert::Infallible {
    panic!("infallible")
}

#[trace]
fn function_that_never_returns(f: fn() -> !) -> ! {
    f()
}

fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    let events = capture(|| {
        assert!(catch_unwind(|| never(1)).is_err());
        assert!(catch_unwind(|| never_by_loop(&std::cell::Cell::new(0))).is_err());
        assert!(catch_unwind(|| never_by_another()).is_err());
        assert!(catch_unwind(|| never_with_statements((1, 2))).is_err());
        assert!(catch_unwind(not_done).is_err());
        assert!(catch_unwind(|| not_done_either("")).is_err());
        assert!(catch_unwind(unit_by_panic).is_err());
        assert!(catch_unwind(|| opaque_and_not_done(true).count()).is_err());
        assert!(catch_unwind(infallible).is_err());
        assert!(catch_unwind(|| function_that_never_returns(|| panic!("inner"))).is_err());
    });
    drop(std::panic::take_hook());
    drop((never_async(), never_async_by_await(1), not_done_async()));
    assert_eq!(events[1].exception.as_deref(), Some("never 1"));
    assert_eq!(events.iter().filter(|event| event.kind == Kind::Exception).count(), 12);
    assert_eq!(events.len(), 24);
}
