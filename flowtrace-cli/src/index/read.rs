//! What is asked of an index. All answers are bounded, also of a damaged one: what is not there is all ones.
use std::ops::Range;
use std::sync::{Arc, Mutex};

use memmap2::Mmap;

use super::bars::{self, Bar};
use super::format::{Column, Header, ROWS, Section, in_chunk, u16_at, u32_at, u64_at};
use super::lines::TraceText;
use super::names::{Tables, end_of_run};
use super::rows::{LEFT_OUT, LEVEL, LOSS, LeftOutCalls, ROW, RowOfTrack};
use super::scan::{NONE, NONE64};
use super::{flag, table};
use crate::read::Input;

/// An index, mapped into memory.
pub(crate) struct Index {
    bytes: Mmap,
    sections: Vec<Range<usize>>,
    chunks: Vec<usize>,
    calls: u32,
    pub(crate) names: Tables,
    lines: TraceText,
    /// What filters chose lately, a bit a call, by their texts.
    pub(crate) chosen: Mutex<Vec<(String, Arc<Vec<u64>>)>>,
}

impl Index {
    /// `None` if the sections do not lie within the bytes.
    pub(super) fn new(bytes: Mmap, header: &Header, inputs: &[Input]) -> Option<Self> {
        let mut sections = Vec::new();
        for place in header.sections {
            let (at, len) = (usize::try_from(place.at).ok()?, usize::try_from(place.len).ok()?);
            sections.push(at..at.checked_add(len).filter(|end| *end <= bytes.len())?);
        }
        let names = serde_json::from_slice(&bytes[sections[Section::Names as usize].clone()]).ok()?;
        let words = |section: Section| {
            let words = bytes[sections[section as usize].clone()].as_chunks::<8>().0;
            words.iter().map(|word| u64::from_le_bytes(*word))
        };
        let chunks = words(Section::Chunks).map(|at| usize::try_from(at).unwrap_or(usize::MAX)).collect();
        let texts: Vec<_> = words(Section::Texts).collect();
        let mut texts = texts.as_chunks::<4>().0.to_vec();
        texts.sort_unstable();
        let lines = TraceText::new(inputs, texts);
        let calls = u32::try_from(header.calls).ok()?;
        Some(Self { bytes, sections, chunks, calls, names, lines, chosen: Mutex::default() })
    }

    /// The calls of a run, counted from 1.
    pub(crate) fn run(&self, number: usize) -> Option<Range<u32>> {
        let first = self.names.runs.get(number.checked_sub(1)?)?.first;
        let end = self.names.runs.get(number).map_or(self.calls, |next| next.first);
        Some(first..end)
    }

    /// How many calls there are.
    pub(crate) fn calls(&self) -> u32 {
        self.calls
    }

    fn section(&self, section: Section) -> &[u8] {
        &self.bytes[self.sections[section as usize].clone()]
    }

    fn u32(&self, section: Section, at: u32) -> u32 {
        u32_at(self.section(section), at as usize * 4)
    }

    fn word(&self, column: Column, call: u32) -> u64 {
        let Some(chunk) = self.chunks.get(call as usize / ROWS) else { return NONE64 };
        u64_at(&self.bytes, chunk.saturating_add(in_chunk(column, call)))
    }

    /// When the call began, in nanoseconds since the Unix epoch.
    pub(crate) fn start(&self, call: u32) -> u64 {
        self.word(Column::Start, call)
    }

    /// When it ended; an open call has not ended when the trace does.
    pub(crate) fn end(&self, call: u32) -> u64 {
        let start = self.start(call);
        match self.word(Column::Duration, call) {
            NONE64 => end_of_run(&self.names.runs, call).max(start),
            duration => start.saturating_add(duration),
        }
    }

    /// From its begin to its end.
    pub(crate) fn duration(&self, call: u32) -> u64 {
        self.end(call) - self.start(call)
    }

    /// The time in which nothing that it called ran; 0 while it is open.
    pub(crate) fn own(&self, call: u32) -> u64 {
        self.word(Column::Own, call)
    }

