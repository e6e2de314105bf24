//! Whether the tracing in this process is over.
use crate::thread::state::{self, ENDED};

/// Ends the tracing in this process: nobody reads it any more.
pub(crate) fn end_all() {
    state::set(ENDED, true);
}

/// Whether [`end_all`] was called.
#[inline]
pub(crate) fn ended() -> bool {
    state::is(ENDED)
}
