//! One line of the trace, written key by key in the order that docs/FORMAT.md gives.
#![expect(
    clippy::inline_always,
    reason = "each way of a call is one function: a call of a part costs what the part does"
)]

mod ids;

use crate::callsite::{self, Callsite};
use crate::capture::{Known, Slot, json};
use crate::config;
use crate::local::{Frame, Local};
use crate::names::Names;
use crate::testing;
use crate::text::{EIGHT, Text, three};
use crate::thread::Label;
use crate::tracer::Tracer;
use ids::Ids;

/// Where the digits of the timestamp stand: they are filled in last, when the line is finished.
const STAMP: std::ops::Range<usize> = 13..26;
const BEGIN: &[u8] = b"{\"timestamp\":             ";
const MILLI: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
/// No second began then, nor will in a while.
const NEVER: u64 = 1 << 63;
/// From here on seconds have ten digits: the year 2001.
const TEN_DIGITS: u64 = 1_000_000_000 * SECOND;
/// How long what stands before the arguments is.
const ARGS: usize = ",\"args\":\"".len();
/// A buffer larger than this is given back to the allocator.
const LARGE: usize = 64 * 1024;

/// What a line tells of.
#[derive(Clone, Copy)]
pub(crate) enum Event {
    Enter,
    Exit,
    Exception,
}

impl Event {
    pub(crate) const ALL: [(Self, &str); 3] =
        [(Self::Enter, "ENTER"), (Self::Exit, "EXIT"), (Self::Exception, "EXCEPTION")];
}

/// A line being written, in memory that its thread keeps from line to line: what the next has in common with it stays.
pub(crate) struct Line {
    /// For ENTER lines, and for all others.
    texts: [Front; 2],
    now: usize,
    ids: Ids,
    types: Names<&'static str, 16>,
    known: Known,
    pub(crate) callsite: Option<&'static Callsite>,
    tracer: &'static Tracer,
    truncated: bool,
    /// It was begun while the thread was capturing already.
    nested: bool,
}

/// A text, and what is known of its front.
struct Front {
    text: Text,
    /// When the second began whose digits stand there; `NEVER` where there are none.
    second: u64,
    /// The event and the function that stand there, and where that ends.
    of: Option<(Event, &'static Callsite)>,
    len: usize,
}

impl Front {
    #[cold]
    fn new() -> Self {
        let mut text = Text::new();
        text.push(BEGIN);
        Self { text, second: NEVER, of: None, len: 0 }
    }

    #[inline]
    fn begin(&mut self, label: &Label, event: Event, callsite: &'static Callsite) {
        match self.of {
            Some((of, function)) if of as u8 == event as u8 && std::ptr::eq(function, callsite) => {
                self.text.set_len(self.len);
            }
            _ => self.write(label, event, callsite),
        }
    }

    #[inline(never)]
    fn write(&mut self, label: &Label, event: Event, callsite: &'static Callsite) {
        self.text.set_len(BEGIN.len());
        self.text.push(label.event(event));
        self.text.push(callsite.head.as_bytes());
        self.of = Some((event, callsite));
        self.len = self.text.len();
    }

    /// Fills in the timestamp; what of it is below the millisecond is for the end of the line.
    #[inline(always)]
    fn stamp(&mut self, at: u64) -> u64 {
        let since = at.wrapping_sub(self.second);
        if since >= SECOND {
            return self.stamp_second(at);
        }
        let milli = since / MILLI;
        if let Some(place) = self.text.bytes_mut().get_mut(STAMP.end - 3..STAMP.end) {
            place.copy_from_slice(&three(milli));
        }
        since - milli * MILLI
    }

