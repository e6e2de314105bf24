//! A line of the trace is read again, from where the index says that it lies.
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex};

use super::scan::NONE64;
use crate::read::{Input, Line, Record, lock};

/// Of a longer line no more is read.
const LONGEST: usize = 16 << 20;
/// So much of a packed block is unpacked at most.
const LARGEST: u64 = 1 << 30;
/// A file is read in pieces of this length.
const PIECE: u64 = 64 * 1024;
/// So many pieces and blocks are kept: the lines of a call may lie apart.
const KEPT: usize = 8;

/// Bytes by input and number.
type Piece = ((u64, u64), Arc<Vec<u8>>);

/// The lines of all inputs.
pub(super) struct TraceText {
    files: Vec<Option<File>>,
    /// Blocks that are kept in the index: input, first byte, place, length.
    texts: Vec<[u64; 4]>,
    /// What was read last, by input and number: the newest at the end.
    kept: Mutex<VecDeque<Piece>>,
}

impl TraceText {
    pub(super) fn new(inputs: &[Input], texts: Vec<[u64; 4]>) -> Self {
        let open = |input: &Input| match input {
            Input::File(path) | Input::Part(path, ..) => File::open(path).ok(),
            Input::Stdin => None,
        };
        Self { files: inputs.iter().map(open).collect(), texts, kept: Mutex::default() }
    }

    /// The line at `place`, without its end; packed blocks are parts of `index`.
    pub(super) fn at(&self, place: u64, index: &[u8]) -> Option<Vec<u8>> {
        if place == NONE64 {
            return None;
        }
        let (input, at) = (place >> 48, place & ((1 << 48) - 1));
        let mut line = if self.texts.is_empty() {
            self.of_file(input, at)?
        } else {
            let block =
                self.texts.partition_point(|text| (text[0], text[1]) <= (input, at)).checked_sub(1)?;
            let text = self.kept((u64::MAX, block as u64), || self.unpacked(block, index))?;
            let rest = text.get(usize::try_from(at - self.texts[block][1]).ok()?..)?;
            rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())].to_vec()
        };
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Some(line)
    }

    /// The line that begins at `at`.
    fn of_file(&self, input: u64, at: u64) -> Option<Vec<u8>> {
        let file = self.files.get(usize::try_from(input).ok()?)?.as_ref()?;
        let mut line = Vec::new();
        let mut at = at;
        loop {
            let number = at / PIECE;
            let piece = self.kept((input, number), || piece(file, number))?;
            let rest = piece.get(usize::try_from(at % PIECE).ok()?..).unwrap_or_default();
            let end = memchr::memchr(b'\n', rest);
            line.extend_from_slice(&rest[..end.unwrap_or(rest.len())]);
            if end.is_some() || rest.is_empty() || line.len() >= LONGEST {
                return Some(line);
            }
            at += rest.len() as u64;
        }
    }

    fn unpacked(&self, block: usize, index: &[u8]) -> io::Result<Vec<u8>> {
        let [_, _, at, len] = self.texts[block].map(|word| usize::try_from(word).unwrap_or(usize::MAX));
        let packed = index.get(at..at.saturating_add(len)).ok_or_else(super::format::damaged)?;
        let mut text = Vec::new();
        zstd::Decoder::with_buffer(packed)?.take(LARGEST).read_to_end(&mut text)?;
        Ok(text)
    }

    /// What has this key, read if it is not kept.
    fn kept(&self, key: (u64, u64), read: impl FnOnce() -> io::Result<Vec<u8>>) -> Option<Arc<Vec<u8>>> {
        let known = |kept: &VecDeque<Piece>| {
            kept.iter().rev().find(|(own, _)| *own == key).map(|(_, bytes)| Arc::clone(bytes))
        };
        if let Some(bytes) = known(&lock(&self.kept)) {
            return Some(bytes);
        }
        let bytes = Arc::new(read().ok()?);
        let mut kept = lock(&self.kept);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back((key, Arc::clone(&bytes)));
        Some(bytes)
    }
}

/// A piece of a file, shorter at its end.
fn piece(file: &File, number: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(PIECE).expect("a piece is small")];
    let mut filled = 0;
    loop {
        match file.read_at(&mut bytes[filled..], number * PIECE + filled as u64)? {
            0 => break,
            read => filled += read,
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// The call's line in `line`, which may stand behind something else.
pub(crate) fn record(line: &[u8]) -> Option<Record<'_>> {
    match Line::of(line) {
        Line::Call(record) => Some(record),
        Line::Foreign | Line::Broken(_) => match Line::at_the_end_of(line)? {
            Line::Call(record) => Some(record),
            _ => None,
        },
        Line::LeftOut(_) | Line::Lost(_) => None,
    }
}
