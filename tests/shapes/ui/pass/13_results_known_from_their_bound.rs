//! `impl Trait` whose bound tells what the body leaves open, and bounds that look like another.
#![deny(warnings, dead_code, unused)]
use std::future::Future;
use std::panic::catch_unwind;

use flowtrace_runtime::Event;
use flowtrace_runtime::testing::{capture, capture_future};
use flowtrace_runtime::trace;

pub struct NotDebug;

#[trace]
fn list() -> impl IntoIterator<Item = NotDebug> {
    vec![]
}

#[trace(skip_result)]
fn list_not_shown() -> impl IntoIterator<Item = NotDebug> {
    vec![]
}

#[trace]
fn none() -> impl IntoIterator<Item = NotDebug> {
    None
}

#[trace]
fn list_iterator() -> impl Iterator<Item = NotDebug> {
    Vec::new().into_iter()
}

#[trace]
fn array_iterator() -> impl Iterator<Item = NotDebug> {
    [].into_iter()
}

#[trace]
fn empty() -> impl Iterator<Item = NotDebug> {
    std::iter::empty()
}

#[trace]
fn converted() -> impl Iterator<Item = u64> {
    (0..3_u8).map(|n| n.into())
}

#[trace]
fn numbers(early: bool) -> impl IntoIterator<Item = u64> {
    if early {
        return vec![];
    }
    vec![1, 2]
}

#[trace]
fn in_a_result(fail: bool) -> Result<impl IntoIterator<Item = NotDebug>, ()> {
    if fail { Err(()) } else { Ok(Vec::new()) }
}

#[trace]
fn in_a_tuple() -> (impl IntoIterator<Item = NotDebug>, u8) {
    (None, 1)
}

#[trace]
async fn asynchronous() -> impl IntoIterator<Item = NotDebug> {
    vec![]
}

#[trace]
async fn asynchronous_in_a_result() -> Result<impl IntoIterator<Item = u64>, NotDebug> {
    Ok(vec![1])
}

#[trace]
fn future() -> impl Future<Output = impl IntoIterator<Item = NotDebug>> {
    async { vec![] }
}

#[trace]
fn future_of_numbers() -> impl Future<Output = Result<impl IntoIterator<Item = u64>, NotDebug>> {
    async { Ok(vec![1]) }
}

#[trace]
fn unfinished() -> impl Sized {
    todo!()
}

#[trace]
fn unfinished_list() -> impl Iterator<Item = NotDebug> {
    if true {
        unimplemented!()
    }
    std::iter::empty()
}

#[trace]
async fn unfinished_async() -> impl Sized {
    todo!();
}

/// Futures by name only.
mod other {
    pub trait Future {
        fn go(&self) -> u8;
    }

    impl Future for u8 {
        fn go(&self) -> u8 {
            *self
        }
    }

    /// As it was in futures 0.1.
    pub mod old {
        pub trait Future {
            type Item;
            type Error;

            fn wait(self) -> Result<Self::Item, Self::Error>;
        }

        impl<T, E> Future for Result<T, E> {
            type Item = T;
            type Error = E;

            fn wait(self) -> Self {
                self
            }
        }
    }
}

#[trace]
fn named_future(n: u8) -> impl other::Future {
    n
}

#[trace]
fn old_future(n: u8) -> impl other::old::Future<Item = u8, Error = NotDebug> {
    Ok(n)
}

#[trace]
fn future_without_its_output() -> impl Future {
    async { 1_u8 }
}

/// A closure by another name.
pub trait Measure: Fn(&str) -> usize {}

impl<T: Fn(&str) -> usize> Measure for T {}

#[trace]
fn measure() -> impl Measure {
    |s| s.len()
}

#[trace]
fn measure_or_not(factor: usize) -> Result<impl Measure, String> {
    if factor == 0 { Err("zero".to_owned()) } else { Ok(move |s: &str| s.len() * factor) }
}

#[trace(skip_all, skip_result)]
fn measure_and_more(factor: usize) -> (impl Measure, u8) {
    (move |s| s.len() * factor, 1)
}

#[trace]
async fn measure_later() -> impl Measure {
    |s| s.len()
}

/// How the calls of a function ended: their results, or the panics.
fn ends<'a>(events: &'a [Event], function: &str) -> Vec<Option<&'a str>> {
    let of = |event: &&Event| event.function == function && event.args.is_none();
    events.iter().filter(of).map(|event| event.result.as_deref().or(event.exception.as_deref())).collect()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    use other::Future as _;
    use other::old::Future as _;

    std::panic::set_hook(Box::new(|_| {}));
    let events = capture(|| {
        assert_eq!(
            list().into_iter().chain(list_not_shown()).chain(none()).chain(list_iterator()).count(),
            0
        );
        assert_eq!(array_iterator().chain(empty()).count(), 0);
        assert_eq!(converted().chain(numbers(true)).chain(numbers(false)).sum::<u64>(), 6);
        assert_eq!(in_a_result(false).unwrap().into_iter().count(), 0);
        assert!(in_a_result(true).is_err());
        assert_eq!(in_a_tuple().1, 1);
        assert!(catch_unwind(|| drop(unfinished())).is_err());
        assert!(catch_unwind(|| drop(unfinished_list())).is_err());
        assert_eq!(named_future(1).go() + old_future(2).wait().unwrap_or(0), 3);
        assert_eq!(measure()("abc") + measure_or_not(2).unwrap()("a") + measure_and_more(3).0("a"), 8);
    });
    drop(std::panic::take_hook());
    assert!(ends(&events, "list")[0].unwrap().starts_with(r#""<alloc::vec::Vec<"#));
    assert_eq!(ends(&events, "list_not_shown"), [None]);
    assert_eq!(ends(&events, "none"), [Some("null")]);
    assert_eq!(ends(&events, "numbers"), [Some("[]"), Some("[1,2]")]);
    assert_eq!(ends(&events, "in_a_result")[1], Some(r#"{"Err":null}"#));
    assert_eq!(ends(&events, "unfinished"), [Some("not yet implemented")]);
    assert_eq!(ends(&events, "named_future"), [Some("1")]);
    assert_eq!(ends(&events, "measure"), [None]);
    assert!(ends(&events, "measure_or_not")[0].unwrap().starts_with(r#"{"Ok":"<"#));

    let events = capture_future(async {
        assert_eq!(asynchronous().await.into_iter().chain(future().await).count(), 0);
        let numbers = asynchronous_in_a_result().await.ok().into_iter().flatten();
        assert_eq!(numbers.chain(future_of_numbers().await.ok().into_iter().flatten()).sum::<u64>(), 2);
        future_without_its_output().await;
        assert_eq!(measure_later().await("abc"), 3);
        drop(unfinished_async());
    })
    .await;
    assert_eq!(ends(&events, "asynchronous_in_a_result"), [Some(r#"{"Ok":[1]}"#)]);
    assert_eq!(ends(&events, "future_of_numbers"), [Some(r#"{"Ok":[1]}"#)]);
    assert_eq!(ends(&events, "future_without_its_output"), [Some("1")]);
}