    #[cold]
    fn stamp_second(&mut self, at: u64) -> u64 {
        stamp(self.text.bytes_mut(), at);
        self.second = if at < TEN_DIGITS { NEVER } else { at - at % SECOND };
        at % MILLI
    }
}

/// How a call ended, beside what it returned.
#[derive(Clone, Copy)]
pub(crate) struct Ending {
    pub(crate) nanos: u64,
    pub(crate) outcome: Option<&'static str>,
    /// Time inside of `poll`, of an async call.
    pub(crate) busy: Option<u64>,
}

impl Line {
    #[cold]
    #[inline(never)]
    pub(crate) fn new() -> Box<Self> {
        Box::new(Self {
            texts: [Front::new(), Front::new()],
            now: 0,
            ids: Ids::new(),
            types: Names::new(),
            known: Known::new(),
            callsite: None,
            tracer: config::tracer(),
            truncated: false,
            nested: false,
        })
    }

    /// Begins a line of `callsite`; the thread counts as capturing until [`Line::finish`].
    #[inline(always)]
    pub(crate) fn begin(local: &Local, event: Event, callsite: &'static Callsite) -> Box<Self> {
        let (mut line, label, nested) = local.begin_line();
        line.truncated = false;
        line.nested = nested;
        line.callsite = Some(callsite);
        // another one in the child of a fork
        line.tracer = config::tracer();
        line.now = usize::from(event as u8 != 0);
        line.front().begin(label, event, callsite);
        line
    }

    #[inline]
    fn front(&mut self) -> &mut Front {
        &mut self.texts[self.now & 1]
    }

    #[inline]
    fn text(&mut self) -> &mut Text {
        &mut self.front().text
    }

    /// Appends JSON as it stands.
    #[inline]
    pub(crate) fn json<const N: usize>(&mut self, json: &[u8; N]) {
        self.text().literal(json);
    }

    /// Appends a name that needs no escaping.
    #[inline]
    pub(crate) fn name(&mut self, name: &str) {
        self.text().push(name.as_bytes());
    }

    /// Begins the arguments, each of which has a comma before it.
    #[inline]
    pub(crate) fn begin_args(&mut self) {
        self.json(b",\"args\":\"");
    }

    /// Ends them: the first comma becomes a brace.
    #[inline]
    pub(crate) fn end_args(&mut self) {
        let front = &mut self.texts[self.now & 1];
        match front.text.bytes_mut().get_mut(front.len + ARGS) {
            Some(comma) => *comma = b'{',
            None => front.text.literal(b"{"),
        }
        front.text.literal(b"}\"");
    }

    /// A place for a value, inside of a string.
    #[inline]
    pub(crate) fn slot(&mut self) -> Slot<'_> {
        let tracer = self.tracer;
        Slot {
            out: &mut self.texts[self.now & 1].text,
            budget: tracer.budget,
            redact: &tracer.redact,
            masks: true,
            known: &mut self.known,
            truncated: &mut self.truncated,
        }
    }

    /// Appends how the call ended.
    #[inline(always)]
    pub(crate) fn ending(&mut self, ending: Ending) {
        if ending.outcome.is_some() || ending.busy.is_some() || ending.nanos >= EIGHT {
            return self.long_ending(ending);
        }
        self.text().write::<64>(|pen| {
            pen.literal(b",\"durationMicros\":");
            pen.thousandth_and_number(ending.nanos, b",\"durationNanos\":");
        });
    }

    #[inline(never)]
    fn long_ending(&mut self, ending: Ending) {
        let text = self.text();
        text.literal(b",\"durationMicros\":");
        text.number(ending.nanos / 1000);
        if let Some(outcome) = ending.outcome {
            text.literal(b",\"outcome\":\"");
            text.push(outcome.as_bytes());
            text.literal(b"\"");
        }
        text.literal(b",\"durationNanos\":");
        text.number(ending.nanos);
        if let Some(busy) = ending.busy {
            text.literal(b",\"busyNanos\":");
            text.number(busy);
        }
    }

