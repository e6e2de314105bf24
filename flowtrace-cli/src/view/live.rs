//! `flowtrace tree --follow`: each call as it begins and ends, whoever else's lines stand between.
use std::io::Write;

use super::call::{self, Args, End, Mark};
use super::filter::Filter;
use super::left_out::Sum;
use super::row::{Ink, Paper, Row};
use crate::failure::Outcome;
use crate::filter::Selection;
use crate::forest::Forest;
use crate::names::Names;
use crate::read::{Kind, LeftOut, Lost, Path, Record, Sink, Text};
use crate::text;

/// Deeper calls are indented no further.
const DEEPEST: usize = 40;

/// Shows calls as they happen. A call that ends before anything else happens takes one row, else two.
pub(crate) struct LiveView<W: Write> {
    filter: Filter,
    selection: Selection,
    depth: usize,
    /// Where functions stand is shown.
    source: bool,
    paper: Paper,
    out: W,
    functions: Names,
    threads: Names,
    sources: Names,
    forest: Forest<Call>,
    /// A call that has begun and is not shown yet.
    waiting: Option<u64>,
}

/// An open call.
#[derive(Clone)]
struct Call {
    at: u64,
    trace: Box<str>,
    function: u32,
    thread: u32,
    source: Option<u32>,
    /// The thread is not its caller's.
    moved: bool,
    args: Option<Box<str>>,
    level: usize,
    /// It or a call above it is asked for by name.
    named: bool,
    /// Its begin is on paper.
    shown: bool,
}

impl<W: Write> LiveView<W> {
    pub(crate) fn new(
        filter: Filter,
        selection: Selection,
        depth: Option<usize>,
        source: bool,
        paper: Paper,
        out: W,
    ) -> Self {
        Self {
            filter,
            selection,
            depth: depth.unwrap_or(usize::MAX),
            source,
            paper,
            out,
            functions: Names::default(),
            threads: Names::default(),
            sources: Names::default(),
            forest: Forest::new(),
            waiting: None,
        }
    }

    /// The input has ended: what is open now stays so.
    pub(crate) fn finish(mut self) -> Outcome {
        self.show_waiting()?;
        let forest = std::mem::replace(&mut self.forest, Forest::new());
        for (_, call) in forest.into_open().into_iter().filter(|(_, call)| call.shown) {
            let mut row = self.row(call.at, None, &call, "└ ");
            call::put_name(&mut row, self.functions.text(call.function), true, Mark::Open);
            row.put(Ink::Warning, " has not ended");
            row.write(self.paper, &mut self.out)?;
        }
        Ok(self.out.flush()?)
    }

    fn begun(&mut self, record: &Record<'_>, args: Option<Box<str>>) -> Call {
        let call = self.below(record.parent, &record.path, record.thread, Some(record.trace));
        let source = record.source.filter(|_| self.source).map(|source| self.sources.name(source));
        Call { at: record.at.saturating_sub(record.duration), source, args, ..call }
    }

    /// A call below `parent`, of which no more is known.
    fn below(
        &mut self,
        parent: Option<u64>,
        path: &Path<'_>,
        thread: Text<'_>,
        trace: Option<Text<'_>>,
    ) -> Call {
        let caller = parent.and_then(|parent| self.forest.get_mut(parent));
        let above = caller.map(|caller| (caller.level, caller.named, caller.thread));
        let thread = self.threads.name(thread);
        Call {
            at: 0,
            trace: trace.map(|trace| trace.decoded().chars().take(4).collect()).unwrap_or_default(),
            function: self.functions.function(path),
            thread,
            source: None,
            moved: above.is_some_and(|(_, _, callers)| callers != thread),
            args: None,
            level: above.map_or(0, |(level, ..)| level + 1),
            named: above.is_some_and(|(_, named, _)| named) || self.filter.names(path),
            shown: false,
        }
    }

    /// Puts the begin of the waiting call on paper.
    fn show_waiting(&mut self) -> Outcome {
        let Some(call) = self.waiting.take().and_then(|span| self.forest.get_mut(span)) else {
            return Ok(());
        };
        call.shown = true;
        let call = call.clone();
        let mut row = self.row(call.at, None, &call, "┌ ");
        self.put(&mut row, &call, None);
        Ok(row.write(self.paper, &mut self.out)?)
    }

