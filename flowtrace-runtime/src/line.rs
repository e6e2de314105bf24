//! One line of the trace, written key by key in the order that docs/FORMAT.md gives.
use crate::callsite::{self, Callsite};
use crate::capture::{Slot, json};
use crate::config;
use crate::local::{Frame, Local};
use crate::testing;

/// Where the digits of the timestamp stand: they are filled in last, when the line is finished.
const STAMP: std::ops::Range<usize> = 13..26;
const BEGIN: &[u8] = b"{\"timestamp\":             ,\"event\":\"";

/// A line being written.
pub(crate) struct Line {
    buf: Vec<u8>,
    truncated: bool,
    /// It was begun while another was being written.
    nested: bool,
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
    /// Begins a line of `callsite`; the thread counts as capturing until [`Line::finish`].
    pub(crate) fn begin(local: &Local, event: &str, callsite: &Callsite) -> Self {
        let (mut buf, label, nested) = local.begin_line();
        for part in [BEGIN, event.as_bytes(), b"\"", label.as_bytes(), callsite.head.as_bytes()] {
            buf.extend_from_slice(part);
        }
        Self { buf, truncated: false, nested }
    }

    /// Appends JSON as it stands.
    pub(crate) fn json(&mut self, json: &str) {
        self.buf.extend_from_slice(json.as_bytes());
    }

    /// Appends text for the inside of a string.
    pub(crate) fn text(&mut self, text: &str) {
        json::escape(text, &mut self.buf);
    }

    fn number(&mut self, key: &str, number: u64) {
        self.json(key);
        self.json(itoa::Buffer::new().format(number));
    }

    /// A place for a value, inside of a string.
    pub(crate) fn slot(&mut self) -> Slot<'_> {
        let tracer = config::tracer();
        Slot {
            out: &mut self.buf,
            budget: tracer.budget,
            redact: &tracer.redact,
            truncated: &mut self.truncated,
        }
    }

    /// Appends a text that is cut at the byte budget.
    pub(crate) fn short_text(&mut self, text: &str) {
        let fits = text.floor_char_boundary(config::tracer().budget.min(text.len()));
        self.text(&text[..fits]);
        if fits < text.len() {
            self.text("…");
            self.truncated = true;
        }
    }

    /// Appends how the call ended.
    pub(crate) fn ending(&mut self, ending: Ending) {
        self.number(",\"durationMicros\":", ending.nanos / 1000);
        if let Some(outcome) = ending.outcome {
            self.json(",\"outcome\":\"");
            self.json(outcome);
            self.json("\"");
        }
        self.number(",\"durationNanos\":", ending.nanos);
        if let Some(busy) = ending.busy {
            self.number(",\"busyNanos\":", busy);
        }
    }

    /// Ends the line with what all lines have, and hands it on. `at` is the time it tells.
    pub(crate) fn finish(mut self, local: &Local, frame: &Frame, at: u64) {
        stamp(&mut self.buf, at);
        self.number(",\"nanos\":", at % 1_000_000);
        if !frame.self_type.is_empty() {
            self.json(",\"type\":\"");
            self.text(short_name(frame.self_type));
            self.json("\"");
        }
        if self.truncated {
            self.json(",\"truncated\":true");
        }
        self.json(",\"traceId\":\"");
        hex(&mut self.buf, frame.context.trace, 32);
        self.json("\",\"spanId\":\"");
        hex(&mut self.buf, frame.context.span.into(), 16);
        if frame.parent != 0 {
            self.json("\",\"parentSpanId\":\"");
            hex(&mut self.buf, frame.parent.into(), 16);
        }
        self.json("\"}\n");
        if frame.context.listener != 0 {
            testing::deliver(frame.context.listener, &self.buf);
        } else if !callsite::ended()
            && let Some(sink) = config::tracer().sink()
        {
            sink.push(&self.buf);
        }
        local.end_line(self.buf, self.nested);
    }
}

/// A line that says how many lines before it are missing, and why.
pub(crate) fn lost(at: u64, count: u64, reason: &str) -> Vec<u8> {
    let mut line = Line { buf: BEGIN.to_vec(), truncated: false, nested: false };
    stamp(&mut line.buf, at);
    line.json("LOST\"");
    line.number(",\"nanos\":", at % 1_000_000);
    line.number(",\"count\":", count);
    line.json(",\"reason\":\"");
    line.text(reason);
    line.json("\"}\n");
    line.buf
}

/// Fills in milliseconds since the epoch: 13 digits until the year 2286; blanks stand before fewer.
fn stamp(buf: &mut [u8], at: u64) {
    let mut rest = at / 1_000_000;
    for digit in buf[STAMP].iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
}

fn hex(buf: &mut Vec<u8>, number: u128, digits: u32) {
    buf.extend(
        (0..digits).rev().map(|i| json::HEX[usize::try_from(number >> (4 * i) & 0xf).unwrap_or_default()]),
    );
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
