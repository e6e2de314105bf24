//! An index is written: chunks of calls as they fill, arrays at the end.
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::format::{CHUNK, Column, HEADER, Header, Place, ROWS, Section, in_chunk};

/// So many chunks are held back, since the calls in them may end yet. What ends later is written to its place.
const HELD: usize = 100;

/// The file, and where its end is.
pub(super) struct Writer {
    pub(super) file: File,
    at: u64,
    header: Header,
}

impl Writer {
    /// Writes to `file`, which is empty.
    pub(super) fn new(file: File) -> Self {
        Self { file, at: HEADER as u64, header: Header::default() }
    }

    /// Where `bytes` stand from now on.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let at = self.at;
        self.file.write_all_at(bytes, at)?;
        self.at = at + bytes.len() as u64;
        Ok(at)
    }

    /// Writes a section of numbers as bytes.
    pub(super) fn section<const N: usize>(
        &mut self,
        section: Section,
        numbers: impl IntoIterator<Item = [u8; N]>,
    ) -> io::Result<()> {
        let begin = self.at;
        let mut buffer = Vec::with_capacity(1 << 20);
        for number in numbers {
            buffer.extend_from_slice(&number);
            if buffer.len() + N > 1 << 20 {
                self.append(&buffer)?;
                buffer.clear();
            }
        }
        self.append(&buffer)?;
        self.header.sections[section as usize] = Place { at: begin, len: self.at - begin };
        Ok(())
    }

    /// Writes the header, without which the file is no index, over what `checksum` makes of the rest.
    pub(super) fn finish(
        mut self,
        calls: u32,
        checksum: impl FnOnce(&File) -> io::Result<u32>,
    ) -> io::Result<File> {
        (self.header.calls, self.header.len) = (calls.into(), self.at);
        self.file.set_len(self.at)?;
        self.header.checksum = checksum(&self.file)?;
        self.file.write_all_at(&self.header.bytes(), 0)?;
        Ok(self.file)
    }
}

/// The columns of calls.
#[derive(Default)]
pub(super) struct Chunks {
    held: VecDeque<Box<[u8]>>,
    /// Where those that are written stand; the held ones come behind them.
    pub(super) places: Vec<u64>,
    pub(super) calls: u32,
}

impl Chunks {
    /// Adds a call with what each column says of it.
    pub(super) fn push(&mut self, row: &[(Column, u64)], out: &mut Writer) -> io::Result<()> {
        if (self.calls as usize).is_multiple_of(ROWS) {
            if self.held.len() == HELD {
                self.write_first(out)?;
            }
            self.held.push_back(vec![0; CHUNK].into());
        }
        let call = self.calls;
        self.calls += 1;
        let chunk = self.held.back_mut().expect("room for the call");
        for (column, value) in row {
            put(chunk, *column, call, *value);
        }
        Ok(())
    }

    /// Says more of a call that is there.
    pub(super) fn set(&mut self, call: u32, values: &[(Column, u64)], out: &Writer) -> io::Result<()> {
        let chunk = call as usize / ROWS;
        if let Some(held) = chunk.checked_sub(self.places.len()) {
            for (column, value) in values {
                put(&mut self.held[held], *column, call, *value);
            }
            return Ok(());
        }
        for (column, value) in values {
            let at = self.places[chunk] + in_chunk(*column, call) as u64;
            out.file.write_all_at(&value.to_le_bytes(), at)?;
        }
        Ok(())
    }

    /// Writes what is held.
    pub(super) fn finish(&mut self, out: &mut Writer) -> io::Result<()> {
        while !self.held.is_empty() {
            self.write_first(out)?;
        }
        Ok(())
    }

    fn write_first(&mut self, out: &mut Writer) -> io::Result<()> {
        if let Some(chunk) = self.held.pop_front() {
            self.places.push(out.append(&chunk)?);
        }
        Ok(())
    }
}

fn put(chunk: &mut [u8], column: Column, call: u32, value: u64) {
    let at = in_chunk(column, call);
    chunk[at..at + 8].copy_from_slice(&value.to_le_bytes());
}
