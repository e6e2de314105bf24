//! `flowtrace perfetto`: Chrome trace events, one at a time, for <https://ui.perfetto.dev>.
//!
//! A sync call is a slice on the track of its thread. An async call may move between threads and overlap others
//! there, so it is a slice on the track of its task: a callee stands on its caller's track, unless another callee
//! does already (they run at once), or it outlives its caller.
mod event;

use std::collections::HashSet;
use std::io::Write;

use crate::failure::Outcome;
use crate::filter::Selection;
use crate::forest::Forest;
use crate::names::Names;
use crate::read::{Kind, LeftOut, Lost, Record, Sink, Text};
use crate::text;
use event::{Details, Slice};

/// Writes events while it reads; memory is bounded by the calls open at once.
pub(crate) struct Perfetto<W: Write> {
    out: event::Events<W>,
    selection: Selection,
    /// What is read, each as a process of its own, named when it is first read from.
    inputs: Vec<Option<String>>,
    input: usize,
    functions: Names,
    threads: Names,
    sources: Names,
    /// Threads that have been named.
    named: HashSet<(usize, u32)>,
    forest: Forest<Call>,
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
    /// The task's track, named after the first call on it.
    track: u64,
    /// The open callee that stands on the same track.
    callee: Option<u64>,
}

impl Call {
    fn slice<'a>(&self, functions: &'a Names) -> Slice<'a> {
        let name = text::short(functions.text(self.function));
        Slice { name, at: self.at, input: self.input, thread: self.thread }
    }
}

impl<W: Write> Perfetto<W> {
    pub(crate) fn new(inputs: Vec<String>, selection: Selection, out: W) -> Self {
        Self {
            selection,
            out: event::Events::new(out),
            inputs: inputs.into_iter().map(Some).collect(),
            input: 0,
            functions: Names::default(),
            threads: Names::default(),
            sources: Names::default(),
            named: HashSet::new(),
            forest: Forest::new(),
        }
    }

    /// Writes what never ended, and the end. The selection says whether anything was found.
    pub(crate) fn finish(mut self) -> Outcome<Selection> {
        for (span, call) in std::mem::replace(&mut self.forest, Forest::new()).into_open() {
            if !self.selection.never_ended(span).inside {
                continue;
            }
            let details = self.details(&call, None);
            self.out.task_begin(&call.slice(&self.functions), call.track, &details)?;
        }
        self.out.finish()?;
        Ok(self.selection)
    }

    /// The number of a thread, whose track is named when it is first met.
    fn thread(&mut self, name: Text<'_>) -> Outcome<u32> {
        let thread = self.threads.name(name);
        if self.named.insert((self.input, thread)) {
            self.out.thread(self.input, thread, self.threads.text(thread))?;
        }
        Ok(thread)
    }

    fn begun(&mut self, record: &Record<'_>, args: Option<Box<str>>) -> Outcome<Call> {
        let (function, thread) = (self.functions.function(&record.path), self.thread(record.thread)?);
        let (mut track, mut caller) = (record.span, None);
        if let Some(above) = record.parent.and_then(|parent| self.forest.get_mut(parent)) {
            caller = Some(above.function);
            if above.callee.is_none() {
                above.callee = Some(record.span);
                track = above.track;
            }
        }
        Ok(Call {
            at: record.at.saturating_sub(record.duration),
            input: self.input,
            function,
            thread,
            source: record.source.map(|source| self.sources.name(source)),
            caller,
            args,
            trace: text::harmless(&record.trace.decoded()).into(),
            track,
            callee: None,
        })
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

    fn details(&self, call: &Call, end: Option<&Record<'_>>) -> String {
        let mut details = Details::new(self.functions.text(call.function));
        if let Some(caller) = call.caller {
            details.text("calledBy", self.functions.text(caller));
        }
        if let Some(source) = call.source {
            details.text("source", self.sources.text(source));
        }
        if let Some(args) = &call.args {
            details.json("arguments", args);
        }
        if let Some(end) = end {
            details.end(end);
        }
        details.text("thread", self.threads.text(call.thread));
        details.text("traceId", &call.trace);
        details.finish()
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
        if record.kind == Kind::Enter {
            let call = self.begun(record, record.value.map(|args| args.decoded().into()))?;
            self.selection.begin(record);
            self.forest.begin(record.span, record.parent, record.at, call);
            return Ok(());
        }
        let call = match self.forest.end(record.span, record.at, record.duration) {
            Some(ended) => ended.data,
            None => self.begun(record, None)?,
        };
        self.leave(record, &call);
        if !self.selection.end(record).inside {
            return Ok(());
        }
        let details = self.details(&call, Some(record));
        let slice = call.slice(&self.functions);
        if record.busy.is_none() {
            return Ok(self.out.slice(&slice, record.duration, &details)?);
        }
        self.out.task_begin(&slice, call.track, &details)?;
        Ok(self.out.task_end(&slice, call.at.saturating_add(record.duration), call.track)?)
    }

    fn left_out(&mut self, calls: &LeftOut<'_>) -> Outcome {
        self.out.start_at(calls.at);
        if !self.selection.left_out(calls).inside {
            return Ok(());
        }
        let thread = self.thread(calls.thread)?;
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
