//! What has happened to the process that calls must know: one word, so that a call of a process to which nothing has
//! happened looks once.
use std::sync::atomic::{AtomicU32, Ordering};

/// Calls may be left out of the trace. Once it holds, it holds for good: calls are open that were.
pub(crate) const THINS: u32 = 1;
/// The output has taken as many bytes as it may.
pub(crate) const FULL: u32 = 2;
/// Nothing is traced any more.
pub(crate) const ENDED: u32 = 4;
/// What lies beside the ring is not all that records may name.
pub(crate) const INCOMPLETE: u32 = 8;
/// Roots may be left out by chance. Once it holds, it holds for good.
pub(crate) const SAMPLES: u32 = 16;

static STATE: AtomicU32 = AtomicU32::new(0);

/// All that holds.
#[inline]
pub(crate) fn now() -> u32 {
    STATE.load(Ordering::Relaxed)
}

/// Whether any of these holds.
#[inline]
pub(crate) fn is(any: u32) -> bool {
    now() & any != 0
}

/// These hold from now on, or no longer.
pub(crate) fn set(which: u32, holds: bool) {
    if holds {
        STATE.fetch_or(which, Ordering::Relaxed);
    } else {
        STATE.fetch_and(!which, Ordering::Relaxed);
    }
}
