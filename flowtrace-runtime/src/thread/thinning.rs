//! Whether calls may be left out of the trace, and which.
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use crate::settings::config::Thin;

const THIN: u8 = 1;
const FULL: u8 = 2;

static STATE: AtomicU8 = AtomicU8::new(0);
static HOT_AFTER: AtomicU32 = AtomicU32::new(u32::MAX);
static KEPT: AtomicU32 = AtomicU32::new(u32::MAX);

/// Whether any call has been left out, or may be. Once it holds, it holds for good: calls are open that were.
#[inline]
pub(crate) fn is_possible() -> bool {
    STATE.load(Ordering::Relaxed) != 0
}

/// From now on functions are thinned like this; without one, not at all.
pub(crate) fn set(thin: Option<Thin>) {
    let Thin { hot_after, kept } = thin.unwrap_or(Thin::OFF);
    HOT_AFTER.store(hot_after, Ordering::Relaxed);
    KEPT.store(kept, Ordering::Relaxed);
    if thin.is_some_and(|thin| thin != Thin::OFF) {
        STATE.fetch_or(THIN, Ordering::Relaxed);
    }
}

/// How functions are thinned now.
pub(crate) fn now() -> Option<Thin> {
    Some(Thin { hot_after: hot_after(), kept: kept() }).filter(|thin| *thin != Thin::OFF)
}

/// After how many calls a function is hot; `u32::MAX` if none ever is.
pub(crate) fn hot_after() -> u32 {
    HOT_AFTER.load(Ordering::Relaxed)
}

/// How many calls of a hot function are kept below each caller.
pub(crate) fn kept() -> u32 {
    KEPT.load(Ordering::Relaxed)
}

/// The output has taken as many bytes as it may.
pub(crate) fn fill_output() {
    STATE.fetch_or(FULL, Ordering::Relaxed);
}

/// Whether it has.
pub(crate) fn is_output_full() -> bool {
    STATE.load(Ordering::Relaxed) & FULL != 0
}

/// In the child of a fork: its output is another one.
pub(crate) fn forked() {
    // bits of no more than this moment: no other thread is in the child
    STATE.fetch_and(!FULL, Ordering::Relaxed);
}
