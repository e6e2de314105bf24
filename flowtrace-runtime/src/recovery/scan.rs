//! What is left in the ring of a process that died: read as whatever bytes they may be.
use crate::clock;
use crate::compact::block;
use crate::file::format::{BEGIN, Format};
use crate::record::kind::LINE;
use crate::render;
use crate::render::Renderer;
use crate::ring::file::{self, Identity, State};
use crate::ring::header::{DROPPED, Header, LARGE, WORD};
use crate::ring::memory::{self, HEADER};
use crate::ring::reason::Reason;
use crate::text::json;

/// What is left in a ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) state: State,
    /// What the output consists of.
    pub(crate) format: Format,
    /// The key of the ring.
    pub(crate) key: u64,
    /// Its dictionary.
    pub(crate) definitions: Vec<u8>,
    text: Vec<u8>,
    pieces: Vec<Piece>,
    /// How many bytes of the text and how many pieces are taken away. They stay where they are: to move what is behind
    /// them each time would take a time that grows with the square of the whole.
    taken: (usize, usize),
    /// The time of the LOST lines in it.
    pub(crate) at: u64,
}

/// A line that is left, or that is not there any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Where it stands in the ring.
    pub(crate) at: u64,
    /// The bytes of its text.
    pub(crate) len: usize,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The line.
    Whole,
    /// A LOST line for what was claimed and not committed, or is damaged.
    Torn,
    /// A LOST line for one that was kept outside of the ring.
    Large,
    /// Nothing: nobody wants it any more.
    Dropped,
}

/// Reads a ring file, whatever its bytes are; `None` if it is none.
pub(crate) fn scan(bytes: &[u8]) -> Option<Left> {
    let Identity { capacity, key, output, .. } = Identity::decode(bytes)?;
    let format = Format::of(&output);
    if bytes.len() as u64 != memory::len(capacity) {
        return None;
    }
    let (page, rest) = bytes.split_at(usize::try_from(HEADER).ok()?);
    let (dictionary, records) = rest.split_at(usize::try_from(memory::dictionary(capacity)).ok()?);
    let defined = usize::try_from(file::defined(page)?).unwrap_or(usize::MAX);
    let mut renderer = Renderer::new();
    let definitions = &dictionary[..defined.min(dictionary.len())];
    renderer.learn(definitions);
    let state = State::decode(page)?;
    let State { head, tail, noted, .. } = state;
    // a write that was begun goes on with the LOST lines that it began with
    let at = if noted.writes_lines(head) && noted.at > 0 { noted.at } else { clock::now() };
    let (text, pieces) = (Vec::new(), Vec::new());
    let mut left =
        Left { state, format, key, definitions: definitions.to_vec(), text, pieces, taken: (0, 0), at };
    let mut lost = render::lost(at, 1, Reason::Torn.name());
    if format == Format::Blocks {
        let line = std::mem::take(&mut lost);
        block::push(LINE, &line, &mut lost);
    }
    let claimed = tail.checked_sub(head).unwrap_or(capacity);
    let mut ring = Bytes { records, capacity, key, renderer, format };
    let mut done = 0;
    while done < claimed {
        // writers that waited for room had claimed more than there is
        let within = claimed.min(capacity) - done;
        let start = left.text.len();
        let position = head.wrapping_add(done);
        let (size, kind) = match within {
            0 => (claimed, Kind::Torn),
            within => ring.take(position, within, &mut left.text),
        };
        done = done.saturating_add(size);
        if kind == Kind::Dropped {
            continue;
        }
        if kind == Kind::Torn && left.pieces.last().is_some_and(|last| last.kind == Kind::Torn) {
            continue;
        }
        if kind != Kind::Whole {
            left.text.extend_from_slice(&lost);
        }
        left.pieces.push(Piece { at: position, len: left.text.len() - start, kind });
    }
    Some(left)
}

impl Left {
    /// What is to be written, in order: lines, each ended by LF, or records as they stand in blocks.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text[self.taken.0..]
    }

    /// What that consists of.
    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.pieces[self.taken.1..]
    }

    /// Where the ring goes on behind its first `count` pieces.
    pub(crate) fn position(&self, count: usize) -> u64 {
        self.pieces().get(count).map_or(self.state.tail, |piece| piece.at)
    }

    /// How many pieces `bytes` of the text are, whole ones only.
    pub(crate) fn pieces_in(&self, bytes: usize) -> usize {
        let mut end = 0;
        self.pieces()
            .iter()
            .take_while(|piece| {
                end += piece.len;
                end <= bytes
            })
            .count()
    }

    /// Takes the first `count` pieces away: they are written.
    pub(crate) fn advance(&mut self, count: usize) {
        self.state.head = self.position(count);
        self.taken.0 += self.pieces()[..count].iter().map(|piece| piece.len).sum::<usize>();
        self.taken.1 += count;
    }

    /// How many lines are left.
    pub(crate) fn lines(&self) -> u64 {
        self.pieces().iter().filter(|piece| piece.kind == Kind::Whole).count() as u64
    }

    /// How many are not there, at least.
    pub(crate) fn lost(&self) -> u64 {
        self.state.untold() + self.pieces().len() as u64 - self.lines()
    }
}

struct Bytes<'a> {
    records: &'a [u8],
    capacity: u64,
    key: u64,
    renderer: Renderer,
    format: Format,
}

impl Bytes<'_> {
    /// The next line, if a whole record stands at `at` and within `most` bytes; how far to go on, and what is there.
    fn take(&mut self, at: u64, most: u64, text: &mut Vec<u8>) -> (u64, Kind) {
        let header = Header::parse(self.word(at), at, self.key);
        let Some(header) = header.filter(|header| header.size() <= most) else { return (WORD, Kind::Torn) };
        if header.kind == LARGE {
            return (WORD, Kind::Large);
        }
        if header.kind == DROPPED {
            return (header.size(), Kind::Dropped);
        }
        let before = text.len();
        let (records, start) = (self.records, self.offset(at.wrapping_add(WORD)));
        // no more than `most`, which is no more than the records are
        let len = usize::try_from(header.len).unwrap_or_default();
        let wrapped;
        let payload = if let Some(payload) = records.get(start..start + len) {
            payload
        } else {
            let first = &records[start..];
            wrapped = [first, &records[..len - first.len()]].concat();
            &wrapped
        };
        let is_whole = self.renderer.render(header.kind, payload, text).is_ok() && is_line(&text[before..]);
        if !is_whole || self.format == Format::Blocks {
            text.truncate(before);
        }
        if !is_whole {
            return (WORD, Kind::Torn);
        }
        if self.format == Format::Blocks {
            block::push(header.kind, payload, text);
        }
        (header.size(), Kind::Whole)
    }

    fn word(&self, at: u64) -> u64 {
        let start = self.offset(at);
        self.records[start..start + 8].try_into().map_or(0, u64::from_ne_bytes)
    }

    fn offset(&self, at: u64) -> usize {
        usize::try_from(at & (self.capacity - 1)).unwrap_or_default()
    }
}

/// Whether this is a line that a reader of the trace can take.
pub(crate) fn is_line(bytes: &[u8]) -> bool {
    let text = bytes.strip_suffix(b"\n").filter(|text| text.starts_with(BEGIN));
    let text = text.and_then(|text| std::str::from_utf8(text).ok());
    text.is_some_and(|text| !text.contains(|c: char| c.is_control()) && json::is_json(text))
}