    /// The time in which it ran; `None` where its lines do not say.
    pub(crate) fn busy(&self, call: u32) -> Option<u64> {
        Some(self.word(Column::Busy, call)).filter(|busy| *busy != NONE64)
    }

    /// What of its own time it spent outside of polls.
    pub(crate) fn wait(&self, call: u32) -> u64 {
        let wait = self.busy(call).map_or(0, |busy| self.duration(call).saturating_sub(busy));
        wait.min(self.own(call))
    }

    /// Its span id.
    pub(crate) fn span(&self, call: u32) -> u64 {
        self.word(Column::Span, call)
    }

    /// The number of its function.
    #[allow(clippy::cast_possible_truncation)] // the half of a word
    pub(crate) fn function(&self, call: u32) -> u32 {
        self.word(Column::Names, call) as u32
    }

    /// The number of its thread.
    pub(crate) fn thread(&self, call: u32) -> u32 {
        u32::try_from(self.word(Column::Names, call) >> 32).unwrap_or(NONE)
    }

    /// Its caller.
    pub(crate) fn parent(&self, call: u32) -> Option<u32> {
        // a caller has a lower number, or the way up might not end
        Some(self.u32(Section::Parent, call)).filter(|parent| *parent < call)
    }

    /// The root above it.
    pub(crate) fn root(&self, call: u32) -> u32 {
        self.u32(Section::Root, call)
    }

    /// How many calls its tree has.
    pub(crate) fn size(&self, call: u32) -> u32 {
        self.u32(Section::Size, call)
    }

    /// The track that it is drawn on, [`NONE`] if it is not.
    pub(crate) fn track(&self, call: u32) -> u32 {
        self.u32(Section::Track, call)
    }

    /// The row of its track.
    pub(crate) fn row(&self, call: u32) -> u16 {
        u16_at(self.section(Section::Row), call as usize * 2)
    }

    /// See [`flag`].
    pub(crate) fn flags(&self, call: u32) -> u16 {
        u16_at(self.section(Section::Flags), call as usize * 2)
    }

