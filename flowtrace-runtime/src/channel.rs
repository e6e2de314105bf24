//! How writers and the reader of the ring wait for each other: seldom, and never on the path of a call that finds room.
mod reader;

pub(crate) use reader::Gathered;

use std::time::{Duration, Instant};

use crate::config::OnFull;
use crate::ring::{ASLEEP, Claim, ENDED, GATHERING, Ring, WORD};
use crate::sync::{
    AtomicBool, AtomicUsize, Condvar, Mutex, MutexGuard, Ordering, PoisonError, fence, spin_loop,
};

/// How often room is looked for before a writer goes to sleep.
const SPINS: usize = if cfg!(loom) { 1 } else { 64 };

/// How often whoever waits for the output looks whether it takes anything.
#[cfg(not(loom))]
const LOOK: Duration = Duration::from_millis(100);

const GAVE_UP: u64 = u64::MAX;

/// A ring with its writers and its reader.
pub(crate) struct Channel {
    ring: Ring,
    on_full: OnFull,
    state: Mutex<State>,
    /// The reader waits here.
    rung: Condvar,
    /// Writers without room wait here, and whoever flushes.
    freed: Condvar,
    /// How many wait there.
    waiting: AtomicUsize,
    /// A line that is larger than the ring, and where its record stands. One at a time.
    large: Mutex<Option<(u64, Vec<u8>)>>,
    /// There is one.
    has_large: AtomicBool,
    /// There is no drainer: whoever pushes is the reader.
    unattended: AtomicBool,
}

#[derive(Default)]
struct State {
    /// The reader is to look for lines.
    woken: bool,
    /// And at once.
    hurry: bool,
    /// Writers that wait for room.
    stuck: usize,
    /// Where the lines end that are still to be read.
    end: Option<u64>,
    /// Nobody reads any more.
    closed: bool,
    /// How often writing failed; `GAVE_UP` if it is not tried again.
    failures: u64,
    /// Who waits until lines are read, however much room there is.
    flushing: usize,
}

/// What became of a line that does not fit into the ring.
enum Large {
    /// Its record ends there.
    Pushed(u64),
    /// There was none for its record, or another such line is on its way.
    NoRoom,
    Ended,
}

impl Channel {
    pub(crate) fn new(ring: Ring, on_full: OnFull) -> Self {
        Self {
            ring,
            on_full,
            state: Mutex::new(State::default()),
            rung: Condvar::new(),
            freed: Condvar::new(),
            waiting: AtomicUsize::new(0),
            large: Mutex::new(None),
            has_large: AtomicBool::new(false),
            unattended: AtomicBool::new(false),
        }
    }

    pub(crate) fn ring(&self) -> &Ring {
        &self.ring
    }

    /// A poisoned lock is used as it is: the state is whole between any two of its statements.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a line; where there is no room, waits or counts it as lost, as configured. Whether the reader was asleep
    /// and has been woken.
    #[inline]
    pub(crate) fn push(&self, line: &[u8]) -> bool {
        let size = Ring::size(line.len());
        if size > self.ring.capacity() / 2 {
            return self.push_large(line);
        }
        let Some(claim) = self.claim(size) else { return false };
        self.ring.commit(claim, line);
        // a burst must not fill the ring while the reader waits for company
        let quarter = self.ring.capacity() / 4;
        let crosses = (claim.at ^ claim.end()) & !(quarter - 1) != 0;
        (crosses || claim.flags & ASLEEP != 0) && self.wake()
    }

    /// A place with room; `None` if the line can't be kept.
    #[inline]
    fn claim(&self, size: u64) -> Option<Claim> {
        let claim = match self.on_full {
            OnFull::Block => self.ring.claim(size),
            OnFull::Drop => match self.ring.try_claim(size) {
                Some(claim) => claim,
                None => return self.no_room(),
            },
        };
        if claim.flags & ENDED != 0 {
            return None;
        }
        (self.ring.has_room(claim) || self.wait_for_room(claim)).then_some(claim)
    }

    #[cold]
    fn no_room(&self) -> Option<Claim> {
        if self.ring.control().tail.load(Ordering::Relaxed) & ENDED == 0 {
            self.lose(1);
        }
        None
    }

