//! A trace is read once, by time, and becomes the columns of its calls.
use std::io;

use super::format::Column;
use super::scan::{Entry, Gap, Missing, NONE, NONE64, NewName, Of, Part, Scanner, Seen};
use super::source;
use super::write::{Chunks, Writer};
use super::{endpoint, flag};
use crate::failure::{self, Failure};
use crate::forest::Forest;
use crate::names::Names;
use crate::progress::Progress;
use crate::read::{Input, Tally, Workers};

/// What reading came to.
pub(super) struct Read {
    pub(super) out: Writer,
    pub(super) chunks: Chunks,
    /// A call's caller, [`NONE`] without.
    pub(super) parents: Vec<u32>,
    pub(super) flags: Vec<u16>,
    /// Calls whose caller was not open, with the caller's span id.
    pub(super) orphans: Vec<(u32, u64)>,
    /// Calls without lines, and their caller.
    pub(super) missing: Vec<(Missing, u32)>,
    pub(super) gaps: Vec<Gap>,
    pub(super) names: [Names; super::scan::KINDS],
    /// Where each function stands.
    pub(super) sources: Vec<u32>,
    pub(super) functions_async: Vec<bool>,
    /// The endpoint of each call that is a root by its own line.
    pub(super) endpoints: Vec<(u32, u32)>,
    /// The function of each endpoint.
    pub(super) endpoint_functions: Vec<u32>,
    /// Blocks of packed lines: input, first byte, place, length.
    pub(super) texts: Vec<[u64; 4]>,
    /// The times of the first line and the last.
    pub(super) times: (u64, u64),
    pub(super) tally: Tally,
}

/// Reads `inputs` into `out`.
pub(super) fn read(inputs: &[Input], out: Writer, progress: &Progress) -> failure::Outcome<Read> {
    let mut streams = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        streams.push(Stream::open(input, index, progress)?);
    }
    let mut read = Reading { read: Read::new(out), forest: Forest::new() };
    for stream in &mut streams {
        stream.fetch(&mut read)?;
    }
    while let Some(next) = earliest(&streams) {
        let others = streams.iter().enumerate().filter(|(i, _)| *i != next);
        let until = others.filter_map(|(_, stream)| stream.at()).min().unwrap_or(u64::MAX);
        streams[next].run(until, &mut read)?;
    }
    for (stream, input) in streams.iter().zip(inputs) {
        read.read.tally.damage(stream.workers.damage(), input, false)?;
    }
    let Reading { mut read, .. } = read;
    read.chunks.finish(&mut read.out).map_err(unwritable)?;
    Ok(read)
}

fn earliest(streams: &[Stream<'_>]) -> Option<usize> {
    let ready = streams.iter().enumerate().filter_map(|(i, stream)| Some((stream.at()?, i)));
    ready.min().map(|(_, i)| i)
}

pub(super) fn unwritable(error: io::Error) -> Failure {
    Failure::at("index", error)
}

/// An input with the lines of it that come next.
struct Stream<'a> {
    input: &'a Input,
    index: u64,
    workers: Workers<Part>,
    lines: u64,
    entries: std::vec::IntoIter<Entry>,
    worker: usize,
    /// What each worker's numbers stand for.
    numbers: Vec<[Vec<u32>; super::scan::KINDS]>,
}

impl<'a> Stream<'a> {
    fn open(input: &'a Input, index: usize, progress: &Progress) -> failure::Outcome<Self> {
        let keeps_text = !source::is_plain(input)?;
        let count = std::thread::available_parallelism().map_or(1, usize::from);
        let worker = std::cell::Cell::new(0);
        let workers = Workers::start(input.open(false, progress)?, count, || {
            let mut scanner = Scanner::new(worker.replace(worker.get() + 1), keeps_text);
            move |block| scanner.read(block)
        });
        let numbers = (0..count).map(|_| Default::default()).collect();
        Ok(Self {
            input,
            index: index as u64,
            workers,
            lines: 0,
            entries: Vec::new().into_iter(),
            worker: 0,
            numbers,
        })
    }

