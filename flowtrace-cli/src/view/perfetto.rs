//! `flowtrace perfetto`: a timeline for <https://ui.perfetto.dev>, as `TrackEvent`s (Perfetto's protobufs) or as Chrome's JSON.
//!
//! A request in which an async call takes part is a group of its own with all its calls, sync and async, since such calls move
//! between threads and overlap there: a callee stands on its caller's track, unless another callee does already (they run at
//! once), or it outlives its caller. Any other root and what it called are slices on the tracks of their threads. That a call is async is known when it
//! ends, so the calls of a root wait until one is, or the root ends.
mod event;
mod proto;
mod slice;
#[cfg(test)]
mod tests;
mod track_event;
mod writer;

use std::collections::HashSet;
use std::io::Write;

use crate::failure::Outcome;
use crate::filter::Selection;
use crate::forest::{Forest, NumberMap};
use crate::names::Names;
use crate::read::{Kind, LeftOut, Lost, Record, Sink};
use crate::text;
use slice::{Details, Slice, Track};
use writer::Writer;

/// More calls of a root are not kept waiting: they are taken for sync ones.
const WAITING: usize = 50_000;
/// So many arrows lead from a call at most.
const FLOWS: usize = 100;

/// Writes a timeline while it reads; memory is bounded by the calls open at once, and by what waits.
pub(crate) struct Perfetto<W: Write> {
    out: Writer<W>,
    selection: Selection,
    /// What is read, each as a process of its own, named when it is first read from.
    inputs: Vec<Option<String>>,
    input: usize,
    functions: Names,
    threads: Names,
    sources: Names,
    /// Threads and tasks that have been named.
    named: HashSet<(usize, u32)>,
    tasks: HashSet<u64>,
    forest: Forest<Call>,
    /// The roots in which calls are open, by their spans.
    roots: NumberMap<Root>,
    /// How many lines were read.
    line: u64,
}

/// An open call.
struct Call {
    at: u64,
    input: usize,
    function: u32,
    thread: u32,
    source: Option<u32>,
    caller: Option<u32>,
    args: Option<Box<str>>,
    trace: Box<str>,
    /// Which root it is below.
    root: u64,
    /// The task's track, named after the first call on it.
    track: u64,
    /// The open callee that stands on the same track.
    callee: Option<u64>,
    flows: Vec<u64>,
    /// The number of its ENTER.
    line: u64,
}

/// A root, and what of it waits.
struct Root {
    open: usize,
    /// Whether it is a group; `None` while that is not known.
    is_group: Option<bool>,
    waiting: Vec<Ended>,
    function: u32,
    trace: Box<str>,
}

/// A call that has ended, or never will.
struct Ended {
    call: Call,
    /// `None` if it is open.
    end: Option<u64>,
    details: Details,
    /// The number of its closing line.
    line: u64,
}

impl<W: Write> Perfetto<W> {
    pub(crate) fn new(inputs: Vec<String>, selection: Selection, json: bool, out: W) -> Self {
        Self {
            out: Writer::new(json, out),
            selection,
            inputs: inputs.into_iter().map(Some).collect(),
            input: 0,
            functions: Names::default(),
            threads: Names::default(),
            sources: Names::default(),
            named: HashSet::new(),
            tasks: HashSet::new(),
            forest: Forest::new(),
            roots: NumberMap::default(),
            line: 0,
        }
    }

    /// Writes what never ended, and the end. The selection says whether anything was found.
    pub(crate) fn finish(mut self) -> Outcome<Selection> {
        for (span, call) in std::mem::replace(&mut self.forest, Forest::new()).into_open() {
            if self.selection.never_ended(span).inside {
                let details = self.details(&call, None);
                self.ended(Ended { call, end: None, details, line: u64::MAX }, false)?;
            }
        }
        let mut roots: Vec<(u64, Root)> = self.roots.drain().collect();
        roots.sort_unstable_by_key(|(span, _)| *span);
        for (span, root) in roots {
            self.write_waiting(span, &root)?;
        }
        self.out.finish()?;
        Ok(self.selection)
    }

