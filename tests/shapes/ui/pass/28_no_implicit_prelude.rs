//! A crate without the prelude.
#![no_implicit_prelude]
#![deny(warnings)]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

use ::flowtrace_runtime::trace;
use ::std::result::Result;

/// One.
#[trace]
pub fn sync((a, b): (u8, u8), c: &str) -> Result<u8, u8> {
    let _ = c;
    Result::Ok(a + b)
}

/// Two.
#[trace]
pub async fn asynchronous((a, b): (u8, u8), c: &str) -> Result<u8, u8> {
    let _ = c;
    Result::Ok(a + b)
}

/// Three.
#[trace]
#[track_caller]
pub fn guarded(a: u8) -> u8 {
    a
}

/// Four.
#[trace]
pub async fn never() -> ! {
    loop {}
}

fn main() {
    let _ = sync((1, 2), "x");
    ::std::mem::drop(asynchronous((1, 2), "x"));
    ::std::mem::drop(never());
    guarded(1);
}
