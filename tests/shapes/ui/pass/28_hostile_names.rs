//! A crate whose own names are those of std, of the prelude and of primitive types.
#![deny(warnings, dead_code, unused)]
#![allow(
    dead_code,
    unused,
    non_camel_case_types,
    let_underscore_drop,
    clippy::all,
    reason = "names alone matter here"
)]
use flowtrace_runtime::trace;

mod core {
    pub struct Empty;
}
mod std {
    pub mod option {}
}
mod alloc {}
mod serde {}

pub type Foo = ();
pub struct Option;
pub struct Result<T>(pub T);
pub struct String;
pub struct Vec;
pub struct Box;
pub enum Either {
    Foo,
    Some,
    None,
    Ok,
    Err,
}
use Either::{Err, None, Ok, Some};
pub struct Infallible;
pub struct Probe;
pub struct Args;
pub struct Span;
pub struct Callsite;
pub trait Send {}
pub trait Future {}
pub trait Drop {}
pub trait FnOnce {}
pub trait Debug {}

macro_rules! concat {
    ($($t:tt)*) => {
        compile_error!("the user's own")
    };
}
macro_rules! module_path {
    ($($t:tt)*) => {
        compile_error!("the user's own")
    };
}
macro_rules! stringify {
    ($($t:tt)*) => {
        compile_error!("the user's own")
    };
}
macro_rules! panic {
    ($($t:tt)*) => {
        compile_error!("the user's own")
    };
}
macro_rules! vec {
    ($($t:tt)*) => {
        compile_error!("the user's own")
    };
}

mod flowtrace_runtime_like {
    pub mod __private {}
}
use flowtrace_runtime_like as flowtrace;

#[trace]
fn either(e: Either) -> Either {
    let _: core::Empty = core::Empty;
    match e {
        Either::Foo => Some,
        Some => None,
        None => Ok,
        Ok => Err,
        Err => Either::Foo,
    }
}

#[trace]
fn own(_: Option, (_, _): (String, Vec), _: Box) -> Result<Infallible> {
    Result(Infallible)
}

#[trace]
fn more(_: Probe, _: Args, _: Span) -> Callsite {
    Callsite
}

#[trace]
async fn own_async(_: Option, (_a, _): (Foo, Vec)) -> Result<Option> {
    Result(Option)
}

#[trace]
async fn never_async() -> ! {
    loop {}
}

mod shadowed_primitives {
    use flowtrace_runtime::trace;

    pub struct u8;
    pub struct bool;
    pub struct str;
    pub struct u64;

    #[trace]
    pub fn f(_: u8, _: bool) -> str {
        str
    }

    #[trace(redact(_a))]
    pub async fn g(_a: u8, _: bool) -> u64 {
        u64
    }
}

mod shadowed_attribute {
    pub use flowtrace_runtime::trace as log;

    #[log]
    pub fn by_another_name(trace: u8) -> u8 {
        trace
    }
}

fn main() {
    #[allow(unused_imports)]
    use flowtrace as _;
    either(Either::Foo);
    own(Option, (String, Vec), Box);
    more(Probe, Args, Span);
    shadowed_primitives::f(shadowed_primitives::u8, shadowed_primitives::bool);
    shadowed_attribute::by_another_name(1);
    let _ = (own_async(Option, ((), Vec)), never_async());
    let _ = shadowed_primitives::g(shadowed_primitives::u8, shadowed_primitives::bool);
}
