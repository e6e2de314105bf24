//! What the reader of a ring notes of each write to a file, so that whoever finds the ring knows how far it came.
//!
//! Before a write the note tells the file, the place in it and the record at which the write begins. As long as `head`
//! stands at that record, the write may have been done in part, and the file at that place tells how far.
use std::sync::atomic::compiler_fence;

use crate::ring::sync::{AtomicU64, Ordering};

/// Nothing is being written.
pub(crate) const NONE: u64 = u64::MAX;
/// Set in `begun`: what is being written is a LOST line that stands before the record.
const LOST: u64 = 1;
/// How many numbers a note is.
pub(crate) const WORDS: usize = 9;
const TOLD: usize = 7;
const REASON: usize = 8;

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Place {
    pub(crate) device: u64,
    pub(crate) inode: u64,
    pub(crate) offset: u64,
}

impl Place {
    /// Whether it lies in the same file.
    pub(crate) fn is_in(self, other: Self) -> bool {
        (self.device, self.inode) == (other.device, other.inode)
    }
}

/// What a note says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Noted {
    /// The position of the record at which the write begins, with `LOST` for a LOST line; or `NONE`.
    begun: u64,
    pub(crate) place: Place,
    /// The bytes of the write.
    pub(crate) len: u64,
    /// The time of the LOST lines in the write.
    pub(crate) at: u64,
    /// How many lost lines are told once the LOST line is written, of all there ever were.
    pub(crate) told_to: u64,
    /// How many lost lines are told.
    pub(crate) told: u64,
    /// Why lines are lost, see `reason.rs`.
    pub(crate) reason: u64,
}

impl Noted {
    /// From here on lines are being written, from the record at `head` on.
    pub(crate) fn begin_lines(&mut self, head: u64, place: Place, len: usize, at: u64) {
        *self = Self { begun: head, place, len: len as u64, at, ..*self };
    }

    /// From here on the LOST line is being written that tells all up to `told_to`.
    pub(crate) fn begin_lost(&mut self, head: u64, place: Place, len: usize, at: u64, told_to: u64) {
        *self = Self { begun: head | LOST, place, len: len as u64, at, told_to, ..*self };
    }

    pub(crate) fn end(&mut self) {
        self.begun = NONE;
    }

    /// Whether lines are being written from `head` on.
    pub(crate) fn writes_lines(&self, head: u64) -> bool {
        self.begun == head
    }

    /// Whether a LOST line is being written.
    pub(crate) fn writes_lost(&self, head: u64) -> bool {
        self.begun == head | LOST
    }

    /// Whether a write that is noted, and not known to be over, covers `place`.
    pub(crate) fn covers(&self, head: u64, place: Place) -> bool {
        let from = self.place.offset;
        (self.writes_lines(head) || self.writes_lost(head))
            && place.is_in(self.place)
            && (from..from.saturating_add(self.len)).contains(&place.offset)
    }

    pub(crate) fn from_words(words: [u64; WORDS]) -> Self {
        let [begun, device, inode, offset, len, at, told_to, told, reason] = words;
        Self { begun, place: Place { device, inode, offset }, len, at, told_to, told, reason }
    }

    pub(crate) fn words(&self) -> [u64; WORDS] {
        let Self { begun, place: Place { device, inode, offset }, len, at, told_to, told, reason } = *self;
        [begun, device, inode, offset, len, at, told_to, told, reason]
    }
}

/// The note of a ring that is in use. The reader alone writes it.
#[repr(C)]
pub(crate) struct Note {
    words: [AtomicU64; WORDS],
}

impl Note {
    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self { words: std::array::from_fn(|_| AtomicU64::new(0)) }
    }

    pub(crate) fn told(&self) -> u64 {
        self.words[TOLD].load(Ordering::Relaxed)
    }

    /// Says that so many lost lines are told, of all there ever were.
    pub(crate) fn set_told(&self, told: u64) {
        self.words[TOLD].store(told, Ordering::Relaxed);
    }

    /// Says why lines are lost.
    pub(crate) fn set_reason(&self, reason: u64) {
        self.words[REASON].store(reason, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> Noted {
        Noted::from_words(std::array::from_fn(|at| self.words[at].load(Ordering::Relaxed)))
    }

    /// The process may end between any two of these stores: `begun` tells of no write until the rest is there.
    pub(crate) fn set(&self, noted: &Noted) {
        let [begun, rest @ ..] = noted.words();
        self.words[0].store(NONE, Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
        for (word, value) in self.words[1..].iter().zip(rest) {
            word.store(value, Ordering::Relaxed);
        }
        self.words[0].store(begun, Ordering::Release);
    }
}
