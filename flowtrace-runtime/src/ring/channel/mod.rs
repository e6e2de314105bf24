//! How writers and the reader of the ring wait for each other: seldom, and never on the path of a call that finds room.
#![expect(clippy::inline_always, reason = "the path of a call that finds room is one function")]

mod reader;

pub(crate) use reader::{Reader, Record};

use std::time::{Duration, Instant};

use crate::ring::header::WORD;
use crate::ring::on_full::OnFull;
use crate::ring::sync::{
    AtomicBool, AtomicUsize, Condvar, Mutex, MutexGuard, Ordering, PoisonError, fence, spin_loop,
};
use crate::ring::{ASLEEP, Claim, ENDED, GATHERING, Ring, Room};

/// How often room is looked for before a writer goes to sleep.
const SPINS: usize = if cfg!(loom) { 1 } else { 64 };

/// A payload of fewer bytes is copied in a few steps.
const SHORT: u64 = 128;

/// How often whoever waits for the output looks whether it takes anything.
#[cfg(not(loom))]
const LOOK: Duration = Duration::from_millis(100);

const GAVE_UP: u64 = u64::MAX;

/// A ring with its writers and its reader.
pub(crate) struct Channel {
    ring: Ring,
    on_full: OnFull,
    /// Payloads of fewer bytes are short: they go the short way, which claims a place whether there is room or not.
    short: usize,
    state: Mutex<State>,
    /// The reader waits here.
    rung: Condvar,
    /// Writers without room wait here, and whoever flushes.
    freed: Condvar,
    /// How many wait there.
    waiting: AtomicUsize,
    /// A record that is larger than the ring. One at a time.
    large: Mutex<Option<Large>>,
    /// There is one.
    has_large: AtomicBool,
    /// There is no drainer: whoever pushes is the reader.
    unattended: AtomicBool,
}

#[derive(Default)]
struct State {
    /// The reader is to look for records.
    woken: bool,
    /// And at once.
    hurry: bool,
    /// Writers that wait for room.
    stuck: usize,
    /// Where the records end that are still to be read.
    end: Option<u64>,
    /// Nobody reads any more.
    closed: bool,
    /// How often writing failed; `GAVE_UP` if it is not tried again.
    failures: u64,
    /// Who waits until records are read, however much room there is.
    flushing: usize,
}

/// A record that does not fit into the ring.
struct Large {
    /// Where what stands for it in the ring is.
    at: u64,
    kind: u8,
    /// Taken by the reader once it has come so far.
    payload: Vec<u8>,
}

/// What became of a record that does not fit into the ring.
enum Handover {
    /// What stands for it in the ring ends there.
    Pushed(u64),
    /// There was none in the ring, or another such record is on its way.
    NoRoom,
    Ended,
}

impl Channel {
    /// And the one that reads it.
    pub(crate) fn new(ring: Ring, on_full: OnFull) -> (Self, Reader) {
        let reader = Reader::new(&ring);
        let short = match on_full {
            OnFull::Block => usize::try_from(ring.largest().min(SHORT) - WORD).unwrap_or(0),
            OnFull::Drop => 0,
        };
        let channel = Self {
            ring,
            on_full,
            short,
            state: Mutex::new(State::default()),
            rung: Condvar::new(),
            freed: Condvar::new(),
            waiting: AtomicUsize::new(0),
            large: Mutex::new(None),
            has_large: AtomicBool::new(false),
            unattended: AtomicBool::new(false),
        };
        (channel, reader)
    }

    pub(crate) fn ring(&self) -> &Ring {
        &self.ring
    }

    /// Whether more than half of the ring waits for the reader.
    #[inline]
    pub(crate) fn is_crowded(&self) -> bool {
        let control = self.ring.control();
        let used = control.tail.load(Ordering::Relaxed).wrapping_sub(control.head.load(Ordering::Relaxed));
        used > self.ring.capacity() / 2
    }

    /// A poisoned lock is used as it is: the state is whole between any two of its statements.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a record; where there is no room, waits or counts it as lost, as configured. `late` is a place in the
    /// payload, at a whole word, and what is stored there once the rest is; a record that is not kept does not ask for
    /// it. Whether the reader was asleep and has been woken.
    #[inline(always)]
    pub(crate) fn push(&self, kind: u8, payload: &[u8], late: Option<(usize, impl FnOnce() -> u64)>) -> bool {
        if payload.len() >= self.short {
            return self.push_any(kind, payload, late);
        }
        let claim = self.ring.claim(Ring::size(payload.len()));
        if claim.flags() & (ENDED | ASLEEP) != 0 {
            return self.push_claimed(claim, kind, payload, late);
        }
        match self.ring.room(claim) {
            Ok(room) => {
                let crosses = self.crosses_quarter(&room);
                self.ring.commit(room, kind, payload, late);
                crosses && self.wake()
            }
            Err(claim) => self.push_claimed(claim, kind, payload, late),
        }
    }

    /// Whether a record goes beyond a quarter of the ring: a burst must not fill it while the reader waits for company.
    #[inline(always)]
    fn crosses_quarter(&self, room: &Room) -> bool {
        let quarter = self.ring.capacity() / 4;
        (room.at() ^ room.end()) & !(quarter - 1) != 0
    }

