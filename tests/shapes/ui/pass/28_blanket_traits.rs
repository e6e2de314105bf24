//! Traits that every type has, with methods as an expansion might call on its own values.
#![deny(warnings, dead_code, unused)]
use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;

macro_rules! blanket {
    ($($trait:ident: $($method:ident)*;)*) => {
        $(pub trait $trait: Sized {
            $(fn $method(self) -> Mine {
                Mine
            })*
        }
        impl<T> $trait for T {})*
    };
}

pub struct Mine;

blanket! {
    OfSpans: is_on exit exit_hidden follow begin begin_in close call;
    OfArgs: add enter capture;
    OfProbes: of both ok err is_error;
    OfAll: new;
}

#[trace]
fn sync((a, b): (u8, &str), c: Result<u8, String>) -> Result<u8, String> {
    let _ = (a, b);
    c
}

#[trace]
fn one(a: u8) -> u8 {
    a
}

#[trace]
async fn asynchronous((a, b): (u8, &str), c: Result<u8, String>) -> Result<u8, String> {
    let _ = (a, b);
    c
}

#[trace]
#[track_caller]
fn guarded(a: u8) -> u8 {
    a
}

fn main() {
    let events = capture(|| {
        assert_eq!(sync((1, "x"), Ok(1)), Ok(1));
        assert_eq!(one(guarded(1)), 1);
    });
    assert_eq!(events[0].args.as_deref(), Some(r#"{"a":1,"b":"x","c":{"Ok":1}}"#));
    assert_eq!(events[1].result.as_deref(), Some(r#"{"Ok":1}"#));
    drop(asynchronous((1, "x"), Ok(1)));
}
