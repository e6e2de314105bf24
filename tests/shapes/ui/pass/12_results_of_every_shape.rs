//! Results behind aliases, results without `Debug`, and results called as std's types are called.
#![deny(warnings, dead_code, unused)]
use std::convert::Infallible;
use std::error::Error;
use std::io;

use flowtrace_runtime::testing::capture;
use flowtrace_runtime::Event;
use flowtrace_runtime::trace;

pub struct NoDebug;

#[derive(Debug)]
pub struct E;

type R<T> = std::result::Result<T, E>;
type Always = Result<u8, E>;

mod own {
    use flowtrace_runtime::trace;

    pub struct Result<T>(pub T);
    #[derive(Debug)]
    pub struct Option;
    pub struct Some;

    #[trace]
    pub fn own_result() -> Result<u8> {
        Result(1)
    }

    #[trace]
    pub fn own_option() -> Option {
        Option
    }

    #[trace]
    pub fn own_some() -> Some {
        Some
    }
}

mod disguised {
    use flowtrace_runtime::trace;

    pub type String = Result<u8, u8>;
    pub type Option<T> = Result<T, super::E>;
    pub type Vec = std::vec::Vec<u8>;

    #[trace]
    pub fn as_a_string() -> String {
        Err(1)
    }

    #[trace]
    pub fn as_an_option() -> Option<u8> {
        Err(super::E)
    }

    #[trace]
    pub fn as_itself() -> Vec {
        vec![1]
    }
}

#[trace]
fn alias() -> R<u8> {
    Err(E)
}

#[trace]
fn alias_without_arguments() -> Always {
    Err(E)
}

#[trace]
fn by_projection() -> <Wrap as Proj>::Out {
    Err(E)
}

pub struct Wrap;

pub trait Proj {
    type Out;
}

impl Proj for Wrap {
    type Out = R<u8>;
}

#[trace]
fn no_debug_in_ok(ok: bool) -> Result<NoDebug, String> {
    if ok { Ok(NoDebug) } else { Err("no".to_owned()) }
}

#[trace]
fn borrowed_in_ok(x: &mut NoDebug) -> Result<&mut NoDebug, io::Error> {
    Ok(x)
}

#[trace]
fn no_debug_in_some() -> Option<NoDebug> {
    Some(NoDebug)
}

#[trace]
fn boxed_error() -> Result<(), Box<dyn Error>> {
    Err("boxed")?
}

#[trace]
fn boxed_error_alone() -> Box<dyn Error + Send + Sync> {
    "alone".into()
}

#[trace]
fn infallible() -> Result<NoDebug, Infallible> {
    Ok(NoDebug)
}

#[trace]
fn no_debug_in_err() -> Result<u8, NoDebug> {
    Err(NoDebug)
}

#[trace]
fn option_of_result() -> Option<Result<u8, E>> {
    Some(Err(E))
}

#[trace]
fn result_of_option() -> Result<Option<NoDebug>, NoDebug> {
    Ok(None)
}

#[trace]
#[expect(unused_parens)]
fn parenthesized() -> (Result<u8, E>) {
    Err(E)
}

#[trace]
fn generic<T, F: Fn() -> T>(f: F) -> T {
    f()
}

#[trace]
fn generic_sides<T, U>(x: Result<T, U>) -> Result<T, U> {
    x
}

#[trace]
fn try_for<T: TryFrom<u64>>(n: u64) -> Result<T, T::Error> {
    T::try_from(n)
}

#[trace]
fn control_flow(x: u8) -> std::ops::ControlFlow<u8, NoDebug> {
    if x > 1 {
        return std::ops::ControlFlow::Break(x);
    }
    std::ops::ControlFlow::Continue(NoDebug)
}

#[trace]
fn poll() -> std::task::Poll<Result<u8, NoDebug>> {
    std::task::Poll::Ready(Err(NoDebug))
}

#[trace]
fn function() -> fn(&str) -> &str {
    str::trim
}

#[trace]
#[allow(clippy::unused_unit)]
fn explicit_unit() -> () {}

#[trace]
pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let mut no_debug = NoDebug;
    let events = capture(|| {
        own::own_result();
        own::own_option();
        own::own_some();
        let _ = disguised::as_a_string();
        let _ = disguised::as_an_option();
        let _ = disguised::as_itself();
        let _ = (alias(), alias_without_arguments(), by_projection(), parenthesized());
        let _ = (no_debug_in_ok(true), no_debug_in_ok(false), borrowed_in_ok(&mut no_debug));
        let _ = (no_debug_in_some(), boxed_error(), boxed_error_alone(), infallible(), no_debug_in_err());
        let _ = (option_of_result(), result_of_option(), generic(|| 1), generic_sides::<u8, u8>(Err(1)));
        let _ = (try_for::<u8>(300), control_flow(1), control_flow(2), poll(), function());
        explicit_unit();
    });
    let errors: Vec<&str> =
        events.iter().filter(|e| e.outcome.as_deref() == Some("error")).map(|e| e.function.as_str()).collect();
    assert_eq!(
        errors,
        [
            "as_a_string",
            "as_an_option",
            "alias",
            "alias_without_arguments",
            "by_projection",
            "parenthesized",
            "no_debug_in_ok",
            "boxed_error",
            "no_debug_in_err",
            "generic_sides",
            "try_for"
        ]
    );
    assert_eq!(result(&events, "as_a_string"), r#"{"Err":1}"#);
    assert_eq!(result(&events, "as_itself"), "[1]");
    assert_eq!(result(&events, "own_option"), r#""Option""#);
    assert_eq!(result(&events, "alias"), r#"{"Err":"E"}"#);
    assert!(result(&events, "no_debug_in_ok").starts_with(r#"{"Ok":"<"#));
    assert!(result(&events, "no_debug_in_some").contains("NoDebug>"));
    assert_eq!(result(&events, "boxed_error"), r#"{"Err":"\"boxed\""}"#);
    assert!(result(&events, "no_debug_in_err").starts_with(r#"{"Err":"<"#));
    assert_eq!(result(&events, "option_of_result"), r#""Err(E)""#);
    assert_eq!(result(&events, "explicit_unit"), "null");
    Ok(())
}

fn result<'a>(events: &'a [Event], function: &str) -> &'a str {
    events.iter().find_map(|e| e.result.as_deref().filter(|_| e.function == function)).unwrap()
}
