//! The ids that stand at the end of a line.
#![expect(clippy::inline_always, reason = "a part of each line: a call of it costs what it does")]

use crate::text::{Pen, hex};

/// The ids at the end of a line, as they were written last: mostly those of the next line are the same in part.
///
/// The digits are kept and copied in the pieces in which they were made: a processor waits where it has to read what lies
/// across two writes of just now.
pub(super) struct Ids {
    trace: [u64; 2],
    span: u64,
    parent: u64,
    trace_digits: [[u8; 16]; 2],
    span_digits: [u8; 16],
    parent_digits: [u8; 16],
}

impl Ids {
    pub(super) const fn new() -> Self {
        let zeros = [b'0'; 16];
        Self {
            trace: [0; 2],
            span: 0,
            parent: 0,
            trace_digits: [zeros; 2],
            span_digits: zeros,
            parent_digits: zeros,
        }
    }

    /// Makes them those of the next line; `trace` has the high half first, and `parent` is 0 for a root.
    #[inline(always)]
    pub(super) fn update(&mut self, trace: [u64; 2], span: u64, parent: u64) {
        if trace != self.trace {
            self.trace = trace;
            let [high, low] = trace;
            self.trace_digits = [hex(high), hex(low)];
        }
        if parent != self.parent {
            self.parent = parent;
            // mostly its own line was the one before
            self.parent_digits = if parent == self.span { self.span_digits } else { hex(parent) };
        }
        if span != self.span {
            self.span = span;
            self.span_digits = hex(span);
        }
    }

    /// Writes them and the end of the line: 109 bytes or fewer.
    #[inline(always)]
    pub(super) fn write(&self, pen: &mut Pen<'_>) {
        let [high, low] = &self.trace_digits;
        pen.literal(b",\"traceId\":\"");
        pen.literal(high);
        pen.literal(low);
        pen.literal(b"\",\"spanId\":\"");
        pen.literal(&self.span_digits);
        if self.parent != 0 {
            pen.literal(b"\",\"parentSpanId\":\"");
            pen.literal(&self.parent_digits);
        }
        pen.literal(b"\"}\n");
    }
}
