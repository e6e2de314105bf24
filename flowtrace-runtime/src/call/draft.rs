//! A record being written, in memory that its thread keeps from one to the next.
#![expect(
    clippy::inline_always,
    reason = "each way of a call is one function: a call of a part costs what the part does"
)]

mod usual;

use crate::call::callsite::Callsite;
use crate::call::piece::Piece;
use crate::capture::Slot;
use crate::capture::names::Names;
use crate::clock;
use crate::drain::sink::Sink;
use crate::global;
use crate::global::captures;
use crate::global::dictionary::{self, UNKEPT};
use crate::record::count;
use crate::record::encode::{self, Head, More};
use crate::record::{Event, TIME, kind, tag};
use crate::ring::NOTHING_LATE;
use crate::text::Text;
use crate::thread::counts::Count;
use crate::thread::label::Label;
use crate::thread::local::{Frame, Local};
use crate::thread::state::{self, ENDED, INCOMPLETE};

/// A buffer larger than this is given back to the allocator.
const LARGE: usize = 64 * 1024;

/// In place of a generation: the output is not open yet.
const NO_GENERATION: usize = usize::MAX;

/// A record being written.
pub(crate) struct Draft {
    /// Where values go, and all of the record.
    slot: Slot<'static>,
    /// The line, where the drainer does not make it.
    line: Vec<u8>,
    types: Names<Option<u32>, 64>,
    kind: u8,
    /// It was begun while the thread was capturing already.
    pub(crate) nested: bool,
    /// It is not for the drainer to render.
    is_special: bool,
    /// The test that captures it; 0 is none.
    listener: u32,
    /// How many arguments are written, where they come one by one.
    written: usize,
    callsite: Option<&'static Callsite>,
    /// Where records go, and in which generation that was so.
    sink: Option<&'static Sink>,
    generation: usize,
}

/// How a call ended, beside what it returned.
#[derive(Clone, Copy)]
pub(crate) struct Ending {
    pub(crate) event: Event,
    /// When.
    pub(crate) at: clock::Time,
    /// `flag::ERROR`, `flag::CANCELLED`, or neither.
    pub(crate) outcome: u32,
    /// Time inside of `poll`, of an async call.
    pub(crate) busy: Option<u64>,
}

impl Draft {
    #[cold]
    #[inline(never)]
    pub(crate) fn new() -> Box<Self> {
        let tracer = global::tracer();
        Box::new(Self {
            slot: Slot::new(tracer.budget, &tracer.redact),
            line: Vec::new(),
            types: Names::new(),
            kind: 0,
            nested: false,
            is_special: false,
            listener: 0,
            written: 0,
            callsite: None,
            sink: None,
            generation: NO_GENERATION,
        })
    }

    /// Begins the record of the innermost call, which begins; the thread counts as capturing until it is finished. `None` if it
    /// has no lines.
    pub(crate) fn enter(local: &Local) -> Option<Box<Self>> {
        let mut draft = local.begin_draft();
        let label = local.label();
        let begun = local.innermost(|frame| {
            let callsite = frame.callsite.filter(|_| frame.left_out == 0)?;
            draft.begin(label, frame, callsite, None);
            Some(())
        });
        if begun.is_none() {
            draft.put_back(local);
            return None;
        }
        Some(draft)
    }

    /// The same of any call.
    pub(crate) fn enter_late(local: &Local, frame: &Frame, callsite: &'static Callsite) -> Box<Self> {
        let mut draft = local.begin_draft();
        draft.begin(local.label(), frame, callsite, None);
        draft
    }

    /// The same of one that ends.
    pub(crate) fn ending(
        local: &Local,
        frame: &Frame,
        callsite: &'static Callsite,
        ending: &Ending,
    ) -> Box<Self> {
        let mut draft = local.begin_draft();
        draft.begin(local.label(), frame, callsite, Some(ending));
        draft
    }

    fn begin(&mut self, label: &Label, frame: &Frame, callsite: &'static Callsite, ending: Option<&Ending>) {
        let number = callsite.number();
        self.renew(callsite, number, frame.context.listener);
        let event = ending.map_or(Event::Enter, |ending| ending.event);
        let at = ending.map(|ending| ending.at);
        self.head(u64::from(number & !UNKEPT) | u64::from(label.number()) << 32, frame, event, at);
        let is_special = ending.is_some_and(|ending| ending.outcome != 0 || ending.busy.is_some());
        if is_special || !frame.self_type.is_empty() || label.inline().is_some() {
            self.more(frame.self_type, label, ending);
        }
    }