    /// Goes on with a claim about which there is something to do.
    #[cold]
    #[inline(never)]
    fn push_claimed(
        &self,
        claim: Claim,
        kind: u8,
        payload: &[u8],
        late: Option<(usize, impl FnOnce() -> u64)>,
    ) -> bool {
        self.await_room(claim).is_some_and(|room| self.commit(room, kind, payload, late))
    }

    fn commit(
        &self,
        room: Room,
        kind: u8,
        payload: &[u8],
        late: Option<(usize, impl FnOnce() -> u64)>,
    ) -> bool {
        let wakes = self.crosses_quarter(&room) || room.flags() & ASLEEP != 0;
        self.ring.commit(room, kind, payload, late);
        wakes && self.wake()
    }

    /// Takes any record, see [`Channel::push`].
    #[inline(never)]
    fn push_any(&self, kind: u8, payload: &[u8], late: Option<(usize, impl FnOnce() -> u64)>) -> bool {
        let size = Ring::size(payload.len());
        if size > self.ring.largest() {
            return self.push_large(kind, outside(payload, late));
        }
        self.claim(size).is_some_and(|room| self.commit(room, kind, payload, late))
    }

    /// A place with room; `None` if the record can't be kept.
    #[inline]
    fn claim(&self, size: u64) -> Option<Room> {
        match self.on_full {
            OnFull::Block => self.await_room(self.ring.claim(size)),
            OnFull::Drop => match self.ring.try_claim(size) {
                Some(room) => (room.flags() & ENDED == 0).then_some(room),
                None => self.no_room(),
            },
        }
    }

    /// The claimed place, once there is room; `None` if the record can't be kept.
    fn await_room(&self, claim: Claim) -> Option<Room> {
        if claim.flags() & ENDED != 0 {
            return None;
        }
        match self.ring.room(claim) {
            Ok(room) => Some(room),
            Err(claim) => self.wait_for_room(claim),
        }
    }

    #[cold]
    fn no_room(&self) -> Option<Room> {
        if self.ring.control().tail.load(Ordering::Relaxed) & ENDED == 0 {
            self.lose(1);
        }
        None
    }

    /// Waits until the reader has read what stands in the way; `None` if it never will.
    #[cold]
    fn wait_for_room(&self, mut claim: Claim) -> Option<Room> {
        for _ in 0..SPINS {
            claim = match self.ring.room(claim) {
                Ok(room) => return Some(room),
                Err(claim) => claim,
            };
            spin_loop();
        }
        let mut state = self.lock();
        state.stuck += 1;
        self.begin_waiting();
        let room = loop {
            claim = match self.ring.room(claim) {
                Ok(room) => break Some(room),
                Err(_) if state.closed => break None,
                Err(claim) => claim,
            };
            self.urge(&mut state);
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        };
        state.stuck -= 1;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        room.filter(|_| !state.closed)
    }

    /// Hands over a record that does not fit into the ring. Where that may take time, until it is written: outside of the
    /// ring it would not outlive the process.
    #[cold]
    fn push_large(&self, kind: u8, payload: Vec<u8>) -> bool {
        let mut payload = Some(payload);
        loop {
            match (self.try_push_large(kind, &mut payload), self.on_full) {
                (Handover::Ended, _) => return false,
                (Handover::Pushed(end), on_full) => {
                    let woken = self.wake();
                    if matches!(on_full, OnFull::Block) && !self.is_unattended() {
                        self.wait_until_read(end, None, || 0);
                    }
                    return woken;
                }
                (Handover::NoRoom, OnFull::Drop) => {
                    self.lose(1);
                    return false;
                }
                // the large record before this one stands somewhere in what is claimed
                (Handover::NoRoom, OnFull::Block) => {
                    self.wait_until_read(self.ring.tail(), None, || 0);
                }
            }
        }
    }

    fn try_push_large(&self, kind: u8, payload: &mut Option<Vec<u8>>) -> Handover {
        let mut place = self.large.lock().unwrap_or_else(PoisonError::into_inner);
        let room = if place.is_some() { None } else { self.ring.try_claim(WORD) };
        let Some(room) = room else { return Handover::NoRoom };
        if room.flags() & ENDED != 0 {
            return Handover::Ended;
        }
        *place = Some(Large { at: room.at(), kind, payload: payload.take().unwrap_or_default() });
        self.has_large.store(true, Ordering::Relaxed);
        let end = room.end();
        self.ring.commit_large(room);
        Handover::Pushed(end)
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
            // at the end of the process the reader tries once more, whatever failed before
            let fails = state.failures == GAVE_UP || state.end.is_none() && state.failures != failures;
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

/// The payload as it would stand in the ring.
#[cold]
fn outside(payload: &[u8], late: Option<(usize, impl FnOnce() -> u64)>) -> Vec<u8> {
    let len = payload.len().next_multiple_of(size_of::<u64>());
    let mut outside = Vec::with_capacity(len);
    outside.extend_from_slice(payload);
    outside.resize(len, 0);
    if let Some((at, word)) = late
        && let Some(place) = outside.get_mut(at..at + size_of::<u64>())
    {
        place.copy_from_slice(&word().to_ne_bytes());
    }
    outside
}

#[cfg(all(test, loom))]
mod model;
#[cfg(all(test, not(loom)))]
mod tests;
