//! What a file consists of: lines, or blocks of records. Who appends to one needs to know how it ends.
use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::Path;

use crate::compact::block::{self, HEADER, MAGIC};
use crate::os;

/// What each line of a trace begins with.
pub(crate) const BEGIN: &[u8] = b"{\"timestamp\":";
/// How much is read at once.
const BLOCK: usize = 64 * 1024;
/// Where a block is looked for that may be torn, from the end on.
const FARTHEST: u64 = 64 << 20;

/// The pieces of a file: each is there whole, or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Lines of JSON.
    Lines,
    /// Blocks of records, see docs/COMPACT.md.
    Blocks,
}

impl Format {
    /// As the end of its name says.
    pub(crate) fn of(path: &Path) -> Self {
        if path.extension().is_some_and(|extension| extension == "ft") { Self::Blocks } else { Self::Lines }
    }

    /// A line as a piece.
    pub(crate) fn piece(self, line: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::Lines => line.into(),
            Self::Blocks => block::of_line(line).into(),
        }
    }

    /// How many bytes of a write are whole pieces, if so many were written. A write of blocks is one.
    pub(super) fn whole(self, bytes: &[u8], written: usize) -> usize {
        match self {
            _ if written == bytes.len() => written,
            Self::Lines => {
                bytes[..written].iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1)
            }
            Self::Blocks => 0,
        }
    }

    /// Where something begins at the end of `file` that is no whole piece, and whether it is the beginning of one.
    pub(super) fn unended(self, file: &File, size: u64) -> io::Result<Option<(u64, bool)>> {
        match self {
            Self::Lines => unended_line(file, size),
            Self::Blocks => unended_block(file, size),
        }
    }
}

fn unended_line(file: &File, size: u64) -> io::Result<Option<(u64, bool)>> {
    let mut block = vec![0; BLOCK];
    let mut start = size;
    while start > 0 {
        let len = BLOCK.min(usize::try_from(start).unwrap_or(BLOCK));
        let from = start - len as u64;
        os::file::read_exact_at(file, &mut block[..len], from)?;
        if let Some(last) = block[..len].iter().rposition(|byte| *byte == b'\n') {
            start = from + last as u64 + 1;
            break;
        }
        start = from;
    }
    begins(file, start, size, BEGIN)
}

fn unended_block(file: &File, size: u64) -> io::Result<Option<(u64, bool)>> {
    let (mut bytes, mut len) = (Vec::new(), BLOCK as u64);
    loop {
        let from = size.saturating_sub(len);
        bytes.resize(usize::try_from(size - from).unwrap_or_default(), 0);
        os::file::read_exact_at(file, &mut bytes, from)?;
        if let Some((start, end)) = block::last(&bytes) {
            if end > bytes.len() {
                return Ok(Some((from + start as u64, true)));
            }
            return begins(file, from + end as u64, size, &MAGIC);
        }
        if from == 0 || len > FARTHEST {
            // not even the first header is whole, or all of it is somebody else's
            let start = if size < HEADER as u64 { 0 } else { size };
            return begins(file, start, size, &MAGIC);
        }
        len *= 8;
    }
}

/// What is there from `start` on, which begins as `piece` does, or not.
fn begins(file: &File, start: u64, size: u64, piece: &[u8]) -> io::Result<Option<(u64, bool)>> {
    let mut found = vec![0; piece.len().min(usize::try_from(size - start).unwrap_or(piece.len()))];
    os::file::read_exact_at(file, &mut found, start)?;
    Ok((!found.is_empty()).then(|| (start, piece.starts_with(&found))))
}