    /// Writes what a record begins with; `first` is the first word, and `at` when a call ended.
    #[inline(always)]
    fn head(&mut self, first: u64, frame: &Frame, event: Event, at: Option<clock::Time>) {
        let Frame { context, parent, start, .. } = frame;
        #[expect(clippy::cast_possible_truncation, reason = "the halves are meant")]
        let head = Head {
            event,
            callsite: first as u32,
            thread: (first >> 32) as u32,
            time: at.map_or(0, |at| at.wall),
            span: context.span,
            parent: *parent,
            trace: context.trace.low,
            wide: context.trace.foreign,
            nanos: at.map_or(0, |at| at.mono.saturating_sub(*start)),
        };
        self.kind = head.write(&mut self.slot.out);
    }

    /// Forgets the record before.
    fn renew(&mut self, callsite: &'static Callsite, number: u32, listener: u32) {
        self.callsite = Some(callsite);
        (self.listener, self.written) = (listener, 0);
        self.is_special = listener != 0 || number & UNKEPT != 0;
        self.renew_usual();
    }

    #[cold]
    #[inline(never)]
    fn look_around(&mut self) {
        let tracer = global::tracer();
        (self.slot.budget, self.slot.redact) = (tracer.budget, &tracer.redact);
        self.sink = tracer.opened();
        self.generation = if self.sink.is_some() { global::generation() } else { NO_GENERATION };
    }

    #[inline(never)]
    fn more(&mut self, self_type: &'static str, label: &Label, ending: Option<&Ending>) {
        let own = if self_type.is_empty() { None } else { Some(self_type) };
        let number = own.and_then(|own| self.types.get(own, dictionary::type_number));
        let more = More {
            outcome: ending.map_or(0, |ending| ending.outcome),
            busy: ending.and_then(|ending| ending.busy),
            type_number: number,
            type_name: own.filter(|_| number.is_none()),
            label: label.inline(),
        };
        self.kind |= more.write(&mut self.slot.out);
    }

    /// Writes all arguments.
    #[inline(always)]
    pub(crate) fn arguments(&mut self, callsite: &'static Callsite, args: &[&dyn Piece]) {
        if !callsite.hides_none() {
            self.callsite = Some(callsite);
            self.written = 0;
            return self.arguments_one_by_one(args);
        }
        for arg in args {
            arg.write(&mut self.slot);
        }
    }

    /// Writes all arguments, where nothing is said of the call.
    pub(crate) fn all_arguments(&mut self, args: &[&dyn Piece]) {
        if let Some(callsite) = self.callsite {
            self.arguments(callsite, args);
        }
    }

    #[inline(never)]
    fn arguments_one_by_one(&mut self, args: &[&dyn Piece]) {
        for (index, arg) in args.iter().enumerate() {
            self.argument(index, *arg);
        }
    }

    /// Writes the next argument, which is the one at `index`; what is before it and was not written has been compiled out by a
    /// `cfg`.
    pub(crate) fn argument(&mut self, index: usize, arg: &dyn Piece) {
        self.skip_to(index);
        if self.callsite.is_some_and(|callsite| callsite.is_secret(index)) {
            encode::bare(&mut self.slot.out, tag::REDACTED);
        } else {
            arg.write(&mut self.slot);
        }
    }

    fn skip_to(&mut self, index: usize) {
        for _ in self.written..index {
            self.absent();
        }
        self.written = index + 1;
    }

    /// There are no further arguments.
    pub(crate) fn end_arguments(&mut self) {
        self.skip_to(self.callsite.map_or(0, |callsite| callsite.args.len()));
    }

    /// Writes in place of a value that none is shown.
    #[inline]
    pub(crate) fn absent(&mut self) {
        encode::bare(&mut self.slot.out, tag::ABSENT);
    }

