//! The reader's side of the channel: it hands out records, frees their room, and sleeps when there are none.
//!
//! An island of `unsafe`.
//!
//! Invariants
//! 1. A channel has one `Reader`, made with it: nobody else moves `head`.
//! 2. A payload borrows from the reader, which must not be borrowed when it moves `head`.
#![allow(unsafe_code)]

use std::time::{Duration, Instant};

use super::{Channel, GAVE_UP, State};
use crate::ring::header::{DROPPED, LARGE};
use crate::ring::note::Note;
use crate::ring::sync::{MutexGuard, Ordering, PoisonError, fence};
use crate::ring::{ASLEEP, ENDED, GATHERING, Ring};

/// Who reads a channel, and how far it has come.
pub(crate) struct Reader {
    /// Where the next record stands.
    at: u64,
    /// How far places are known to be claimed.
    claimed: u64,
    /// What stands from here on is not handed out yet.
    end: u64,
    /// A payload that does not lie in one piece.
    scratch: Vec<u8>,
}

/// A record that is committed and not freed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    pub(crate) kind: u8,
    /// In whole words, with zeros behind.
    pub(crate) payload: &'a [u8],
    /// Where the next one stands.
    pub(crate) next: u64,
    /// It was kept outside of the ring. Its line is to be written alone, since recovery knows only where it was to end.
    pub(crate) is_large: bool,
}

impl Reader {
    pub(super) fn new(ring: &Ring) -> Self {
        Self { at: ring.head(), claimed: 0, end: u64::MAX, scratch: Vec::new() }
    }

    /// The next record, if it is committed.
    pub(crate) fn next<'a>(&'a mut self, channel: &'a Channel) -> Option<Record<'a>> {
        let at = self.at;
        if at >= self.end {
            return None;
        }
        let header = channel.ring.record(at, &mut self.claimed)?;
        let next = at + header.size();
        self.at = next;
        if header.kind == LARGE {
            let mut large = channel.large.lock().unwrap_or_else(PoisonError::into_inner);
            let (kind, payload) = match large.as_mut().filter(|large| large.at == at) {
                Some(large) => (large.kind, std::mem::take(&mut large.payload)),
                None => (LARGE, Vec::new()),
            };
            self.scratch = payload;
            return Some(Record { kind, payload: &self.scratch, next, is_large: true });
        }
        // SAFETY: invariants 1 and 2.
        let payload = unsafe { channel.ring.payload(at, header, &mut self.scratch) };
        Some(Record { kind: header.kind, payload, next, is_large: false })
    }

    /// Where the next record stands.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    /// Has no record handed out that stands at `end` or behind.
    pub(crate) fn stop_before(&mut self, end: u64) {
        self.end = end;
    }

    /// The record at `at`, which is that of the next one or of one behind it, if it is committed. It stays the next one.
    pub(crate) fn peek<'a>(&'a mut self, channel: &'a Channel, at: u64) -> Option<Record<'a>> {
        debug_assert!(at >= self.at, "invariant 1");
        let header = channel.ring.record(at, &mut self.claimed)?;
        let next = at + header.size();
        if header.kind == LARGE {
            let large = channel.large.lock().unwrap_or_else(PoisonError::into_inner);
            let large = large.as_ref().filter(|large| large.at == at);
            let kind = large.map_or(LARGE, |large| large.kind);
            self.scratch.clear();
            self.scratch.extend_from_slice(large.map_or(&[], |large| &large.payload));
            return Some(Record { kind, payload: &self.scratch, next, is_large: true });
        }
        // SAFETY: invariants 1 and 2.
        let payload = unsafe { channel.ring.payload(at, header, &mut self.scratch) };
        Some(Record { kind: header.kind, payload, next, is_large: false })
    }

    /// Has the record at `at` passed over, unless that was handed out.
    pub(crate) fn drop_record(&mut self, channel: &Channel, at: u64) {
        if at >= self.at
            && let Some(header) = channel.ring.record(at, &mut self.claimed)
        {
            channel.ring.drop_record(at, header);
        }
    }

    /// Sets bits of the first word of the record at `at`, unless that was handed out, or is none of these `kinds`.
    pub(crate) fn mark(&mut self, channel: &Channel, at: u64, kinds: u8, bits: u64) {
        let header = if at < self.at { None } else { channel.ring.record(at, &mut self.claimed) };
        match header {
            Some(header) if header.kind == LARGE => {
                let mut large = channel.large.lock().unwrap_or_else(PoisonError::into_inner);
                let large = large.as_mut().filter(|large| large.at == at && large.kind & kinds != 0);
                if let Some(word) = large.and_then(|large| large.payload.first_chunk_mut()) {
                    *word = (u64::from_ne_bytes(*word) | bits).to_ne_bytes();
                }
            }
            Some(header) if header.kind & kinds != 0 && header.len > 0 => channel.ring.mark(at, bits),
            _ => {}
        }
    }

    /// Goes past the next record, if it is committed; how many were dropped by that, and where the one behind it stands.
    pub(crate) fn skip(&mut self, channel: &Channel) -> Option<(u64, u64)> {
        let header = channel.ring.record(self.at, &mut self.claimed)?;
        self.at += header.size();
        Some((u64::from(header.kind != DROPPED), self.at))
    }

    /// Whether there is another record.
    pub(crate) fn has_next(&mut self, channel: &Channel) -> bool {
        self.at < self.end && channel.ring.record(self.at, &mut self.claimed).is_some()
    }