    /// The time of the next line.
    fn at(&self) -> Option<u64> {
        self.entries.as_slice().first().map(Entry::at)
    }

    /// Gets more lines, unless all are read.
    fn fetch(&mut self, reading: &mut Reading) -> failure::Outcome {
        while self.entries.as_slice().is_empty() {
            let Some(next) = self.workers.next() else { return Ok(()) };
            match next {
                Ok(part) => self.take(part, reading)?,
                Err(error) => reading.read.tally.end(&error, self.input, false)?,
            }
        }
        Ok(())
    }

    fn take(&mut self, part: Part, reading: &mut Reading) -> failure::Outcome {
        for (number, other) in part.others {
            reading.read.tally.take(other, self.input, self.lines + number, false)?;
        }
        self.lines += part.lines;
        for name in part.names {
            let of = name.of as usize;
            let number = reading.read.number(name, &self.numbers[part.worker][Of::Function as usize]);
            self.numbers[part.worker][of].push(number);
        }
        if let Some((at, text)) = part.text {
            let text = text.map_err(|error| Failure::at(self.input, error))?;
            let place = reading.read.out.append(&text).map_err(unwritable)?;
            reading.read.texts.push([self.index, at, place, text.len() as u64]);
        }
        self.entries = part.entries.into_iter();
        self.worker = part.worker;
        Ok(())
    }

    /// Gives the lines up to the first that is later than `until`.
    fn run(&mut self, until: u64, reading: &mut Reading) -> failure::Outcome {
        while self.at().is_some_and(|at| at <= until) {
            let Some(mut entry) = self.entries.next() else { break };
            self.rename(&mut entry);
            reading.take(&entry).map_err(unwritable)?;
            if self.entries.as_slice().is_empty() {
                self.fetch(reading)?;
            }
        }
        Ok(())
    }

    /// Puts the numbers of all in place of the worker's.
    fn rename(&self, entry: &mut Entry) {
        let numbers = &self.numbers[self.worker];
        let global = |of: Of, number: u32| {
            if number == NONE { NONE } else { numbers[of as usize][number as usize] }
        };
        match entry {
            Entry::Call(seen) => {
                seen.function = global(Of::Function, seen.function);
                seen.thread = global(Of::Thread, seen.thread);
                seen.source = global(Of::Source, seen.source);
                seen.endpoint = global(Of::Endpoint, seen.endpoint);
                seen.place |= self.index << 48;
            }
            Entry::LeftOut(missing) => {
                missing.function = global(Of::Function, missing.function);
                missing.thread = global(Of::Thread, missing.thread);
                missing.reason = global(Of::Reason, missing.reason);
            }
            Entry::Lost(gap) => gap.reason = global(Of::Reason, gap.reason),
        }
    }
}

struct Reading {
    read: Read,
    forest: Forest<u32>,
}

impl Reading {
    fn take(&mut self, entry: &Entry) -> io::Result<()> {
        let at = entry.at();
        let (first, last) = self.read.times;
        self.read.times = (first.min(at), last.max(at));
        match entry {
            Entry::Call(seen) if seen.is_enter => self.begin(seen),
            Entry::Call(seen) => self.end(seen),
            Entry::LeftOut(missing) => {
                let parent = Some(missing.parent).filter(|parent| *parent != 0);
                self.forest.left_out(parent, missing.total);
                let parent = parent.and_then(|parent| self.forest.get_mut(parent)).copied().unwrap_or(NONE);
                if let Some(flags) = self.read.flags.get_mut(parent as usize) {
                    *flags |= flag::THINNED;
                }
                self.read.missing.push((**missing, parent));
                Ok(())
            }
            Entry::Lost(gap) => {
                self.read.gaps.push(*gap);
                Ok(())
            }
        }
    }

    fn begin(&mut self, seen: &Seen) -> io::Result<()> {
        let call = self.add(seen, seen.at, flag::OPEN)?;
        let parent = Some(seen.parent).filter(|parent| *parent != 0);
        self.forest.begin(seen.span, parent, seen.at, call);
        let source = &mut self.read.sources[seen.function as usize];
        if *source == NONE {
            *source = seen.source;
        }
        if seen.endpoint != NONE {
            self.read.endpoints.push((call, seen.endpoint));
        }
        self.read.chunks.set(call, &[(Column::Enter, seen.place)], &self.read.out)
    }

