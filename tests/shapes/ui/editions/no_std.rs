// A library without std, used from a program with it.
#![no_std]
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs)]
//! Documented.
use flowtrace_runtime::trace;

/// Adds.
#[trace]
pub fn add((a, b): (u8, u8), c: Option<&str>) -> Result<u8, core::num::TryFromIntError> {
    u8::try_from(u16::from(a) + u16::from(b) + c.map_or(0, |c| c.len() as u16))
}

/// Adds later.
#[trace]
pub async fn add_later(a: u8) -> Option<u8> {
    a.checked_add(1)
}

/// Never.
#[trace]
pub fn never() -> ! {
    panic!("never")
}
