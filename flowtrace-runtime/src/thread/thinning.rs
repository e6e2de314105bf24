//! Whether calls may be left out of the trace, and which.
use std::sync::atomic::{AtomicU32, Ordering};

use crate::settings::config::Thin;
use crate::thread::state::{self, FULL, THINS};

static HOT_AFTER: AtomicU32 = AtomicU32::new(u32::MAX);
static KEPT: AtomicU32 = AtomicU32::new(u32::MAX);

/// Whether any call has been left out, or may be.
#[inline]
pub(crate) fn is_possible() -> bool {
    state::is(THINS | FULL)
}

/// From now on functions are thinned like this; without one, not at all.
pub(crate) fn set(thin: Option<Thin>) {
    let Thin { hot_after, kept } = thin.unwrap_or(Thin::OFF);
    HOT_AFTER.store(hot_after, Ordering::Relaxed);
    KEPT.store(kept, Ordering::Relaxed);
    if thin.is_some_and(|thin| thin != Thin::OFF) {
        state::set(THINS, true);
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
    state::set(FULL, true);
}

/// Whether it has.
pub(crate) fn is_output_full() -> bool {
    state::is(FULL)
}

/// In the child of a fork: its output is another one.
pub(crate) fn forked() {
    state::set(FULL, false);
}
