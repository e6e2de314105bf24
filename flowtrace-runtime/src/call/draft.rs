//! A record being written, in memory that its thread keeps from one to the next.
#![expect(
    clippy::inline_always,
    reason = "each way of a call is one function: a call of a part costs what the part does"
)]

use crate::call::callsite::Callsite;
use crate::capture::names::Names;
use crate::capture::{Known, Slot};
use crate::clock;
use crate::drain::sink::Sink;
use crate::global;
use crate::global::captures;
use crate::global::dictionary::{self, UNKEPT};
use crate::global::ended::ended;
use crate::global::tracer::Tracer;
use crate::record::count;
use crate::record::encode::{self, Head, More};
use crate::record::{Event, TIME, kind, tag};
use crate::ring::NOTHING_LATE;
use crate::text::Text;
use crate::thread::counts::Count;
use crate::thread::id;
use crate::thread::label::Label;
use crate::thread::local::{Frame, Local};

/// A buffer larger than this is given back to the allocator.
const LARGE: usize = 64 * 1024;

/// A record being written.
pub(crate) struct Draft {
    text: Text,
    /// The line, where the drainer does not make it.
    line: Vec<u8>,
    kind: u8,
    /// How many arguments are written, where they come one by one.
    written: usize,
    types: Names<Option<u32>, 64>,
    known: Known,
    callsite: Option<&'static Callsite>,
    number: u32,
    tracer: &'static Tracer,
    truncated: bool,
    /// It was begun while the thread was capturing already.
    nested: bool,
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
        Box::new(Self {
            text: Text::new(),
            line: Vec::new(),
            kind: 0,
            written: 0,
            types: Names::new(),
            known: Known::new(),
            callsite: None,
            number: 0,
            tracer: global::tracer(),
            truncated: false,
            nested: false,
        })
    }

    /// Begins the record of a call that begins; the thread counts as capturing until it is finished.
    #[inline(always)]
    pub(crate) fn enter(local: &Local, frame: &Frame, callsite: &'static Callsite) -> Box<Self> {
        Self::begin(local, frame, callsite, None)
    }

    /// The same of one that ends.
    #[inline(always)]
    pub(crate) fn ending(
        local: &Local,
        frame: &Frame,
        callsite: &'static Callsite,
        ending: &Ending,
    ) -> Box<Self> {
        Self::begin(local, frame, callsite, Some(ending))
    }

    #[inline(always)]
    fn begin(
        local: &Local,
        frame: &Frame,
        callsite: &'static Callsite,
        ending: Option<&Ending>,
    ) -> Box<Self> {
        let (mut draft, label, nested) = local.begin_draft();
        draft.truncated = false;
        draft.written = 0;
        draft.nested = nested;
        draft.callsite = Some(callsite);
        draft.number = callsite.number();
        // another one in the child of a fork
        draft.tracer = global::tracer();
        draft.text.set_len(0);
        #[expect(clippy::cast_possible_truncation, reason = "the halves are meant")]
        let (high, low) = ((frame.context.trace >> 64) as u64, frame.context.trace as u64);
        let head = Head {
            event: ending.map_or(Event::Enter, |ending| ending.event),
            callsite: draft.number & !UNKEPT,
            thread: label.number(),
            time: ending.map_or(0, |ending| ending.at.wall),
            span: frame.context.span,
            parent: frame.parent,
            trace: low,
            wide: if high == id::high(low, id::key()) { None } else { Some(high) },
            nanos: ending.map_or(0, |ending| ending.at.mono.saturating_sub(frame.start)),
        };
        draft.kind = head.write(&mut draft.text);
        let is_special = ending.is_some_and(|ending| ending.outcome != 0 || ending.busy.is_some());
        if is_special || !frame.self_type.is_empty() || label.inline().is_some() {
            draft.more(frame.self_type, label, ending);
        }
        draft
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
        self.kind |= more.write(&mut self.text);
    }

    /// The function whose call it is of.
    #[inline]
    pub(crate) fn callsite(&self) -> Option<&'static Callsite> {
        self.callsite
    }

    /// Writes in place of a value that it must not be shown.
    pub(crate) fn redacted(&mut self) {
        encode::bare(&mut self.text, tag::REDACTED);
    }

    /// Goes on with the argument at `index`; what is before it and was not written has been compiled out by a `cfg`.
    pub(crate) fn skip_to(&mut self, index: usize) {
        for _ in self.written..index {
            self.absent();
        }
        self.written = index + 1;
    }

    /// Writes in place of a value that none is shown.
    pub(crate) fn absent(&mut self) {
        encode::bare(&mut self.text, tag::ABSENT);
    }

    /// A place for a value.
    #[inline]
    pub(crate) fn slot(&mut self) -> Slot<'_> {
        let tracer = self.tracer;
        Slot {
            out: &mut self.text,
            budget: tracer.budget,
            redact: &tracer.redact,
            masks: true,
            known: &mut self.known,
            truncated: &mut self.truncated,
        }
    }

    /// Ends the record of a call that begins: hands it on, and says when the call began, which is as late as can be.
    #[inline(always)]
    pub(crate) fn finish_enter(mut self: Box<Self>, local: &Local, listener: u32) {
        let mut start = 0;
        self.hand_on(listener, Some(&mut start));
        local.start(start);
        self.put_back(local);
    }

    /// Ends the record of a call that ends: hands it on.
    #[inline(always)]
    pub(crate) fn finish(mut self: Box<Self>, local: &Local, listener: u32) {
        self.hand_on(listener, None);
        self.put_back(local);
    }

    /// Ends the record of a call that began at `begun`, and was left out until now.
    #[cold]
    pub(crate) fn finish_late(mut self: Box<Self>, local: &Local, begun: u64) {
        self.text.bytes_mut()[TIME..TIME + 8].copy_from_slice(&begun.to_ne_bytes());
        self.truncated = true;
        self.hand_on(0, None);
        self.put_back(local);
    }

    /// Writes down that calls were left out, and hands it on.
    #[cold]
    pub(crate) fn left_out(local: &Local, left_out: &Count) {
        let (mut draft, label, nested) = local.begin_draft();
        (draft.truncated, draft.nested, draft.tracer) = (false, nested, global::tracer());
        draft.number = left_out.callsite.number();
        draft.text.set_len(0);
        let Count { parent, trace, reason, calls, total, min, max, .. } = *left_out;
        #[expect(clippy::cast_possible_truncation, reason = "the halves are meant")]
        let (high, low) = ((trace >> 64) as u64, trace as u64);
        let wide = if high == id::high(low, id::key()) { None } else { Some(high) };
        let head = count::Count {
            callsite: draft.number & !UNKEPT,
            thread: label.number(),
            time: clock::now(),
            caller: (parent != 0).then_some((parent, low, wide)),
            calls,
            total,
            min,
            max,
            reason,
        };
        draft.kind = head.write(&mut draft.text);
        if !left_out.self_type.is_empty() || label.inline().is_some() {
            draft.more(left_out.self_type, label, None);
        }
        draft.hand_on(0, None);
        draft.put_back(local);
    }

    #[inline(always)]
    fn hand_on(&mut self, listener: u32, start: Option<&mut u64>) {
        if self.truncated {
            encode::bare(&mut self.text, tag::TRUNCATED);
        }
        if listener != 0 || self.number & UNKEPT != 0 || dictionary::is_incomplete() {
            return self.render_here(listener, start);
        }
        let Some(sink) = sink() else { return };
        if sink.is_crowded() {
            return self.help(sink, start);
        }
        self.push(sink, start);
    }

    #[inline(always)]
    fn push(&mut self, sink: &Sink, start: Option<&mut u64>) {
        match start {
            Some(start) => {
                let mut late = || {
                    let now = clock::read();
                    *start = now.mono;
                    now.wall
                };
                sink.push(self.kind, self.text.as_bytes(), Some((TIME, &mut late)));
                if *start == 0 {
                    *start = clock::read().mono;
                }
            }
            None => sink.push(self.kind, self.text.as_bytes(), NOTHING_LATE),
        }
    }

    /// Tells the time now, of a call that begins.
    fn begin_now(&mut self, start: Option<&mut u64>) {
        if let Some(start) = start {
            let now = clock::read();
            *start = now.mono;
            self.text.bytes_mut()[TIME..TIME + 8].copy_from_slice(&now.wall.to_ne_bytes());
        }
    }

    /// Renders the line, so that the drainer has less to do.
    #[inline(never)]
    fn help(&mut self, sink: &Sink, mut start: Option<&mut u64>) {
        self.begin_now(start.as_deref_mut());
        self.line.clear();
        if dictionary::help(self.kind, self.text.as_bytes(), &mut self.line) {
            sink.push(kind::LINE, &self.line, NOTHING_LATE);
        } else {
            self.push(sink, start);
        }
    }

    /// Makes the line here and now: for a test that captures it, or where nobody else could.
    #[cold]
    #[inline(never)]
    fn render_here(&mut self, listener: u32, start: Option<&mut u64>) {
        self.begin_now(start);
        let line = dictionary::render(self.kind, self.text.as_bytes());
        if listener != 0 {
            captures::deliver(listener, &line);
        } else if let Some(sink) = sink() {
            sink.push(kind::LINE, &line, NOTHING_LATE);
        }
    }

    #[inline(always)]
    fn put_back(mut self: Box<Self>, local: &Local) {
        if self.text.room() > LARGE || self.line.capacity() > LARGE {
            (self.text, self.line) = (Text::new(), Vec::new());
        }
        local.end_draft(self.nested, self);
    }
}

/// Where records go; asked again for each, since a value's own code may have forked, and this be the child.
#[inline]
fn sink() -> Option<&'static Sink> {
    if ended() { None } else { global::tracer().sink() }
}
