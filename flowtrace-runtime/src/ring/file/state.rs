//! How far the reader of a ring has come, as it stands in the file of a ring that nobody writes to any more.
use std::mem::offset_of;
use std::ops::Range;

use crate::ring::Control;
use crate::ring::header::WORD;
use crate::ring::note::{Noted, WORDS};

/// What recovery changes of a ring, all of it by one write: a kill leaves it as it was before or as it is after.
pub(super) const CHANGED: Range<usize> = offset_of!(Control, head)..NOTE + WORDS * 8;
const NOTE: usize = offset_of!(Control, note);

/// How many bytes of the dictionary are written, by a ring's first page.
pub(crate) fn defined(page: &[u8]) -> Option<u64> {
    let at = offset_of!(Control, defined);
    Some(u64::from_ne_bytes(page.get(at..at + 8)?.try_into().ok()?))
}

/// How far the reader has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    /// The end of what is claimed.
    pub(crate) tail: u64,
    /// The end of what is written.
    pub(crate) head: u64,
    /// How many lines were not kept, ever.
    pub(crate) lost: u64,
    pub(crate) noted: Noted,
}

impl State {
    /// Reads it from a ring's first page.
    pub(crate) fn decode(page: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u64::from_ne_bytes(page.get(at..at + 8)?.try_into().ok()?));
        let mut words = [0; WORDS];
        for (at, word) in words.iter_mut().enumerate() {
            *word = number(NOTE + at * 8)?;
        }
        Some(Self {
            // the low bits of the tail are flags
            tail: number(offset_of!(Control, tail))? & !(WORD - 1),
            head: number(offset_of!(Control, head))? & !(WORD - 1),
            lost: number(offset_of!(Control, lost))?,
            noted: Noted::from_words(words),
        })
    }

    /// The bytes at `CHANGED`.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![0; CHANGED.len()];
        let mut put = |at: usize, number: u64| {
            bytes[at - CHANGED.start..][..8].copy_from_slice(&number.to_ne_bytes());
        };
        put(offset_of!(Control, head), self.head);
        put(offset_of!(Control, lost), self.lost);
        for (at, word) in self.noted.words().into_iter().enumerate() {
            put(NOTE + at * 8, word);
        }
        bytes
    }

    /// How many lines are lost and not told.
    pub(crate) fn untold(&self) -> u64 {
        self.lost.saturating_sub(self.noted.told)
    }

    /// Whether all of it is written and told.
    pub(crate) fn is_done(&self) -> bool {
        self.tail == self.head && self.untold() == 0
    }
}
