//! A line of the trace is read again, from where the index says that it lies.
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

/// The lines of all inputs.
pub(super) struct TraceText {
    files: Vec<Option<File>>,
    /// Blocks that are kept in the index: input, first byte, place, length.
    texts: Vec<[u64; 4]>,
    /// The block that was unpacked last.
    unpacked: Mutex<Option<(usize, Arc<Vec<u8>>)>>,
}

impl TraceText {
    pub(super) fn new(inputs: &[Input], texts: Vec<[u64; 4]>) -> Self {
        let open = |input: &Input| match input {
            Input::File(path) | Input::Part(path, ..) => File::open(path).ok(),
            Input::Stdin => None,
        };
        Self { files: inputs.iter().map(open).collect(), texts, unpacked: Mutex::new(None) }
    }

    /// The line at `place`, without its end; packed blocks are parts of `index`.
    pub(super) fn at(&self, place: u64, index: &[u8]) -> Option<Vec<u8>> {
        if place == NONE64 {
            return None;
        }
        let (input, at) = (place >> 48, place & ((1 << 48) - 1));
        let mut line = if self.texts.is_empty() {
            let file = self.files.get(usize::try_from(input).ok()?)?.as_ref()?;
            of_file(file, at).ok()?
        } else {
            let block =
                self.texts.partition_point(|text| (text[0], text[1]) <= (input, at)).checked_sub(1)?;
            let text = self.unpacked(block, index).ok()?;
            let rest = text.get(usize::try_from(at - self.texts[block][1]).ok()?..)?;
            rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())].to_vec()
        };
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Some(line)
    }

    fn unpacked(&self, block: usize, index: &[u8]) -> io::Result<Arc<Vec<u8>>> {
        let mut last = lock(&self.unpacked);
        if let Some((number, text)) = &*last
            && *number == block
        {
            return Ok(Arc::clone(text));
        }
        let [_, _, at, len] = self.texts[block].map(|word| usize::try_from(word).unwrap_or(usize::MAX));
        let packed = index.get(at..at.saturating_add(len)).ok_or_else(super::format::damaged)?;
        let mut text = Vec::new();
        zstd::Decoder::with_buffer(packed)?.take(LARGEST).read_to_end(&mut text)?;
        let text = Arc::new(text);
        *last = Some((block, Arc::clone(&text)));
        Ok(text)
    }
}

fn of_file(file: &File, at: u64) -> io::Result<Vec<u8>> {
    let (mut line, mut filled) = (vec![0; 2048], 0);
    loop {
        let read = file.read_at(&mut line[filled..], at + filled as u64)?;
        let end = memchr::memchr(b'\n', &line[filled..filled + read]);
        filled += read;
        if read == 0 || end.is_some() || filled >= LONGEST {
            line.truncate(end.map_or(filled, |end| filled - read + end));
            return Ok(line);
        }
        if filled == line.len() {
            line.resize(2 * filled, 0);
        }
    }
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