    fn end(&mut self, seen: &Seen) -> io::Result<()> {
        let (call, own) = match self.forest.end(seen.span, seen.at, seen.duration) {
            Some(ended) => (ended.data, ended.own),
            None => (self.add(seen, seen.at.saturating_sub(seen.duration), 0)?, seen.duration),
        };
        let flags = &mut self.read.flags[call as usize];
        *flags &= !flag::OPEN;
        *flags |= flag::of(seen.outcome);
        if seen.busy != NONE64 {
            *flags |= flag::ASYNC;
            self.read.functions_async[seen.function as usize] = true;
        }
        let ends = [
            (Column::Duration, seen.duration.min(NONE64 - 1)),
            (Column::Own, own),
            (Column::Busy, seen.busy),
            (Column::Exit, seen.place),
        ];
        self.read.chunks.set(call, &ends, &self.read.out)
    }

    /// Adds a call of which one line is known.
    fn add(&mut self, seen: &Seen, start: u64, flags: u16) -> io::Result<u32> {
        let call = self.read.chunks.calls;
        if call >= NONE - 2 {
            return Err(io::Error::other("the trace has more than 4,294,967,292 calls"));
        }
        let row = [
            (Column::Start, start),
            (Column::Duration, NONE64),
            (Column::Busy, NONE64),
            (Column::Span, seen.span),
            (Column::Trace, seen.trace),
            (Column::Enter, NONE64),
            (Column::Exit, NONE64),
            (Column::Names, u64::from(seen.function) | u64::from(seen.thread) << 32),
        ];
        self.read.chunks.push(&row, &mut self.read.out)?;
        let mut parent = NONE;
        if seen.parent != 0 {
            parent = self.forest.get_mut(seen.parent).copied().unwrap_or(NONE);
            if parent == NONE {
                self.read.orphans.push((call, seen.parent));
            }
        }
        self.read.parents.push(parent);
        self.read.flags.push(flags);
        Ok(call)
    }
}

impl Read {
    fn new(out: Writer) -> Self {
        Self {
            out,
            chunks: Chunks::default(),
            parents: Vec::new(),
            flags: Vec::new(),
            orphans: Vec::new(),
            missing: Vec::new(),
            gaps: Vec::new(),
            names: Default::default(),
            sources: Vec::new(),
            functions_async: Vec::new(),
            endpoints: Vec::new(),
            endpoint_functions: Vec::new(),
            texts: Vec::new(),
            times: (u64::MAX, 0),
            tally: Tally::default(),
        }
    }

    /// The number of a name that a worker met, whose functions have the numbers `functions`.
    fn number(&mut self, name: NewName, functions: &[u32]) -> u32 {
        let NewName { of, mut parts, text } = name;
        if of == Of::Endpoint {
            let local = parts[0].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
            let function = functions[local as usize];
            parts[0] = function.to_le_bytes().into();
            let number = self.names[of as usize].number(parts.each_ref().map(|part| &**part), || text);
            if number as usize == self.endpoint_functions.len() {
                self.endpoint_functions.push(function);
            }
            return number;
        }
        let number = self.names[of as usize].number(parts.each_ref().map(|part| &**part), || text);
        if of == Of::Function && number as usize == self.sources.len() {
            self.sources.push(NONE);
            self.functions_async.push(false);
        }
        number
    }

    /// Which endpoints tell requests apart, those of functions with few of them.
    pub(super) fn useful_endpoints(&self) -> Vec<bool> {
        let mut counts = vec![0_usize; self.sources.len()];
        for function in &self.endpoint_functions {
            counts[*function as usize] += 1;
        }
        let few = |function: &u32| counts[*function as usize] <= usize::from(endpoint::MOST);
        self.endpoint_functions.iter().map(few).collect()
    }
}