    /// Gives the room before `to` free, and lets go on who waits for it.
    pub(crate) fn free(&mut self, channel: &Channel, to: u64) {
        debug_assert!(channel.ring.head() <= to && to <= self.at, "invariant 1");
        channel.free(to);
        // a large one was kept here
        self.scratch.shrink_to(KEPT);
    }
}

/// A scratch buffer larger than this is given back to the allocator.
const KEPT: usize = 1 << 20;

impl Channel {
    /// How many lines were lost and are not told.
    pub(crate) fn lost(&self) -> u64 {
        self.lost_ever().saturating_sub(self.note().told())
    }

    /// How many lines were not kept, ever.
    pub(crate) fn lost_ever(&self) -> u64 {
        self.ring.control().lost.load(Ordering::Relaxed)
    }

    /// How many records are committed and not read, or lost and not told.
    pub(crate) fn unread(&self) -> u64 {
        let (mut at, mut lines, mut claimed) = (self.ring.head(), self.lost(), 0);
        while let Some(record) = self.ring.record(at, &mut claimed) {
            at += record.size();
            lines += u64::from(record.kind != DROPPED);
        }
        lines
    }

    /// Where the reader notes what it writes.
    pub(crate) fn note(&self) -> &Note {
        &self.ring.control().note
    }

    /// Gives the room before `to` free, and lets go on who waits for it.
    fn free(&self, to: u64) {
        // the record's commit made this known
        if self.has_large.load(Ordering::Relaxed) {
            self.forget_large(to);
        }
        self.ring.free(to);
        fence(Ordering::SeqCst);
        if self.waiting.load(Ordering::Relaxed) > 0 {
            self.notify(to);
        }
    }

    /// Writers go on together once half of the ring is free, not one by one for each line.
    #[cold]
    fn notify(&self, head: u64) {
        let all_read = self.ring.record(head, &mut 0).is_none();
        let much_room = self.ring.tail().saturating_sub(head) <= self.ring.capacity() / 2;
        if self.lock().flushing > 0 || all_read || much_room {
            self.freed.notify_all();
        }
    }

    /// Lets writers go on, however little room there is.
    pub(crate) fn let_go_on(&self) {
        // whoever has looked for room and found none waits by now
        drop(self.lock());
        self.freed.notify_all();
    }

    /// Forgets a large record that was read.
    #[cold]
    fn forget_large(&self, before: u64) {
        let mut large = self.large.lock().unwrap_or_else(PoisonError::into_inner);
        if large.as_ref().is_some_and(|large| large.at < before) {
            *large = None;
            self.has_large.store(false, Ordering::Relaxed);
        }
    }

    /// Waits for writers: with `None` until there is a record, else for that long and for no record.
    pub(crate) fn sleep(&self, limit: Option<Duration>) {
        let mut state = self.lock();
        let flag = if limit.is_some() { GATHERING } else { ASLEEP };
        // either this sees a claim, or the claim sees the flag
        let claimed = self.ring.raise(flag);
        if limit.is_some() || claimed == self.ring.head() {
            state = self.wait(state, limit, |state| state.woken);
        }
        self.ring.lower(flag);
        state.woken = false;
        if limit.is_some() {
            state.hurry = false;
        }
    }

    /// Waits before the next try, unless somebody is in a hurry.
    pub(crate) fn pause(&self, limit: Duration) {
        let state = self.lock();
        self.wait(state, Some(limit), |_| false).hurry = false;
    }

    fn wait<'a>(
        &self,
        mut state: MutexGuard<'a, State>,
        limit: Option<Duration>,
        woken: impl Fn(&State) -> bool,
    ) -> MutexGuard<'a, State> {
        let until = limit.map(|limit| Instant::now() + limit);
        while !state.hurry && !state.closed && !woken(&state) {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            state = match left {
                Some(left) if left.is_zero() => break,
                #[cfg(not(loom))]
                Some(left) => self.rung.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
                _ => self.rung.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
        state
    }

    /// Has each writer say when it has pushed; false if there is something to be read before.
    pub(crate) fn leave_asleep(&self) -> bool {
        self.ring.raise(ASLEEP) == self.ring.head()
    }

    /// Whether writers wait for room.
    pub(crate) fn is_stuck(&self) -> bool {
        self.lock().stuck > 0
    }

    /// Whether somebody waits until all is read, or pushes where nobody else reads.
    pub(crate) fn is_waited_for(&self) -> bool {
        self.is_unattended() || self.lock().flushing > 0
    }

    /// Whether the process ends.
    pub(crate) fn is_ending(&self) -> bool {
        self.lock().end.is_some()
    }

    /// Whether all is read that ever will be.
    pub(crate) fn is_over(&self) -> bool {
        let state = self.lock();
        state.closed || state.end.is_some_and(|end| self.is_read(end))
    }

    /// Tells who flushes that writing fails.
    pub(crate) fn fail(&self) {
        self.lock().failures += 1;
        self.freed.notify_all();
    }

    /// What is there is not written any more: the process ends, and writing fails.
    pub(crate) fn give_up(&self) {
        self.lock().failures = GAVE_UP;
        self.freed.notify_all();
    }

    /// Nobody reads any more: what is there stays, and what comes is not kept.
    pub(crate) fn close(&self) {
        self.ring.raise(ENDED);
        self.lock().closed = true;
        self.rung.notify_all();
        self.freed.notify_all();
    }
}
