//! Trace and span ids as W3C Trace Context has them: 128 and 64 bits, never zero.
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) use crate::record::halves::{high, mix};

/// How many ids a thread takes at once, so that threads seldom meet at the shared counter.
const BLOCK: u64 = 1 << 16;

/// A thread's share of the process's ids.
///
/// Ids are a bijection of one counter that starts at a random place: two calls of one process never
/// share an id, and those of two processes only if their counters' ranges meet in 2⁶⁴.
pub(crate) struct Ids {
    next: u64,
    left: u64,
}

impl Ids {
    pub(crate) const fn new() -> Self {
        Self { next: 0, left: 0 }
    }

    /// A span id.
    #[inline]
    pub(crate) fn span(&mut self) -> u64 {
        loop {
            let id = mix(self.count());
            if id != 0 {
                return id;
            }
        }
    }

    /// A trace id, of which the low half was drawn as a span id is.
    #[inline]
    pub(crate) fn trace(low: u64) -> u128 {
        (u128::from(high(low, key())) << 64) | u128::from(low)
    }

    #[inline]
    fn count(&mut self) -> u64 {
        if self.left == 0 {
            self.take_block();
        }
        self.left -= 1;
        self.next = self.next.wrapping_add(1);
        self.next
    }

    #[cold]
    fn take_block(&mut self) {
        self.next = process().counter.fetch_add(BLOCK, Ordering::Relaxed);
        self.left = BLOCK;
    }
}

/// The key of this process.
#[inline]
pub(crate) fn key() -> u64 {
    process().key
}

struct Process {
    counter: AtomicU64,
    key: u64,
}

#[inline]
fn process() -> &'static Process {
    static PROCESS: OnceLock<Process> = OnceLock::new();
    PROCESS.get_or_init(|| {
        // `RandomState` is keyed by the operating system's randomness once a thread; the process id
        // and the time part two processes should that fail.
        let random = RandomState::new();
        let seed = (std::process::id(), crate::clock::now());
        Process { counter: AtomicU64::new(random.hash_one(seed)), key: random.hash_one((seed, "key")) }
    })
}

/// In the child of a fork: a range of its own.
pub(crate) fn forked() {
    let seed = (std::process::id(), crate::clock::now());
    process().counter.store(RandomState::new().hash_one(seed), Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_of_two_threads_never_meet() {
        let draw = || {
            let mut ids = Ids::new();
            (0..200_000).map(|_| ids.span()).collect::<Vec<_>>()
        };
        let other = std::thread::spawn(draw);
        let mut seen = HashSet::new();
        let both: Vec<u64> = draw().into_iter().chain(other.join().unwrap()).collect();
        assert!(both.iter().all(|id| *id != 0 && seen.insert(*id)));
    }

    #[test]
    fn trace_ids_fill_both_halves() {
        let mut ids = Ids::new();
        let (a, b) = (Ids::trace(ids.span()), Ids::trace(ids.span()));
        assert!(a != b && a >> 64 != 0 && a >> 64 != b >> 64);
    }
}
