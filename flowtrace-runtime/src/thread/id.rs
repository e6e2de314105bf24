//! Trace and span ids as W3C Trace Context has them: 128 and 64 bits, never zero.
#![expect(clippy::inline_always, reason = "an id is a few operations: a call of them costs as much")]

use std::cell::Cell;
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
    next: Cell<u64>,
    left: Cell<u64>,
}

impl Ids {
    pub(crate) const fn new() -> Self {
        Self { next: Cell::new(0), left: Cell::new(0) }
    }

    /// A span id.
    #[inline(always)]
    pub(crate) fn span(&self) -> u64 {
        let id = mix(self.count());
        // 0 comes once in 2⁶⁴
        if id != 0 { id } else { mix(self.count()) }
    }

    /// Two of them, where both are needed: with one look at what is left.
    #[inline(always)]
    pub(crate) fn two_spans(&self) -> (u64, u64) {
        let (next, left) = (self.next.get(), self.left.get());
        if left < 2 {
            return (self.span(), self.span());
        }
        self.left.set(left - 2);
        self.next.set(next.wrapping_add(2));
        let (a, b) = (mix(next.wrapping_add(1)), mix(next.wrapping_add(2)));
        // 0 comes once in 2⁶⁴
        if a != 0 && b != 0 { (a, b) } else { (self.span(), self.span()) }
    }

    #[inline(always)]
    fn count(&self) -> u64 {
        if self.left.get() == 0 {
            self.take_block();
        }
        self.left.set(self.left.get() - 1);
        let next = self.next.get().wrapping_add(1);
        self.next.set(next);
        next
    }

    #[cold]
    #[inline(never)]
    fn take_block(&self) {
        self.next.set(process().counter.fetch_add(BLOCK, Ordering::Relaxed));
        self.left.set(BLOCK);
    }

    /// In the child of a fork: its ids are its own.
    pub(crate) fn forget(&self) {
        self.left.set(0);
    }
}

/// A trace id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trace {
    /// Its low half, which was drawn as a span id is.
    pub(crate) low: u64,
    /// The high half, if it does not follow from the low one: the id was not drawn in this process.
    pub(crate) foreign: Option<u64>,
}

impl Trace {
    /// There is none.
    pub(crate) const NONE: Self = Self::own(0);

    /// One that was drawn in this process.
    #[inline]
    pub(crate) const fn own(low: u64) -> Self {
        Self { low, foreign: None }
    }

    /// The one that is written so.
    #[expect(clippy::cast_possible_truncation, reason = "the halves are meant")]
    pub(crate) fn read(id: u128) -> Self {
        let (high, low) = ((id >> 64) as u64, id as u64);
        Self { low, foreign: Some(high).filter(|high| *high != self::high(low, key())) }
    }

    /// All of it.
    pub(crate) fn id(self) -> u128 {
        let high = self.foreign.unwrap_or_else(|| high(self.low, key()));
        (u128::from(high) << 64) | u128::from(self.low)
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
            let ids = Ids::new();
            let two = (0..50_000).map(|_| ids.two_spans()).collect::<Vec<_>>();
            let all = two.into_iter().flat_map(|(a, b)| [a, b]);
            all.chain((0..100_000).map(|_| ids.span())).collect::<Vec<_>>()
        };
        let other = std::thread::spawn(draw);
        let mut seen = HashSet::new();
        let both: Vec<u64> = draw().into_iter().chain(other.join().unwrap()).collect();
        assert!(both.iter().all(|id| *id != 0 && seen.insert(*id)));
    }

    #[test]
    fn trace_ids_fill_both_halves() {
        let ids = Ids::new();
        let (a, b) = (Trace::own(ids.span()).id(), Trace::own(ids.span()).id());
        assert!(a != b && a >> 64 != 0 && a >> 64 != b >> 64);
    }

    #[test]
    fn a_trace_id_reads_back_whoever_drew_it() {
        let own = Trace::own(Ids::new().span());
        assert_eq!(Trace::read(own.id()), own);
        for id in [own.id() ^ 1 << 64, own.id() ^ 1, 1, 1 << 64] {
            assert_eq!(Trace::read(id).id(), id);
            assert!(Trace::read(id).foreign.is_some());
        }
    }
}
