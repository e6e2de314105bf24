//! The lines that are traced but not yet written: many writers, one reader, bounded.
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::config::OnFull;
use crate::line;

/// How long a lone line waits for company before it is written.
const GATHER: Duration = Duration::from_millis(10);
/// How much company is enough.
const BATCH: usize = 64 * 1024;

/// A byte buffer between the traced calls and the drainer. Only whole lines go in and come out.
pub(crate) struct Buffer {
    state: Mutex<State>,
    /// Something came in, or somebody is in a hurry.
    filled: Condvar,
    /// Something was written, or never will be.
    drained: Condvar,
    capacity: usize,
    on_full: OnFull,
}

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    /// Bytes that ever came in, and those of them that are dealt with: written, or counted as lost.
    pushed: u64,
    done: u64,
    /// Lines not kept since the last `LOST` line, and why.
    lost: u64,
    reason: &'static str,
    /// Lines not kept since the start.
    lost_ever: u64,
    hurry: bool,
    /// Nothing comes in any more; what is there still goes out.
    ending: bool,
    /// Nothing goes out any more either.
    closed: bool,
}

impl Buffer {
    pub(crate) fn new(capacity: usize, on_full: OnFull) -> Self {
        Self {
            state: Mutex::default(),
            filled: Condvar::new(),
            drained: Condvar::new(),
            capacity: capacity.max(1),
            on_full,
        }
    }

    /// A poisoned lock is used as it is: the state is whole between any two of its statements.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes `line` in; where it is full, waits for room or counts the line as lost, as configured.
    pub(crate) fn push(&self, line: &[u8]) {
        let mut state = self.lock();
        while !state.ending && !state.bytes.is_empty() && state.bytes.len() + line.len() > self.capacity {
            match self.on_full {
                OnFull::Drop => {
                    state.lose(1, "buffer full");
                    return;
                }
                OnFull::Block => {
                    state.hurry = true;
                    self.filled.notify_one();
                    state = self.drained.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
        if state.ending {
            return;
        }
        state.report_lost();
        let before = state.bytes.len();
        state.append(line);
        if before == 0 || (before < BATCH && state.bytes.len() >= BATCH) {
            self.filled.notify_one();
        }
    }

    /// Waits until there is something to write and a little company for it; false once closed.
    pub(crate) fn wait(&self) -> bool {
        let mut state = self.lock();
        while state.is_idle() && !state.closed {
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let until = Instant::now() + GATHER;
        while !state.closed && !state.hurry && state.bytes.len() < BATCH {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.filled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        !state.closed
    }

    /// Moves what is there into `batch`, which is empty.
    pub(crate) fn take(&self, batch: &mut Vec<u8>) {
        let mut state = self.lock();
        state.report_lost();
        state.hurry = false;
        std::mem::swap(&mut state.bytes, batch);
    }

    /// Waits before the next try after one that failed, unless somebody is in a hurry.
    pub(crate) fn pause(&self, time: Duration) {
        let until = Instant::now() + time;
        let mut state = self.lock();
        while !state.closed && !state.hurry {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.filled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Says what became of a batch: all of it dealt with, `lost` of its lines not kept.
    pub(crate) fn done(&self, bytes: usize, lost: u64, reason: &'static str) {
        let mut state = self.lock();
        state.done += bytes as u64;
        if lost > 0 {
            state.lose(lost, reason);
        }
        self.drained.notify_all();
    }

    /// Waits until everything that came in before is written; false if some of it was lost, or if `patience`
    /// ran out first.
    pub(crate) fn flush(&self, patience: Duration) -> bool {
        self.wait_until_done(self.lock(), patience)
    }

    /// As [`Buffer::flush`], and from now on nothing comes in: the process ends.
    pub(crate) fn end(&self, patience: Duration) -> bool {
        let mut state = self.lock();
        state.ending = true;
        self.drained.notify_all();
        self.wait_until_done(state, patience)
    }

    fn wait_until_done(&self, mut state: MutexGuard<'_, State>, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let (target, lost_before) = (state.pushed, state.lost_ever);
        while state.done < target && !state.closed {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state.hurry = true;
            self.filled.notify_one();
            state = self.drained.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.lost_ever == lost_before
    }

    /// Drops what is there and all that will come: nobody is left to read it.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.ending = true;
        state.closed = true;
        state.bytes = Vec::new();
        self.filled.notify_all();
        self.drained.notify_all();
    }
}

impl State {
    fn is_idle(&self) -> bool {
        self.bytes.is_empty() && self.lost == 0
    }

    fn append(&mut self, line: &[u8]) {
        self.bytes.extend_from_slice(line);
        self.pushed += line.len() as u64;
    }

    fn lose(&mut self, lines: u64, reason: &'static str) {
        self.lost += lines;
        self.lost_ever += lines;
        self.reason = reason;
    }

    /// Puts a `LOST` line where the lost ones would stand.
    fn report_lost(&mut self) {
        if self.lost > 0 {
            let line = line::lost(crate::clock::now(), self.lost, self.reason);
            self.lost = 0;
            self.append(&line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(buffer: &Buffer) -> String {
        let mut batch = Vec::new();
        buffer.take(&mut batch);
        String::from_utf8(batch).unwrap()
    }

    #[test]
    fn lines_come_out_as_they_went_in() {
        let buffer = Buffer::new(1024, OnFull::Block);
        buffer.push(b"one\n");
        buffer.push(b"two\n");
        assert!(buffer.wait());
        assert_eq!(taken(&buffer), "one\ntwo\n");
    }

    #[test]
    fn a_full_buffer_that_drops_counts_what_it_dropped() {
        let buffer = Buffer::new(8, OnFull::Drop);
        (0..5).for_each(|_| buffer.push(b"1234\n"));
        let text = taken(&buffer);
        assert!(text.starts_with("1234\n{\"timestamp\":"), "{text}");
        assert!(text.ends_with("\"count\":4,\"reason\":\"buffer full\"}\n"), "{text}");
    }

    #[test]
    fn a_full_buffer_that_blocks_waits_for_the_reader() {
        let buffer = Buffer::new(8, OnFull::Block);
        let lines: Vec<String> = (0..100).map(|i| format!("{i:04}\n")).collect();
        let mut text = String::new();
        std::thread::scope(|scope| {
            scope.spawn(|| lines.iter().for_each(|line| buffer.push(line.as_bytes())));
            while text.len() < 500 {
                assert!(buffer.wait());
                let batch = taken(&buffer);
                assert!(batch.len() <= 8);
                buffer.done(batch.len(), 0, "");
                text += &batch;
            }
        });
        assert_eq!(text, lines.concat());
    }

    #[test]
    fn closing_frees_whoever_waits() {
        let buffer = Buffer::new(4, OnFull::Block);
        buffer.push(b"full\n");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| buffer.push(b"more\n"));
            buffer.close();
            waiting.join().unwrap();
        });
        assert!(!buffer.wait() && buffer.flush(Duration::ZERO));
    }

    #[test]
    fn flush_gives_up_when_nobody_reads() {
        let buffer = Buffer::new(1024, OnFull::Block);
        buffer.push(b"one\n");
        assert!(!buffer.flush(Duration::from_millis(1)));
    }
}