    fn begun(&mut self, record: &Record<'_>, args: Option<Box<str>>) -> Call {
        let (function, thread) = (self.functions.function(&record.path), self.threads.name(record.thread));
        let (mut track, mut caller, mut root, mut flows) = (record.span, None, record.span, Vec::new());
        if let Some(above) = record.parent.and_then(|parent| self.forest.get_mut(parent)) {
            caller = Some(above.function);
            root = above.root;
            if above.callee.is_none() {
                above.callee = Some(record.span);
                track = above.track;
            }
            if above.thread != thread && above.flows.len() < FLOWS {
                above.flows.push(record.span);
                flows.push(record.span);
            }
        }
        let id: Box<str> = text::harmless(&record.trace.decoded()).into();
        let known = self.roots.entry(root).or_insert_with(|| Root {
            open: 0,
            is_group: None,
            waiting: Vec::new(),
            function,
            trace: id.clone(),
        });
        known.open += 1;
        Call {
            at: record.at.saturating_sub(record.duration),
            input: self.input,
            function,
            thread,
            source: record.source.map(|source| self.sources.name(source)),
            caller,
            args,
            trace: id,
            root,
            track,
            callee: None,
            flows,
            line: self.line,
        }
    }

    /// Frees the track of a call that has ended.
    fn leave(&mut self, record: &Record<'_>, call: &Call) {
        if let Some(above) = record.parent.and_then(|parent| self.forest.get_mut(parent)) {
            above.callee = above.callee.filter(|callee| *callee != record.span);
        }
        // what outlives it goes on on a track of its own
        let mut below = call.callee;
        while let Some(callee) = below.and_then(|span| self.forest.get_mut(span)) {
            callee.track = call.callee.unwrap_or_default();
            below = callee.callee;
        }
    }

    fn details(&self, call: &Call, end: Option<&Record<'_>>) -> Details {
        let mut details = Details::default();
        details.name("function", self.functions.text(call.function));
        if let Some(caller) = call.caller {
            details.name("calledBy", self.functions.text(caller));
        }
        if let Some(source) = call.source {
            details.name("source", self.sources.text(source));
        }
        if let Some(args) = &call.args {
            details.json("arguments", args);
        }
        if let Some(end) = end {
            details.end(end);
        }
        details.name("thread", self.threads.text(call.thread));
        details.text("traceId", &call.trace);
        details
    }

    /// Takes a call that is to be written, as soon as it is known where.
    fn ended(&mut self, ended: Ended, is_async: bool) -> Outcome {
        let span = ended.call.root;
        let Some(root) = self.roots.get_mut(&span) else { return Ok(()) };
        if is_async {
            root.is_group.get_or_insert(true);
        }
        root.waiting.push(ended);
        if root.is_group.is_none() && root.waiting.len() > WAITING {
            root.is_group = Some(false);
        }
        if root.is_group.is_none() {
            return Ok(());
        }
        let root = Root {
            open: root.open,
            is_group: root.is_group,
            waiting: std::mem::take(&mut root.waiting),
            function: root.function,
            trace: root.trace.clone(),
        };
        self.write_waiting(span, &root)
    }

    /// Notes that a call of a root is no longer open.
    fn close(&mut self, span: u64) -> Outcome {
        let Some(root) = self.roots.get_mut(&span) else { return Ok(()) };
        root.open -= 1;
        if root.open > 0 {
            return Ok(());
        }
        match self.roots.remove(&span) {
            Some(root) => self.write_waiting(span, &root),
            None => Ok(()),
        }
    }