    /// A place for a value, or several.
    pub(crate) fn slot(&mut self) -> &mut Slot<'static> {
        &mut self.slot
    }

    /// Ends the record of a call that begins: hands it on, and says when the call began, which is as late as can be.
    pub(crate) fn finish_enter(mut self: Box<Self>, local: &Local) {
        let start = match self.sink() {
            Some(sink) => self.push_enter(sink),
            None => self.finish_elsewhere(true),
        };
        local.start(if start == 0 { clock::read().mono } else { start });
        self.put_back(local);
    }

    /// Hands on the record of a call that begins, and returns when it began; 0 if the record is not kept.
    #[inline(always)]
    fn push_enter(&self, sink: &Sink) -> u64 {
        let mut start = 0;
        sink.push(self.kind, self.slot.out.as_bytes(), Some((TIME, late(&mut start))));
        start
    }

    /// Ends the record of a call that ends: hands it on.
    pub(crate) fn finish(mut self: Box<Self>, local: &Local) {
        match self.sink() {
            Some(sink) => sink.push(self.kind, self.slot.out.as_bytes(), NOTHING_LATE),
            None => _ = self.finish_elsewhere(false),
        }
        self.put_back(local);
    }

    /// Ends the record of a call that began at `begun`, and was left out until now.
    #[cold]
    pub(crate) fn finish_late(mut self: Box<Self>, local: &Local, begun: u64) {
        self.slot.out.bytes_mut()[TIME..TIME + 8].copy_from_slice(&begun.to_ne_bytes());
        self.slot.truncated = true;
        self.finish(local);
    }

    /// Writes down that calls were left out, and hands it on.
    #[cold]
    pub(crate) fn left_out(local: &Local, left_out: &Count) {
        let mut draft = local.begin_draft();
        let label = local.label();
        let Count { callsite, parent, trace, reason, calls, total, min, max, .. } = *left_out;
        let number = callsite.number();
        let head = count::Count {
            callsite: number & !UNKEPT,
            thread: label.number(),
            time: clock::now(),
            caller: (parent != 0).then_some((parent, trace.low, trace.foreign)),
            calls,
            total,
            min,
            max,
            reason,
        };
        draft.renew(callsite, number, 0);
        draft.kind = head.write(&mut draft.slot.out);
        if !left_out.self_type.is_empty() || label.inline().is_some() {
            draft.more(left_out.self_type, label, None);
        }
        draft.finish(local);
    }

    /// Where the record goes as it is; `None` if there is something out of the ordinary about it. It is complete.
    fn sink(&self) -> Option<&'static Sink> {
        if self.is_special { None } else { self.usual_sink() }
    }

    /// Hands the record on where there is something out of the ordinary about it. Of a call that begins, returns when.
    #[cold]
    #[inline(never)]
    fn finish_elsewhere(&mut self, begins: bool) -> u64 {
        if self.slot.truncated {
            encode::bare(&mut self.slot.out, tag::TRUNCATED);
        }
        let sink = if state::is(ENDED) { None } else { global::tracer().sink() };
        let renders = self.is_special || state::is(INCOMPLETE);
        let is_plain = sink.is_some_and(|sink| !renders && !sink.is_crowded());
        let start = if begins && !is_plain { self.begin_now() } else { 0 };
        let (text, line) = (&self.slot.out, &mut self.line);
        match sink {
            sink if renders => {
                let line = dictionary::render(self.kind, text.as_bytes());
                match sink {
                    _ if self.listener != 0 => captures::deliver(self.listener, &line),
                    Some(sink) => sink.push(kind::LINE, &line, NOTHING_LATE),
                    None => {}
                }
            }
            None => {}
            Some(sink) if is_plain && begins => return self.push_enter(sink),
            Some(sink) if is_plain => sink.push(self.kind, text.as_bytes(), NOTHING_LATE),
            // the drainer has less to do then
            Some(sink) => {
                line.clear();
                if dictionary::help(self.kind, text.as_bytes(), line) {
                    sink.push(kind::LINE, line, NOTHING_LATE);
                } else {
                    sink.push(self.kind, text.as_bytes(), NOTHING_LATE);
                }
                line.shrink_to(LARGE);
            }
        }
        start
    }

    /// Writes the time now into the record of a call that begins, and returns it.
    fn begin_now(&mut self) -> u64 {
        let now = clock::read();
        self.slot.out.bytes_mut()[TIME..TIME + 8].copy_from_slice(&now.wall.to_ne_bytes());
        now.mono
    }

    fn put_back(mut self: Box<Self>, local: &Local) {
        // so that it is ready for a usual one
        (self.listener, self.is_special) = (0, false);
        let nested = std::mem::take(&mut self.nested);
        self.put_back_usual(local, nested);
    }

    #[cold]
    #[inline(never)]
    fn shrink(&mut self) {
        self.slot.out = Text::new();
    }
}

/// Reads the time once all else is done: the wall clock for the record, the monotonic one for its end.
#[inline(always)]
fn late(start: &mut u64) -> impl FnOnce() -> u64 {
    || {
        let now = clock::read();
        *start = now.mono;
        now.wall
    }
}
