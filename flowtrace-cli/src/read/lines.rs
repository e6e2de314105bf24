//! The lines of one input, one after another, with their numbers.
use std::io;

use flowtrace_runtime::compact::Damage;

use super::blocks::{Block, Blocks};

/// A place in an input, between two lines.
pub(crate) struct Lines {
    blocks: Blocks,
    block: Block,
    /// Where the next line of the block begins.
    at: usize,
    /// The number of the line before it.
    number: u64,
}

/// A line without its LF.
#[derive(Clone, Copy)]
pub(crate) struct NumberedLine<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) number: u64,
    /// The input ended before the line did.
    pub(crate) torn: bool,
}

impl Lines {
    /// From `blocks`, before which `number` lines stand.
    pub(super) fn new(blocks: Blocks, number: u64) -> Self {
        Self { blocks, block: Block::default(), at: 0, number }
    }

    /// Reads on, after [`Lines::next`] found nothing more; false at the end.
    pub(crate) fn more(&mut self) -> io::Result<bool> {
        self.at = 0;
        self.blocks.next(&mut self.block)
    }

    /// What could not be read so far, of a compact file.
    pub(crate) fn damage(&self) -> Damage {
        self.blocks.damage()
    }

    /// The next line of those that are read already.
    pub(crate) fn next(&mut self) -> Option<NumberedLine<'_>> {
        let rest = &self.block.lines()[self.at..];
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', rest);
        self.at += end.map_or(rest.len(), |end| end + 1);
        self.number += 1;
        let bytes = &rest[..end.unwrap_or(rest.len())];
        Some(NumberedLine { bytes, number: self.number, torn: end.is_none() })
    }

    /// Takes back the line that [`Lines::next`] gave last.
    pub(super) fn back(&mut self) {
        let before = &self.block.lines()[..self.at];
        let whole = before.strip_suffix(b"\n").unwrap_or(before);
        self.at = memchr::memrchr(b'\n', whole).map_or(0, |end| end + 1);
        self.number -= 1;
    }
}
