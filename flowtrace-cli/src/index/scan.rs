//! What the index needs of each line of a block, found by whichever worker reads the block.
//!
//! A worker numbers the names that it meets itself and hands over the new ones with each block, so that workers
//! never wait for each other, and names have the same numbers whichever worker reads which block.
use super::endpoint;
use crate::names::{self, Names, Parts};
use crate::read::{Block, Kind, LeftOut, Line, Lost, Other, Outcome, Record, Text};
use crate::text;

/// Where there is nothing.
pub(crate) const NONE: u32 = u32::MAX;
/// Where there is nothing.
pub(super) const NONE64: u64 = u64::MAX;

/// The kinds of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Function,
    Thread,
    Source,
    Endpoint,
    Reason,
}

/// How many kinds there are.
pub(super) const KINDS: usize = 5;

/// A name that a worker meets for the first time.
pub(super) struct NewName {
    pub(super) of: Of,
    pub(super) parts: [Box<[u8]>; 3],
    pub(super) text: String,
}

/// A line of the trace.
pub(super) enum Entry {
    Call(Seen),
    LeftOut(Box<Missing>),
    Lost(Gap),
}

impl Entry {
    pub(super) fn at(&self) -> u64 {
        match self {
            Self::Call(seen) => seen.at,
            Self::LeftOut(missing) => missing.at,
            Self::Lost(gap) => gap.at,
        }
    }
}

/// A line of a call.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub(super) at: u64,
    pub(super) duration: u64,
    pub(super) busy: u64,
    pub(super) span: u64,
    /// 0 for none.
    pub(super) parent: u64,
    pub(super) trace: u64,
    /// The first byte of the line.
    pub(super) place: u64,
    pub(super) function: u32,
    pub(super) thread: u32,
    pub(super) source: u32,
    pub(super) endpoint: u32,
    pub(super) is_enter: bool,
    pub(super) outcome: Outcome,
}

/// Calls without lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) at: u64,
    /// 0 for none.
    pub(super) parent: u64,
    pub(super) function: u32,
    pub(super) thread: u32,
    pub(super) reason: u32,
    pub(super) count: u64,
    pub(super) total: u64,
    pub(super) min: u64,
    pub(super) max: u64,
    pub(super) errors: u64,
}

/// Lines are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) at: u64,
    pub(super) count: u64,
    pub(super) reason: u32,
}

/// What became of a block.
pub(super) struct Part {
    pub(super) worker: usize,
    pub(super) names: Vec<NewName>,
    pub(super) entries: Vec<Entry>,
    pub(super) lines: u64,
    /// Lines that are no calls', by their number in the block.
    pub(super) others: Vec<(u64, Other)>,
    /// The lines themselves, packed, if they have to be kept: where they begin and how.
    pub(super) text: Option<(u64, std::io::Result<Vec<u8>>)>,
}

/// Reads blocks for one worker.
pub(super) struct Scanner {
    worker: usize,
    keeps_text: bool,
    known: [Names; KINDS],
    /// How many endpoints each function has.
    endpoints: Vec<u8>,
    names: Vec<NewName>,
}

impl Scanner {
    pub(super) fn new(worker: usize, keeps_text: bool) -> Self {
        Self { worker, keeps_text, known: Default::default(), endpoints: Vec::new(), names: Vec::new() }
    }

    pub(super) fn read(&mut self, block: &Block) -> Part {
        let (lines, at) = (block.lines(), block.at());
        let mut part = Part {
            worker: self.worker,
            names: Vec::new(),
            entries: Vec::with_capacity(lines.len() / 256),
            lines: 0,
            others: Vec::new(),
            text: self.keeps_text.then(|| (at, zstd::bulk::compress(lines, 1))),
        };
        let mut rest = lines;
        while !rest.is_empty() {
            let place = at + (lines.len() - rest.len()) as u64;
            let end = memchr::memchr(b'\n', rest);
            let line = &rest[..end.unwrap_or(rest.len())];
            rest = &rest[end.map_or(rest.len(), |end| end + 1)..];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            part.lines += 1;
            let read = Line::of(line);
            if let Line::Foreign | Line::Broken(_) = &read {
                part.others.push((part.lines, Other::of(&read, end.is_none())));
                if let Some(ours) = Line::at_the_end_of(line) {
                    self.take(&ours, place, &mut part);
                }
            } else {
                self.take(&read, place, &mut part);
            }
        }
        part.names = std::mem::take(&mut self.names);
        part
    }

