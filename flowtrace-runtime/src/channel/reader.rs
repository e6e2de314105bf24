//! The reader's side of the channel: it gathers lines, frees their room, and sleeps when there are none.
use std::time::{Duration, Instant};

use super::{Channel, GAVE_UP, State};
use crate::ring::note::Note;
use crate::ring::{ASLEEP, ENDED, GATHERING, Record};
use crate::sync::{MutexGuard, Ordering, PoisonError, fence};

/// What was gathered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gathered {
    /// Where the next record stands.
    pub(crate) next: u64,
    pub(crate) lines: u64,
}

impl Channel {
    /// Appends the lines from `from` on to `batch` up to `limit` bytes, but one at least if one is committed. A line that is
    /// kept outside of the ring comes alone, since recovery knows only where it was to end.
    pub(crate) fn gather(&self, from: u64, limit: usize, batch: &mut Vec<u8>) -> Gathered {
        let mut gathered = Gathered { next: from, lines: 0 };
        while let Some(record) = self.ring.record(gathered.next) {
            match record {
                Record::Line(len) if batch.is_empty() || batch.len() + len <= limit => {
                    self.ring.read(gathered.next, len, batch);
                }
                Record::Large if batch.is_empty() => {
                    let large = self.large.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Some((_, line)) = large.as_ref() {
                        batch.extend_from_slice(line);
                    }
                    return Gathered { next: gathered.next + record.size(), lines: 1 };
                }
                _ => break,
            }
            gathered.next += record.size();
            gathered.lines += 1;
        }
        gathered
    }

    /// The length of the line at `at`, if it is committed.
    pub(crate) fn next_len(&self, at: u64) -> Option<usize> {
        match self.ring.record(at)? {
            Record::Line(len) => Some(len),
            Record::Large => {
                let large = self.large.lock().unwrap_or_else(PoisonError::into_inner);
                Some(large.as_ref().map_or(0, |(_, line)| line.len()))
            }
        }
    }

    /// The bytes that the committed record at `at` takes.
    pub(crate) fn size_at(&self, at: u64) -> u64 {
        self.ring.record(at).map_or(0, Record::size)
    }

    /// How many lines were lost and are not told.
    pub(crate) fn lost(&self) -> u64 {
        self.lost_ever().saturating_sub(self.note().told())
    }

    /// How many lines were not kept, ever.
    pub(crate) fn lost_ever(&self) -> u64 {
        self.ring.control().lost.load(Ordering::Relaxed)
    }

    /// How many lines are committed and not read, or lost and not told.
    pub(crate) fn unread(&self) -> u64 {
        let (mut at, mut lines) = (self.ring.head(), self.lost());
        while let Some(record) = self.ring.record(at) {
            at += record.size();
            lines += 1;
        }
        lines
    }

    /// Where the reader notes what it writes.
    pub(crate) fn note(&self) -> &Note {
        &self.ring.control().note
    }

    /// Gives the room before `to` free, and lets go on who waits for it.
    pub(crate) fn free(&self, to: u64) {
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
        let all_read = self.ring.record(head).is_none();
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

    /// Forgets a large line that was read.
    #[cold]
    fn forget_large(&self, before: u64) {
        let mut large = self.large.lock().unwrap_or_else(PoisonError::into_inner);
        if large.as_ref().is_some_and(|(at, _)| *at < before) {
            *large = None;
            self.has_large.store(false, Ordering::Relaxed);
        }
    }

    /// Waits for writers: with `None` until there is a line, else for that long and for no line.
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
