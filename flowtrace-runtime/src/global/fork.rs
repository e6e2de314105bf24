//! What a `fork` does to the tracer: nothing is left locked in the child, and the child traces for itself.
use std::any::Any;
use std::cell::Cell;

use super::{captures, dictionary};
use crate::call::callsite;
use crate::thread::{id, label, local, thinning};
use crate::{clock, os};

thread_local! {
    /// What is held from before a fork until after it, on the thread that forks.
    static HELD: Cell<Option<Box<dyn Any>>> = const { Cell::new(None) };
}

/// Has each fork from now on seen to; false where the system takes no more handlers.
pub(crate) fn arrange() -> bool {
    os::at_fork(prepare, release, begin_again)
}

extern "C" fn prepare() {
    // the child's calls have the open ones as their callers
    local::hand_on();
    // whatever allocates comes first: the allocator may be traced, and a trace may need what is held
    let mut held = Box::new(None);
    let _ = HELD.try_with(Cell::take);
    *held = Some((label::hold(), callsite::hold(), captures::hold(), clock::hold(), dictionary::hold()));
    let _ = HELD.try_with(|place| place.set(Some(held)));
}

extern "C" fn release() {
    let _ = HELD.try_with(Cell::take);
}

extern "C" fn begin_again() {
    // what is freed may be by a traced allocator, and its calls would be written to the parent's ring
    local::untraced(|| {
        release();
        clock::forked();
        id::forked();
        local::forked();
        thinning::forked();
        dictionary::forked();
        super::forked();
    });
}
