//! What is known of a call in a bit each, as answers give it.
use crate::read::Outcome;

/// It returned an `Err`.
pub(crate) const ERROR: u16 = 1;
/// It panicked.
pub(crate) const PANIC: u16 = 2;
/// Its future was dropped before it was ready.
pub(crate) const CANCELLED: u16 = 4;
/// It has not ended.
pub(crate) const OPEN: u16 = 8;
/// It is a call of an async function.
pub(crate) const ASYNC: u16 = 16;
/// Calls below it have no lines.
pub(crate) const THINNED: u16 = 32;
/// It has no caller in the trace.
pub(crate) const ROOT: u16 = 64;
/// It failed, and so did all calls above it.
pub(crate) const REACHED: u16 = 128;
/// It failed.
pub(crate) const FAILED: u16 = ERROR | PANIC;

pub(super) fn of(outcome: Outcome) -> u16 {
    match outcome {
        Outcome::Returned => 0,
        Outcome::Error => ERROR,
        Outcome::Panic => PANIC,
        Outcome::Cancelled => CANCELLED,
    }
}
