//! `#[trace]`. The settings are in the environment.
use super::{Running, Setup};

crate::subjects::subjects!(all [#[flowtrace_runtime::trace]]);

struct Flowtrace;

impl Running for Flowtrace {
    fn settle(&self, _: u64) {
        // false after five seconds: a long row of calls may take longer to write
        while !flowtrace_runtime::flush() {}
    }
}

/// Calls a function that does nothing.
pub fn empty(times: u64) {
    #[flowtrace_runtime::trace]
    #[inline(never)]
    fn empty() {}
    (0..times).for_each(|_| empty());
}

pub fn start(_: &Setup) -> Box<dyn Running> {
    Box::new(Flowtrace)
}
