//! The layout of a block: its header, its body, and the records in it.
use super::Compression;
use crate::record::kind::LINE;

/// What each block begins with. Text in UTF-8 never has its first byte.
pub(crate) const MAGIC: [u8; 8] = *b"\xffftrace\x01";
/// The bytes of a header.
pub(crate) const HEADER: usize = 52;
/// A body is not longer than that: the longest record, and the dictionary.
const LONGEST: u32 = 1 << 30;

/// The part of `MAGIC` that is the same in all versions.
const MARK: usize = 7;
const KIND: u32 = 26;
const WORDS: usize = (1 << KIND) - 1;

/// The machine's byte order, as a header has it.
const ORDER: u8 = if cfg!(target_endian = "little") { 0 } else { 1 };

/// What is said of a block before its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(super) version: u8,
    /// The bytes of the body, as they stand in the file.
    pub(crate) stored: u32,
    /// The bytes of the body once it is unpacked.
    unpacked: u32,
    /// How many of these are entries of the dictionary; they come first.
    definitions: u32,
    pub(crate) records: u32,
    /// Whose dictionary the records need: the key of a ring.
    pub(crate) session: u64,
    /// Where that ring goes on behind the last record.
    pub(crate) next: u64,
    compression: u8,
    order: u8,
    /// Of the body, as it stands in the file.
    checksum: u32,
}

/// What is to be written as a block.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Contents<'a> {
    pub(crate) session: u64,
    pub(crate) next: u64,
    pub(crate) definitions: &'a [u8],
    pub(crate) records: &'a [u8],
    pub(crate) count: usize,
}

impl Contents<'_> {
    /// Appends it as a block.
    pub(crate) fn write(&self, compression: Compression, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&[0; HEADER]);
        let joined;
        let body = if self.definitions.is_empty() {
            self.records
        } else {
            joined = [self.definitions, self.records].concat();
            &joined
        };
        let compression = compression.pack(body, out);
        let stored = &out[start + HEADER..];
        let checksum = crc32fast::hash(stored);
        let len = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        let header = Header {
            version: MAGIC[MARK],
            stored: len(stored.len()),
            unpacked: len(body.len()),
            definitions: len(self.definitions.len()),
            records: len(self.count),
            session: self.session,
            next: self.next,
            compression: compression.number(),
            order: ORDER,
            checksum,
        };
        out[start..start + HEADER].copy_from_slice(&header.encode());
    }
}

/// A line as a block of its own.
pub(crate) fn of_line(line: &[u8]) -> Vec<u8> {
    let (mut records, mut out) = (Vec::new(), Vec::new());
    push(LINE, line, &mut records);
    Contents { records: &records, count: 1, ..Contents::default() }.write(Compression::None, &mut out);
    out
}

/// Appends a record; false if it is too long.
pub(crate) fn push(kind: u8, payload: &[u8], out: &mut Vec<u8>) -> bool {
    frame(kind, payload, |bytes| out.extend_from_slice(bytes))
}

/// Has `write` write the parts of a record, one behind the other; false if it is too long.
#[inline]
pub(crate) fn frame(kind: u8, payload: &[u8], mut write: impl FnMut(&[u8])) -> bool {
    let words = payload.len().div_ceil(8);
    if words > WORDS {
        return false;
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is not more than `WORDS`")]
    let frame = u32::from(kind) << KIND | words as u32;
    write(&frame.to_le_bytes());
    write(payload);
    write(&[0; 8][..words * 8 - payload.len()]);
    true
}

/// Takes the record at the front of `records`.
pub(super) fn take<'a>(records: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (frame, rest) = records.split_first_chunk()?;
    let frame = u32::from_le_bytes(*frame);
    let (payload, rest) = rest.split_at_checked((frame as usize & WORDS) * 8)?;
    *records = rest;
    Some((u8::try_from(frame >> KIND).ok()?, payload))
}

/// Whether a block may begin here.
pub(super) fn begins(bytes: &[u8]) -> bool {
    let len = bytes.len().min(MARK);
    bytes[..len] == MAGIC[..len]
}

