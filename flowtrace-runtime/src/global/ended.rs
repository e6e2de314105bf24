//! Whether the tracing in this process is over.
use std::sync::atomic::{AtomicBool, Ordering};

static ENDED: AtomicBool = AtomicBool::new(false);

/// Ends the tracing in this process: nobody reads it any more.
pub(crate) fn end_all() {
    ENDED.store(true, Ordering::Relaxed);
}

/// Whether [`end_all`] was called.
#[inline]
pub(crate) fn ended() -> bool {
    ENDED.load(Ordering::Relaxed)
}