    /// Ends the line with what all lines have, and hands it on. `at` is the time it tells.
    #[inline(never)]
    pub(crate) fn finish(mut self: Box<Self>, local: &Local, frame: &Frame, at: u64) {
        let Self { texts, now, ids, truncated, .. } = &mut *self;
        ids.update(frame);
        let front = &mut texts[*now & 1];
        let below = front.stamp(at);
        if frame.self_type.is_empty() && !*truncated {
            front.text.write::<128>(|pen| {
                pen.literal(b",\"nanos\":");
                pen.below_million(below);
                ids.write(pen);
            });
        } else {
            self.write_long_end(frame, below);
        }
        let front = &mut self.texts[self.now & 1];
        if frame.context.listener != 0 {
            testing::deliver(frame.context.listener, front.text.as_bytes());
        } else if !callsite::ended()
            // asked again: the value's own code may have forked, and this be the child
            && let Some(sink) = config::tracer().sink()
        {
            sink.push(front.text.as_bytes());
        }
        if front.text.room() > LARGE {
            *front = Front::new();
        }
        local.end_line(self.nested, self);
    }

    #[inline(never)]
    fn write_long_end(&mut self, frame: &Frame, below: u64) {
        let Self { texts, now, ids, .. } = self;
        let text = &mut texts[*now & 1].text;
        text.literal(b",\"nanos\":");
        text.number(below);
        if !frame.self_type.is_empty() {
            text.literal(b",\"type\":\"");
            json::escape(self.types.get(frame.self_type, short_name), text);
            text.literal(b"\"");
        }
        if self.truncated {
            text.literal(b",\"truncated\":true");
        }
        text.write::<128>(|pen| ids.write(pen));
    }
}

/// A line that says how many lines before it are missing, and why.
pub(crate) fn lost(at: u64, count: u64, reason: &str) -> Vec<u8> {
    let mut text = Text::new();
    text.push(BEGIN);
    stamp(text.bytes_mut(), at);
    text.push(b",\"event\":\"LOST\",\"nanos\":");
    text.number(at % MILLI);
    text.push(b",\"count\":");
    text.number(count);
    text.push(b",\"reason\":\"");
    json::escape(reason, &mut text);
    text.push(b"\"}\n");
    text.as_bytes().to_vec()
}

/// Fills in milliseconds since the epoch: 13 digits until the year 2286; blanks stand before fewer.
fn stamp(line: &mut [u8], at: u64) {
    let mut rest = at / MILLI;
    for (i, place) in line[STAMP].iter_mut().rev().enumerate() {
        *place = if rest == 0 && i > 0 { b' ' } else { b'0' + u8::try_from(rest % 10).unwrap_or_default() };
        rest /= 10;
    }
}

/// `Stack` of `my_crate::Stack<alloc::string::String>`; of a type that has no path, such as a tuple,
/// all of it.
fn short_name(full: &str) -> &str {
    let (path, is_dyn) = full.strip_prefix("dyn ").map_or((full, false), |path| (path, true));
    if !path.starts_with(|c: char| c.is_alphabetic() || c == '_') || path.starts_with("fn(") {
        return full;
    }
    let path = path.split_once('<').map_or(path, |(path, _)| path);
    let path = if is_dyn { path.split(" + ").next().unwrap_or(path) } else { path };
    path.rsplit("::").next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_called_by_its_last_segment() {
        for (full, short) in [
            ("demo::product::ProductService", "ProductService"),
            ("demo::Stack<alloc::vec::Vec<demo::Item>>", "Stack"),
            ("u32", "u32"),
            ("dyn demo::Store + core::marker::Send", "Store"),
            ("(demo::A, demo::B)", "(demo::A, demo::B)"),
            ("[demo::A; 4]", "[demo::A; 4]"),
            ("&demo::A", "&demo::A"),
        ] {
            assert_eq!(short_name(full), short);
        }
    }

    #[test]
    fn a_lost_line_has_its_keys_in_order() {
        let line = String::from_utf8(lost(1_635_789_012_345_000_042, 7, "no space left")).unwrap();
        let expected =
            r#"{"timestamp":1635789012345,"event":"LOST","nanos":42,"count":7,"reason":"no space left"}"#;
        assert_eq!(line, format!("{expected}\n"));
    }

    #[test]
    fn an_early_clock_still_gives_json() {
        let line = String::from_utf8(lost(5_000_000, 1, "x")).unwrap();
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["timestamp"], 5);
    }
}
