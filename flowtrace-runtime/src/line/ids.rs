//! The ids that stand at the end of a line.
#![expect(clippy::inline_always, reason = "a part of `Line::finish`, which says why")]

use crate::local::Frame;
use crate::text::{Pen, hex};

/// The ids at the end of a line, as they were written last: mostly those of the next line are the same in part.
///
/// The digits are kept and copied in the pieces in which they were made: a processor waits where it has to read what lies
/// across two writes of just now.
pub(super) struct Ids {
    trace: u128,
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
            trace: 0,
            span: 0,
            parent: 0,
            trace_digits: [zeros; 2],
            span_digits: zeros,
            parent_digits: zeros,
        }
    }

    /// Makes them those of `frame`.
    #[inline(always)]
    pub(super) fn update(&mut self, frame: &Frame) {
        // no two calls share a span id
        if frame.context.span == self.span && frame.parent == self.parent {
            return;
        }
        let trace = frame.context.trace;
        if trace != self.trace {
            self.trace = trace;
            #[expect(clippy::cast_possible_truncation, reason = "the halves are meant")]
            let (high, low) = ((trace >> 64) as u64, trace as u64);
            self.trace_digits = [hex(high), hex(low)];
        }
        if frame.parent != self.parent {
            self.parent = frame.parent;
            if frame.parent == self.span {
                // its own line was the one before
                self.parent_digits = self.span_digits;
            } else if frame.parent != 0 {
                self.parent_digits = hex(frame.parent);
            }
        }
        if frame.context.span != self.span {
            self.span = frame.context.span;
            self.span_digits = hex(self.span);
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