impl Header {
    fn encode(&self) -> [u8; HEADER] {
        let mut out = [0; HEADER];
        let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &MAGIC);
        put(8, &self.stored.to_le_bytes());
        put(12, &self.unpacked.to_le_bytes());
        put(16, &self.definitions.to_le_bytes());
        put(20, &self.records.to_le_bytes());
        put(24, &self.session.to_le_bytes());
        put(32, &self.next.to_le_bytes());
        put(40, &[self.compression, self.order]);
        put(44, &self.checksum.to_le_bytes());
        let sum = crc32fast::hash(&out[..48]);
        out[48..].copy_from_slice(&sum.to_le_bytes());
        out
    }

    /// The header at the front of `bytes`, if it is whole and not damaged. It may be of another version.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let header = bytes.first_chunk::<HEADER>().filter(|header| begins(*header))?;
        let four = |at: usize| Some(u32::from_le_bytes(header.get(at..at + 4)?.try_into().ok()?));
        let eight = |at: usize| Some(u64::from_le_bytes(header.get(at..at + 8)?.try_into().ok()?));
        let parsed = Self {
            version: header[MARK],
            stored: four(8)?,
            unpacked: four(12)?,
            definitions: four(16)?,
            records: four(20)?,
            session: eight(24)?,
            next: eight(32)?,
            compression: header[40],
            order: header[41],
            checksum: four(44)?,
        };
        let is_sound = parsed.stored <= LONGEST && parsed.unpacked <= LONGEST;
        (four(48)? == crc32fast::hash(&header[..48]) && is_sound).then_some(parsed)
    }

    /// The bytes of the block.
    pub(crate) fn size(&self) -> usize {
        HEADER + self.stored as usize
    }

    /// Why this build can't read the block, if so.
    pub(super) fn refusal(&self) -> Option<String> {
        if self.version != MAGIC[MARK] {
            let version = self.version;
            return Some(format!(
                "a block of version {version} of the compact format; read it with the flowtrace that wrote it, or a newer one"
            ));
        }
        (self.order != ORDER).then(|| {
            "written on a machine of another byte order; print it there by `flowtrace cat`".to_owned()
        })
    }

    /// Whether `body` is what was written.
    pub(crate) fn is_of(&self, body: &[u8]) -> bool {
        crc32fast::hash(body) == self.checksum
    }

    /// Unpacks a body into `out`; its entries of the dictionary, and its records.
    pub(super) fn unpack<'a>(&self, body: &[u8], out: &'a mut Vec<u8>) -> Option<(&'a [u8], &'a [u8])> {
        let compression = Compression::of_number(self.compression)?;
        compression.unpack(body, self.unpacked as usize, out)?;
        out.split_at_checked(self.definitions as usize)
    }
}

/// The whole blocks in `bytes`, wherever they stand in them.
pub(crate) fn whole(bytes: &[u8]) -> impl Iterator<Item = Header> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(found) = find(&bytes[at..]) {
            at += found;
            let header = Header::parse(&bytes[at..]);
            let block = header.and_then(|header| Some((header, bytes.get(at..at + header.size())?)));
            match block.filter(|(header, block)| header.is_of(&block[HEADER..])) {
                Some((header, block)) => {
                    at += block.len();
                    return Some(header);
                }
                None => at += 1,
            }
        }
        None
    })
}

/// Where a block may begin.
pub(super) fn find(bytes: &[u8]) -> Option<usize> {
    let mut places = (0..bytes.len()).filter(|at| bytes[*at] == MAGIC[0]);
    places.find(|at| bytes[*at..].starts_with(&MAGIC[..MARK]))
}

/// Where the last block begins, and where it is to end.
pub(crate) fn last(bytes: &[u8]) -> Option<(usize, usize)> {
    let places = (0..bytes.len()).rev().filter(|at| bytes[*at] == MAGIC[0]);
    let mut blocks = places.filter_map(|at| Some((at, Header::parse(&bytes[at..])?)));
    blocks.next().map(|(at, header)| (at, at + header.size()))
}
