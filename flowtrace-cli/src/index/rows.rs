//! Rows of the smaller sections: calls without lines, missing lines, rows of tracks.
use super::format::{u32_at, u64_at};
use super::scan::{Gap, Missing, NONE};

/// Calls that have no lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LeftOutCalls {
    /// The call below which they were made.
    pub(crate) parent: Option<u32>,
    pub(crate) function: u32,
    pub(crate) reason: u32,
    pub(crate) count: u64,
    pub(crate) total: u64,
    pub(crate) min: u64,
    pub(crate) max: u64,
    pub(crate) errors: u64,
}

pub(super) const LEFT_OUT: usize = 64;

impl Missing {
    pub(super) fn bytes(&self, parent: u32) -> [u8; LEFT_OUT] {
        let pair = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        let words = [
            self.at,
            pair(parent, self.function),
            pair(self.reason, self.thread),
            self.count,
            self.total,
            self.min,
            self.max,
            self.errors,
        ];
        let mut out = [0; LEFT_OUT];
        for (place, word) in out.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        out
    }
}

impl LeftOutCalls {
    pub(super) fn parse(bytes: &[u8]) -> Self {
        Self {
            parent: Some(u32_at(bytes, 8)).filter(|parent| *parent != NONE),
            function: u32_at(bytes, 12),
            reason: u32_at(bytes, 16),
            count: u64_at(bytes, 24),
            total: u64_at(bytes, 32),
            min: u64_at(bytes, 40),
            max: u64_at(bytes, 48),
            errors: u64_at(bytes, 56),
        }
    }
}

pub(super) const LOSS: usize = 24;

impl Gap {
    pub(super) fn bytes(&self) -> [u8; LOSS] {
        let mut out = [0; LOSS];
        let words = [self.at, self.count, self.reason.into()];
        for (place, word) in out.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        out
    }
}

/// A row of a track: which calls are in it, and at which scales there are bars of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowOfTrack {
    pub(crate) track: u32,
    pub(crate) row: u32,
    /// Where its calls stand in the order.
    pub(crate) first: u32,
    pub(crate) count: u32,
    pub(super) first_level: u32,
    pub(super) levels: u32,
}

pub(super) const ROW: usize = 24;
pub(super) const LEVEL: usize = 24;

impl RowOfTrack {
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let word = |i: usize| u32_at(bytes, i * 4);
        Self {
            track: word(0),
            row: word(1),
            first: word(2),
            count: word(3),
            first_level: word(4),
            levels: word(5),
        }
    }
}