    /// Writes calls in the order of their lines, so that those nest that began or ended in one moment.
    fn write_waiting(&mut self, span: u64, root: &Root) -> Outcome {
        let is_group = root.is_group == Some(true);
        let mut lines: Vec<(u64, usize, bool)> = Vec::with_capacity(2 * root.waiting.len());
        for (i, ended) in root.waiting.iter().enumerate() {
            lines.push((ended.call.line, i, false));
            lines.push((ended.line, i, true));
        }
        lines.sort_unstable();
        for (_, i, ends) in lines {
            let Ended { call, end, details, .. } = &root.waiting[i];
            let track = if is_group || end.is_none() { Track::Task(call.track) } else { Track::Thread };
            if !ends {
                match track {
                    Track::Thread => self.name_thread(call.input, call.thread)?,
                    Track::Task(task) => self.name_task(task, call, span, root)?,
                }
            }
            let name = text::short(self.functions.text(call.function));
            let Call { at, input, thread, .. } = *call;
            let slice = Slice { name, at, input, thread, track, flows: &call.flows };
            match (ends, end) {
                (false, end) => self.out.begin(&slice, end.map(|end| end.saturating_sub(at)), details)?,
                (true, Some(end)) => self.out.end(&slice, *end)?,
                (true, None) => {}
            }
        }
        Ok(())
    }

    /// Names the track of a thread when it is first written to.
    fn name_thread(&mut self, input: usize, thread: u32) -> Outcome {
        if self.named.insert((input, thread)) {
            self.out.thread(input, thread, self.threads.text(thread))?;
        }
        Ok(())
    }

    /// Names the track of a task, and before the first of a request its group.
    fn name_task(&mut self, task: u64, call: &Call, root: u64, known: &Root) -> Outcome {
        // the group is no track with slices, so its id is another than that of the root's own
        let group = root ^ 1 << 63;
        if self.tasks.insert(group) {
            let begin = known.trace.chars().take(8).collect::<String>();
            let name = format!("{} {begin}", text::short(self.functions.text(known.function)));
            self.out.task(call.input, group, None, &name)?;
        }
        if self.tasks.insert(task) {
            // a track has the id of its first call, which ends last
            let first = if task == root { known.function } else { call.function };
            self.out.task(call.input, task, Some(group), text::short(self.functions.text(first)))?;
        }
        Ok(())
    }
}

impl<W: Write> Sink for Perfetto<W> {
    fn input(&mut self, index: usize) -> Outcome {
        self.input = index;
        if let Some(name) = self.inputs[index].take() {
            self.out.process(index, &name)?;
        }
        Ok(())
    }

    fn call(&mut self, record: &Record<'_>) -> Outcome {
        self.out.start_at(record.at);
        self.line += 1;
        if record.kind == Kind::Enter {
            let call = self.begun(record, record.value.map(|args| args.decoded().into()));
            self.selection.begin(record);
            let before = self.forest.begin(record.span, record.parent, record.at, call).before;
            return before.map_or(Ok(()), |before| self.close(before.root));
        }
        let mut call = match self.forest.end(record.span, record.at, record.duration) {
            Some(ended) => ended.data,
            None => self.begun(record, None),
        };
        self.leave(record, &call);
        let root = call.root;
        if self.selection.end(record).inside {
            let details = self.details(&call, Some(record));
            let end = Some(call.at.saturating_add(record.duration));
            call.flows.shrink_to_fit();
            self.ended(Ended { call, end, details, line: self.line }, record.busy.is_some())?;
        }
        self.close(root)
    }

    fn left_out(&mut self, calls: &LeftOut<'_>) -> Outcome {
        self.out.start_at(calls.at);
        if !self.selection.left_out(calls).inside {
            return Ok(());
        }
        let thread = self.threads.name(calls.thread);
        self.name_thread(self.input, thread)?;
        let path = text::harmless(&text::path(&calls.path)).into_owned();
        let (count, total) = (calls.count, text::duration(calls.total));
        let more = if count == 1 { "1 more call" } else { &format!("{count} more calls") };
        let reason = text::name(calls.reason);
        let what = format!("{more} of {}, {total} in all ({reason})", text::short(&path));
        Ok(self.out.instant(&what, calls.at, self.input, Some(thread))?)
    }

    fn lost(&mut self, lost: &Lost<'_>) -> Outcome {
        self.out.start_at(lost.at);
        let what = format!("{} lines lost: {}", lost.count, text::name(lost.reason));
        Ok(self.out.instant(&what, lost.at, self.input, None)?)
    }
}
