//! The end of the process, as far as std tells it: when the main thread's locals are dropped.
//!
//! So what is buffered is written before the end if the main thread has made a traced call. Else the drainer writes it
//! within some milliseconds, as long as the process lives.
use std::cell::Cell;

struct AtEnd(Cell<Option<extern "C" fn()>>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        if let Some(end) = self.0.get() {
            end();
        }
    }
}

/// Calls `f` when the main thread ends; false where it will not, as this is another thread.
pub(crate) fn at_exit(f: extern "C" fn()) -> bool {
    thread_local! {
        static AT_END: AtEnd = const { AtEnd(Cell::new(None)) };
    }
    std::thread::current().name() == Some("main") && AT_END.try_with(|at_end| at_end.0.set(Some(f))).is_ok()
}