    /// The call ended at once, or its begin was of no interest.
    fn show_whole(&mut self, at: u64, call: &Call, end: &End) -> Outcome {
        let mut row = self.row(at, Some(end.duration), call, "");
        self.put(&mut row, call, Some(end));
        Ok(row.write(self.paper, &mut self.out)?)
    }

    fn show_end(&mut self, at: u64, call: &Call, end: &End) -> Outcome {
        let mut row = self.row(at, Some(end.duration), call, "└ ");
        let mark = Mark::of(Some(end.outcome), false);
        call::put(&mut row, self.functions.text(call.function), true, mark, Args::Told, Some(end));
        Ok(row.write(self.paper, &mut self.out)?)
    }

    fn put(&self, row: &mut Row, call: &Call, end: Option<&End>) {
        let args = call.args.as_deref().map_or(Args::Missing, Args::Known);
        // a call that has only begun is not known to stay open
        let mark = end.map_or(Mark::None, |end| Mark::of(Some(end.outcome), false));
        call::put(row, self.functions.text(call.function), true, mark, args, end);
        if let Some(source) = call.source {
            row.end(self.sources.text(source));
        }
    }

    /// What every row begins with.
    fn row(&self, at: u64, total: Option<u64>, call: &Call, corner: &str) -> Row {
        let mut row = Row::default();
        let total = total.map(text::duration).unwrap_or_default();
        row.put(Ink::Faint, text::time_of_day(at));
        row.put(Ink::Plain, format!(" {total:>8} "));
        let lines = "│ ".repeat(call.level.min(DEEPEST));
        row.put(Ink::Faint, format!(" {:4} {lines}{corner}", text::harmless(&call.trace)));
        if call.moved {
            row.put(Ink::Faint, format!("[{}] ", self.threads.text(call.thread)));
        }
        row
    }
}

impl<W: Write> Sink for LiveView<W> {
    fn call(&mut self, record: &Record<'_>) -> Outcome {
        if !self.filter.takes(Some(record.trace)) {
            return Ok(());
        }
        let value = record.value.map(|value| value.decoded().into());
        if record.kind == Kind::Enter {
            self.show_waiting()?;
            let call = self.begun(record, value);
            let selected = self.selection.begin(record).inside;
            if selected && call.named && call.level < self.depth && !self.filter.waits_for_ends() {
                self.waiting = Some(record.span);
            }
            self.forest.begin(record.span, record.parent, record.at, call);
            return Ok(());
        }
        let at_once = self.waiting == Some(record.span);
        if at_once {
            self.waiting = None;
        }
        let (call, own) = match self.forest.end(record.span, record.at, record.duration) {
            Some(ended) => (ended.data, ended.own),
            None => (self.begun(record, None), record.duration),
        };
        let selected = self.selection.end(record).inside;
        let end = End { duration: record.duration, own, outcome: record.outcome, value };
        let asked = selected && call.named && self.filter.judges(Some((end.duration, end.outcome)));
        if !asked || call.level >= self.depth {
            return Ok(());
        }
        self.show_waiting()?;
        if call.shown {
            self.show_end(record.at, &call, &end)
        } else {
            self.show_whole(record.at, &call, &end)
        }
    }

    fn left_out(&mut self, calls: &LeftOut<'_>) -> Outcome {
        self.forest.left_out(calls.parent, calls.total);
        let call = self.below(calls.parent, &calls.path, calls.thread, calls.trace);
        let mut sum = Sum::default();
        sum.add(calls);
        let selected = self.selection.left_out(calls).inside;
        let asked =
            selected && self.filter.takes(calls.trace) && call.named && self.filter.judges(Some(sum.worst()));
        if !asked || call.level >= self.depth {
            return Ok(());
        }
        self.show_waiting()?;
        let mut row = self.row(calls.at, Some(calls.total), &call, "");
        sum.put(&mut row, self.functions.text(call.function), "", &text::name(calls.reason));
        Ok(row.write(self.paper, &mut self.out)?)
    }

    fn lost(&mut self, lost: &Lost<'_>) -> Outcome {
        self.show_waiting()?;
        Ok(call::lost(lost).write(self.paper, &mut self.out)?)
    }

    fn pause(&mut self) -> Outcome {
        self.show_waiting()?;
        Ok(self.out.flush()?)
    }
}
