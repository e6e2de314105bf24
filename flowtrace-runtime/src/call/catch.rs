//! Runs a body and catches its panic, where what it takes and returns is large: `catch_unwind` copies both several
//! times in a debug build. An island of `unsafe`.
//!
//! Invariants
//! 1. `body` is read once and then forgotten: `catch_unwind` calls its closure once, and nothing between may unwind.
//! 2. `result` is written before the closure returns.
#![allow(unsafe_code)]
use std::any::Any;
use std::mem::{MaybeUninit, forget};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Returns what `body` returns, once `exit` has seen it, or what `panicked` makes of the payload of its panic.
#[inline]
pub(crate) fn catch_large<F: FnOnce() -> R, R>(
    mut body: F,
    exit: impl FnOnce(&mut R),
    panicked: impl FnOnce(Box<dyn Any + Send>) -> R,
) -> R {
    let mut result = MaybeUninit::<R>::uninit();
    let (from, to) = (&raw mut body, result.as_mut_ptr());
    #[expect(clippy::multiple_unsafe_ops_per_block, reason = "a variable between would be one more copy")]
    // SAFETY: invariant 1; both are there while the closure runs.
    let caught = catch_unwind(AssertUnwindSafe(|| unsafe { to.write(from.read()()) }));
    forget(body);
    match caught {
        Ok(()) => {
            // SAFETY: invariant 2.
            exit(unsafe { &mut *to });
            // SAFETY: invariant 2; it is not looked at again.
            unsafe { to.read() }
        }
        Err(payload) => panicked(payload),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::resume_unwind;
    use std::sync::Arc;

    #[test]
    fn what_a_body_takes_and_returns_is_dropped_once() {
        let counted = Arc::new(());
        let (taken, returned) = (counted.clone(), counted.clone());
        let result = catch_large(
            move || {
                drop(taken);
                returned
            },
            |_| {},
            |payload| resume_unwind(payload),
        );
        assert_eq!(Arc::strong_count(&counted), 2);
        drop(result);
        let taken = counted.clone();
        let panics = || -> Arc<()> {
            catch_large(
                move || {
                    assert_eq!(Arc::strong_count(&taken), 2);
                    resume_unwind(Box::new("payload"))
                },
                |_| {},
                |payload| resume_unwind(payload),
            )
        };
        let payload = catch_unwind(AssertUnwindSafe(panics)).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&"payload"));
        assert_eq!(Arc::strong_count(&counted), 1);
    }
}
