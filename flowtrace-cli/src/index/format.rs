//! How an index lies in its file: a header, then sections in any order, whose places the header names.
//!
//! All numbers are little-endian. What belongs to a call while the trace is read (see [`Column`]) lies in chunks of
//! [`ROWS`] calls, column by column, so that they can be written as the trace is read. What is found out afterwards
//! lies in arrays, one a [`Section`].
use std::io;

/// What an index begins with.
pub(super) const MAGIC: [u8; 8] = *b"ftindex\n";
/// Another layout has another number, and is built anew.
pub(super) const VERSION: u32 = 1;
/// How many calls a chunk has.
pub(super) const ROWS: usize = 1 << 13;
/// How many bytes it has.
pub(super) const CHUNK: usize = COLUMNS * ROWS * 8;
/// The header has so many bytes; the first section begins behind it.
pub(super) const HEADER: usize = 512;

const COLUMNS: usize = 9;
const SECTIONS: usize = 21;

/// What is known of a call by its lines, eight bytes each.
#[derive(Clone, Copy)]
pub(crate) enum Column {
    /// Nanoseconds since the Unix epoch.
    Start,
    /// Nanoseconds; all ones while the call is open.
    Duration,
    /// Nanoseconds in which nothing that it called ran.
    Own,
    /// Nanoseconds inside of `poll`; all ones where the line does not say.
    Busy,
    /// The span id.
    Span,
    /// The low half of the trace id.
    Trace,
    /// Where its first line lies: the file in the upper 16 bits, the byte in the others; all ones without such a line.
    Enter,
    /// Where its last line lies, likewise.
    Exit,
    /// The number of the function in the low half, of the thread in the high half.
    Names,
}

/// A part of the file behind the header.
#[derive(Clone, Copy)]
pub(crate) enum Section {
    /// u64: where each chunk begins.
    Chunks,
    /// u64 ×4: blocks of lines of inputs that can't be read from the middle: file, first byte, place here, length here.
    Texts,
    /// u32 a call: its caller, all ones without.
    Parent,
    /// u32 a call: the root above it.
    Root,
    /// u32 a call: how many calls are below it, itself included.
    Size,
    /// u32 a call: the track it is drawn on, all ones if it is not.
    Track,
    /// u16 a call: how many calls are above it.
    Depth,
    /// u16 a call: the row of its track.
    Row,
    /// u16 a call: see [`super::flag`].
    Flags,
    /// u32 a call and two more: where the callees of each begin in `Children`; the roots come last.
    ChildrenAt,
    /// u32 a call: callees by caller, in order.
    Children,
    /// u32: the calls by track, row and start.
    Order,
    /// See [`super::bars`]: the rows of tracks.
    Rows,
    /// The levels of rows.
    Levels,
    /// Merged calls.
    Bars,
    /// u32: a hash table of calls by span id.
    Spans,
    /// u32: a hash table of roots by trace id.
    Traces,
    /// u32 a root: its endpoint.
    Endpoints,
    /// Calls that have no lines.
    Counts,
    /// Lines that are missing.
    Losses,
    /// JSON: names, tracks, files.
    Names,
}

/// Where a section lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) at: u64,
    pub(super) len: u64,
}

/// The header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) calls: u64,
    /// The length of the file.
    pub(super) len: u64,
    /// Of all bytes behind the header.
    pub(super) checksum: u32,
    pub(super) sections: [Place; SECTIONS],
}

impl Header {
    pub(super) fn bytes(&self) -> [u8; HEADER] {
        let mut out = Vec::with_capacity(HEADER);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&self.checksum.to_le_bytes());
        for word in [self.calls, self.len] {
            out.extend_from_slice(&word.to_le_bytes());
        }
        for Place { at, len } in self.sections {
            out.extend_from_slice(&at.to_le_bytes());
            out.extend_from_slice(&len.to_le_bytes());
        }
        out.resize(HEADER - 4, 0);
        let checksum = crc32fast::hash(&out);
        out.extend_from_slice(&checksum.to_le_bytes());
        out.try_into().expect("a header's length")
    }

    /// `None` if these bytes are no header of this version, or damaged.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let head = bytes.first_chunk::<HEADER>()?;
        let (content, checksum) = head.split_last_chunk::<4>()?;
        if !content.starts_with(&MAGIC)
            || crc32fast::hash(content) != u32::from_le_bytes(*checksum)
            || u32_at(content, 8) != VERSION
        {
            return None;
        }
        let mut sections = [Place::default(); SECTIONS];
        for (i, place) in sections.iter_mut().enumerate() {
            *place = Place { at: u64_at(content, 32 + i * 16), len: u64_at(content, 40 + i * 16) };
        }
        Some(Self {
            calls: u64_at(content, 16),
            len: u64_at(content, 24),
            checksum: u32_at(content, 12),
            sections,
        })
    }
}

/// Where the word of a call stands in its chunk.
pub(super) fn in_chunk(column: Column, call: u32) -> usize {
    (column as usize * ROWS + call as usize % ROWS) * 8
}

/// The number at `at`; all ones behind the end, which only a damaged index asks for.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(u64::MAX, |word| u64::from_le_bytes(*word))
}

/// The number at `at`; all ones behind the end.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(u32::MAX, |word| u32::from_le_bytes(*word))
}

/// The number at `at`; all ones behind the end.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(u16::MAX, |word| u16::from_le_bytes(*word))
}

/// What is wrong with an index that has to be built anew.
pub(super) fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the index is damaged")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_as_it_was_written_and_not_with_any_bit_changed() {
        let mut header = Header { calls: 7, len: 4711, checksum: 0xdead_beef, ..Header::default() };
        header.sections[Section::Names as usize] = Place { at: 512, len: 99 };
        let bytes = header.bytes();
        assert_eq!(Header::parse(&bytes), Some(header));
        for bit in 0..HEADER * 8 {
            let mut damaged = bytes;
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Header::parse(&damaged), None, "bit {bit}");
        }
    }
}