    /// What it called, in order.
    pub(crate) fn children(&self, call: u32) -> Numbers<'_> {
        self.listed(call)
    }

    /// The calls without a caller, in order.
    pub(crate) fn roots(&self) -> Numbers<'_> {
        self.listed(self.calls)
    }

    /// What `caller` called; the roots, if there is none.
    pub(crate) fn callees_of(&self, caller: Option<u32>) -> Numbers<'_> {
        self.listed(caller.unwrap_or(self.calls))
    }

    fn listed(&self, list: u32) -> Numbers<'_> {
        let (first, end) = (self.u32(Section::ChildrenAt, list), self.u32(Section::ChildrenAt, list + 1));
        let all = self.section(Section::Children);
        let bytes = all.get(first as usize * 4..end as usize * 4).unwrap_or_default();
        Numbers(bytes.as_chunks().0)
    }

    /// The words that tell its endpoint from others of the same function; of the root with this place among roots.
    pub(crate) fn endpoint(&self, nth_root: u32) -> u32 {
        self.u32(Section::Endpoints, nth_root)
    }

    /// The rows of all tracks.
    pub(crate) fn rows(&self) -> impl Iterator<Item = RowOfTrack> {
        self.section(Section::Rows).as_chunks::<ROW>().0.iter().map(|bytes| RowOfTrack::parse(bytes))
    }

    /// The calls in a row, by their starts.
    pub(crate) fn in_row(&self, row: &RowOfTrack) -> Numbers<'_> {
        let (first, end) = (row.first as usize * 4, (row.first as usize + row.count as usize) * 4);
        Numbers(self.section(Section::Order).get(first..end).unwrap_or_default().as_chunks().0)
    }

    /// The bars of a row at the largest scale of at most 2^`scale` ns; `None` if its calls are all there is.
    pub(crate) fn bars(&self, row: &RowOfTrack, scale: u32) -> Option<Bars<'_>> {
        let first = row.first_level as usize * LEVEL;
        let levels = self.section(Section::Levels).get(first..first + row.levels as usize * LEVEL)?;
        let levels = levels.as_chunks::<LEVEL>().0.iter();
        let level = levels.rev().find(|level| u64_at(*level, 0) <= scale.into())?;
        let word = |at| usize::try_from(u64_at(level, at)).unwrap_or(usize::MAX);
        let (first, count) = (word(8), word(16));
        let begin = first.saturating_mul(bars::BYTES);
        let bytes = self.section(Section::Bars).get(begin..begin.saturating_add(count * bars::BYTES))?;
        Some(Bars(bytes.as_chunks().0))
    }

    /// One call as a bar.
    pub(crate) fn bar(&self, call: u32) -> Bar {
        let (start, end) = (self.start(call), self.end(call));
        let longest = end - start;
        let busy = self.busy(call).unwrap_or(longest);
        Bar { start, end, busy, call, count: 1, flags: self.flags(call), longest }
    }

    /// The call with this span id; the last one, if there are several.
    pub(crate) fn by_span(&self, span: u64) -> Option<u32> {
        let slots = self.section(Section::Spans).len() / 4;
        let found = table::find(span, slots, |at| u32_at(self.section(Section::Spans), at * 4));
        found.filter(|call| self.span(*call) == span).max()
    }

    /// The roots of the trace whose id has this key, see [`super::trace_key`].
    #[cfg(test)]
    pub(crate) fn by_trace(&self, key: u64) -> Vec<u32> {
        let slots = self.section(Section::Traces).len() / 4;
        let found = table::find(key, slots, |at| u32_at(self.section(Section::Traces), at * 4));
        let mut found: Vec<_> = found.filter(|root| self.word(Column::Trace, *root) == key).collect();
        found.sort_unstable();
        found
    }

    /// Calls that have no lines.
    pub(crate) fn left_out(&self) -> impl Iterator<Item = LeftOutCalls> {
        self.section(Section::Counts).as_chunks::<LEFT_OUT>().0.iter().map(|bytes| LeftOutCalls::parse(bytes))
    }

    /// Missing lines: when, how many and the number of the reason.
    pub(crate) fn losses(&self) -> impl Iterator<Item = (u64, u64, u32)> {
        let rows = self.section(Section::Losses).as_chunks::<LOSS>().0.iter();
        rows.map(|bytes| (u64_at(bytes, 0), u64_at(bytes, 8), u32_at(bytes, 16)))
    }

    /// The first line of a call, from the trace.
    pub(crate) fn enter_line(&self, call: u32) -> Option<Vec<u8>> {
        self.lines.at(self.word(Column::Enter, call), &self.bytes)
    }

    /// Its last.
    pub(crate) fn exit_line(&self, call: u32) -> Option<Vec<u8>> {
        self.lines.at(self.word(Column::Exit, call), &self.bytes)
    }

    /// Whether the call failed.
    pub(crate) fn failed(&self, call: u32) -> bool {
        self.flags(call) & flag::FAILED != 0
    }
}

/// Calls, in order.
#[derive(Clone, Copy)]
pub(crate) struct Numbers<'a>(&'a [[u8; 4]]);

impl<'a> Numbers<'a> {
    pub(crate) fn len(self) -> usize {
        self.0.len()
    }

    pub(crate) fn iter(self) -> impl DoubleEndedIterator<Item = u32> + ExactSizeIterator + 'a {
        self.0.iter().map(|bytes| u32::from_le_bytes(*bytes))
    }

    /// How many come before the first of which `before` does not hold.
    pub(crate) fn partition_point(self, mut before: impl FnMut(u32) -> bool) -> usize {
        self.0.partition_point(|bytes| before(u32::from_le_bytes(*bytes)))
    }
}

/// Bars of a row at one scale, by their starts. They do not overlap.
#[derive(Clone, Copy)]
pub(crate) struct Bars<'a>(&'a [[u8; bars::BYTES]]);

impl<'a> Bars<'a> {
    /// Those that reach into the time from `from` to `to`.
    pub(crate) fn within(self, from: u64, to: u64) -> impl Iterator<Item = Bar> + 'a {
        let first = self.0.partition_point(|bar| Bar::parse(bar).end <= from);
        self.0[first..].iter().map(|bar| Bar::parse(bar)).take_while(move |bar| bar.start < to)
    }
}