    /// Waits until the reader has read what stands in the way; false if it never will.
    #[cold]
    fn wait_for_room(&self, claim: Claim) -> bool {
        for _ in 0..SPINS {
            if self.ring.has_room(claim) {
                return true;
            }
            spin_loop();
        }
        let mut state = self.lock();
        state.stuck += 1;
        self.begin_waiting();
        while !self.ring.has_room(claim) && !state.closed {
            self.urge(&mut state);
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.stuck -= 1;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        !state.closed
    }

    /// Hands over a line that does not fit into the ring. Where that may take time, until it is written: outside of the
    /// ring it would not outlive the process.
    #[cold]
    fn push_large(&self, line: &[u8]) -> bool {
        loop {
            match (self.try_push_large(line), self.on_full) {
                (Large::Ended, _) => return false,
                (Large::Pushed(end), on_full) => {
                    let woken = self.wake();
                    if matches!(on_full, OnFull::Block) && !self.is_unattended() {
                        self.wait_until_read(end, None, || 0);
                    }
                    return woken;
                }
                (Large::NoRoom, OnFull::Drop) => {
                    self.lose(1);
                    return false;
                }
                // the large line before this one stands somewhere in what is claimed
                (Large::NoRoom, OnFull::Block) => {
                    self.wait_until_read(self.ring.tail(), None, || 0);
                }
            }
        }
    }

    fn try_push_large(&self, line: &[u8]) -> Large {
        let mut place = self.large.lock().unwrap_or_else(PoisonError::into_inner);
        let claim = if place.is_some() { None } else { self.ring.try_claim(WORD) };
        let Some(claim) = claim else { return Large::NoRoom };
        if claim.flags & ENDED != 0 {
            return Large::Ended;
        }
        *place = Some((claim.at, line.to_vec()));
        self.has_large.store(true, Ordering::Relaxed);
        self.ring.commit_large(claim);
        Large::Pushed(claim.end())
    }

    /// Counts lines that were not kept.
    pub(crate) fn lose(&self, lines: u64) {
        self.ring.control().lost.fetch_add(lines, Ordering::Relaxed);
    }

    /// Wakes the reader if it waits; whether it did.
    #[cold]
    fn wake(&self) -> bool {
        if self.ring.lower(ASLEEP | GATHERING) == 0 {
            return false;
        }
        self.lock().woken = true;
        self.rung.notify_one();
        true
    }

    /// There will be no drainer.
    pub(crate) fn leave_unattended(&self) {
        self.unattended.store(true, Ordering::Relaxed);
        self.leave_asleep();
    }

    pub(crate) fn is_unattended(&self) -> bool {
        self.unattended.load(Ordering::Relaxed)
    }

    fn urge(&self, state: &mut State) {
        state.hurry = true;
        self.rung.notify_one();
    }

    /// Says that somebody will wait for what is freed. Either the reader sees that, or this thread sees what it freed.
    fn begin_waiting(&self) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    /// Waits until everything that was pushed before is dealt with; false if lines were lost, or if `patience` ran out:
    /// for so long the output took nothing, of which `taken` is how much it has.
    pub(crate) fn flush(&self, patience: Duration, taken: impl Fn() -> u64) -> bool {
        let lost = self.lost_ever();
        self.wait_until_read(self.ring.tail(), Some(patience), taken) && self.lost_ever() == lost
    }

    /// As [`Channel::flush`], and what is pushed from now on is kept by nobody: the process ends.
    pub(crate) fn end(&self, patience: Duration, taken: impl Fn() -> u64) -> bool {
        let end = self.ring.raise(ENDED);
        let mut state = self.lock();
        state.end.get_or_insert(end);
        self.urge(&mut state);
        drop(state);
        self.wait_until_read(end, Some(patience), taken)
    }

    /// Whether everything before `to` is dealt with, and what was lost is told.
    fn is_read(&self, to: u64) -> bool {
        self.ring.head() >= to && self.lost() == 0
    }

    /// Without `patience` this is for the room alone: as a writer that waits for it, it has the oldest lines dropped where
    /// writing fails.
    fn wait_until_read(&self, to: u64, patience: Option<Duration>, taken: impl Fn() -> u64) -> bool {
        let mut before = taken();
        let mut until = patience.map(|patience| Instant::now() + patience);
        let mut state = self.lock();
        let failures = state.failures;
        state.flushing += 1;
        state.stuck += usize::from(until.is_none());
        self.begin_waiting();
        let read = loop {
            let read = if until.is_some() { self.is_read(to) } else { self.ring.head() >= to };
            if read || state.closed {
                break read;
            }
            let now = taken();
            if std::mem::replace(&mut before, now) != now {
                until = patience.map(|patience| Instant::now() + patience);
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            let fails = state.failures == GAVE_UP || state.failures != failures;
            if left.is_some_and(|left| left.is_zero() || fails) {
                break false;
            }
            self.urge(&mut state);
            state = match left {
                #[cfg(not(loom))]
                Some(left) => {
                    let left = left.min(LOOK);
                    self.freed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
                _ => self.freed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        };
        state.flushing -= 1;
        state.stuck -= usize::from(until.is_none());
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        read
    }
}

#[cfg(all(test, loom))]
mod model;
#[cfg(all(test, not(loom)))]
mod tests;
