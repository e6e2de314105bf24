//! Runs the body of a call, and catches its panic. An island of `unsafe`.
//!
//! A debug build copies a value each time it is handed on, and `catch_unwind` does that several times. So what is large
//! stays in one place, and pointers to it are handed on.
//!
//! Invariants
//! 1. `body` is read once and then forgotten: `catch_unwind` calls its closure once, and nothing between may unwind.
//! 2. `result` is written before the closure returns.
#![allow(unsafe_code)]
use std::mem::{MaybeUninit, forget};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::call::known::Type;
use crate::call::span::Span;

/// From how many open calls on a thread on a panic is no longer caught on its way, to learn its message, but only
/// noticed, in a debug build: catching takes stack there, and what recurses so deep needs its stack.
const CATCH_DEPTH: usize = 64;
/// From how many bytes on that a body takes and returns its copies take more stack than what catches its panic.
const LARGE: usize = 1024;

/// Runs the body of a function whose call is `span`, and then has `exit` end the call by what the body returned.
///
/// That the body is `FnOnce` is what lets it give out borrows of its arguments.
#[inline]
pub fn call<R, F: FnOnce() -> R>(
    span: Span,
    _returned: Type<R>,
    mut body: F,
    exit: impl FnOnce(&mut R),
) -> R {
    // this is compiled for each traced function: in a release build, the body once for a call that is off, and once for
    // all others
    #[cfg(not(debug_assertions))]
    if span.depth() == 0 {
        return body();
    }
    // decided by the compiler, so that the copies of one way take no place in the frame of the other
    if const { size_of::<F>() + size_of::<R>() <= LARGE } {
        return small(span, body, exit);
    }
    let mut result = MaybeUninit::<R>::uninit();
    let (from, to) = (&raw mut body, result.as_mut_ptr());
    #[expect(clippy::multiple_unsafe_ops_per_block, reason = "a variable between would be one more copy")]
    // SAFETY: invariant 1; both are there while the closure runs.
    let caught = catch_unwind(AssertUnwindSafe(|| unsafe { to.write(from.read()()) }));
    forget(body);
    match caught {
        Ok(()) => {
            // SAFETY: invariant 2.
            span.end_by(exit, unsafe { &mut *to });
            // SAFETY: invariant 2; it is not looked at again.
            unsafe { to.read() }
        }
        Err(payload) => span.panicked(payload),
    }
}

/// The same on less stack where little is copied.
#[inline]
fn small<R>(span: Span, body: impl FnOnce() -> R, exit: impl FnOnce(&mut R)) -> R {
    if cfg!(debug_assertions) && !(1..=CATCH_DEPTH).contains(&span.depth()) {
        let unwinding = Unwinding(span);
        let mut result = body();
        forget(unwinding);
        span.end_by(exit, &mut result);
        return result;
    }
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(mut result) => {
            span.end_by(exit, &mut result);
            result
        }
        Err(payload) => span.panicked(payload),
    }
}

/// Closes a call through which a panic passes, and takes an unsampled root's frame off.
struct Unwinding(Span);

impl Drop for Unwinding {
    #[inline]
    fn drop(&mut self) {
        if self.0.depth() != 0 {
            self.0.unwound();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::resume_unwind;
    use std::sync::Arc;

    #[test]
    fn what_a_large_body_takes_and_returns_is_dropped_once() {
        let counted = Arc::new(());
        let large = || ([0_u8; LARGE + 1], counted.clone());
        let (taken, returned) = (large(), large());
        let returns = move || {
            drop(taken);
            returned
        };
        let result = call(Span::OFF, Type::unknown(), returns, |_| {});
        assert_eq!(Arc::strong_count(&counted), 2);
        drop(result);
        let taken = large();
        let panics = move || -> Arc<()> {
            assert_eq!(Arc::strong_count(&taken.1), 2);
            resume_unwind(Box::new("payload"))
        };
        let panics = || call(Span::OFF, Type::unknown(), panics, |_| {});
        let payload = catch_unwind(AssertUnwindSafe(panics)).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&"payload"));
        assert_eq!(Arc::strong_count(&counted), 1);
    }
}