    fn take(&mut self, line: &Line<'_>, place: u64, part: &mut Part) {
        let entry = match line {
            Line::Call(record) => Entry::Call(self.seen(record, place)),
            Line::LeftOut(left_out) => Entry::LeftOut(Box::new(self.missing(left_out))),
            Line::Lost(lost) => {
                part.others.push((part.lines, Other::Lost(lost.count)));
                Entry::Lost(self.gap(lost))
            }
            Line::Foreign | Line::Broken(_) => return,
        };
        part.entries.push(entry);
    }

    fn seen(&mut self, record: &Record<'_>, place: u64) -> Seen {
        let function = self.function(names::parts(&record.path), || function_json(record));
        let is_enter = record.kind == Kind::Enter;
        let is_root = is_enter && record.parent.is_none();
        Seen {
            at: record.at,
            duration: record.duration,
            busy: record.busy.unwrap_or(NONE64),
            span: record.span,
            parent: record.parent.unwrap_or(0),
            trace: low_half(record.trace),
            place,
            function,
            thread: self.text(Of::Thread, record.thread),
            source: record.source.map_or(NONE, |source| self.text(Of::Source, source)),
            endpoint: if is_root { self.endpoint(record, function) } else { NONE },
            is_enter,
            outcome: record.outcome,
        }
    }

    fn missing(&mut self, left_out: &LeftOut<'_>) -> Missing {
        let LeftOut { at, count, total, min, max, errors, .. } = *left_out;
        let path = &left_out.path;
        Missing {
            at,
            parent: left_out.parent.unwrap_or(0),
            function: self.function(names::parts(path), || path_json(path)),
            thread: self.text(Of::Thread, left_out.thread),
            reason: self.text(Of::Reason, left_out.reason),
            count,
            total,
            min,
            max,
            errors,
        }
    }

    fn gap(&mut self, lost: &Lost<'_>) -> Gap {
        Gap { at: lost.at, count: lost.count, reason: self.text(Of::Reason, lost.reason) }
    }

    fn endpoint(&mut self, record: &Record<'_>, function: u32) -> u32 {
        let count = self.endpoints.get(function as usize).copied().unwrap_or(0);
        if count > endpoint::MOST {
            return NONE;
        }
        let Some(words) = record.value.and_then(|args| endpoint::words(&args.decoded())) else { return NONE };
        let number = function.to_le_bytes();
        let before = self.names.len();
        let found = self.number(Of::Endpoint, [&number, words.as_bytes(), b""], || words.clone());
        if self.names.len() > before {
            let functions = function as usize + 1;
            self.endpoints.resize(self.endpoints.len().max(functions), 0);
            self.endpoints[function as usize] = count + 1;
        }
        found
    }

    fn function(&mut self, parts: Parts<'_>, spell: impl FnOnce() -> String) -> u32 {
        self.number(Of::Function, parts, spell)
    }

    fn text(&mut self, of: Of, name: Text<'_>) -> u32 {
        self.number(of, [name.raw(), b"", b""], || text::name(name))
    }

    fn number(&mut self, of: Of, parts: Parts<'_>, spell: impl FnOnce() -> String) -> u32 {
        let names = &mut self.names;
        self.known[of as usize].number(parts, || {
            // how a worker spells it is not asked for again
            names.push(NewName { of, parts: parts.map(Box::from), text: spell() });
            String::new()
        })
    }
}

fn function_json(record: &Record<'_>) -> String {
    path_json(&record.path)
}

/// A function as answers name it.
fn path_json(path: &crate::read::Path<'_>) -> String {
    let self_type = path.self_type.map(text::name);
    serde_json::json!({
        "module": text::name(path.module), "type": self_type, "name": text::name(path.function)
    })
    .to_string()
}

/// The low half of a trace id; ids of other lengths are hashed.
fn low_half(trace: Text<'_>) -> u64 {
    super::trace_key(trace.raw())
}
