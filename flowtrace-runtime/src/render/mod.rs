//! From a record to its line of JSON: the only place that knows docs/FORMAT.md.
//!
//! A line is made of nothing but its record and the dictionary, so that it is the same to the byte whoever renders it, and when.
mod count;
mod ids;
mod names;
mod stamp;
pub(crate) mod value;

use crate::record::decode::{Cursor, More};
use crate::record::encode::Head;
use crate::record::{Event, flag, halves, kept, kind, tag};
use crate::text::json;
use crate::text::{EIGHT, Text};
use ids::Ids;
use names::Names;
use stamp::Stamp;
pub(crate) use stamp::lost;
use value::Values;

/// A record can't be rendered: its bytes are none, or the dictionary lacks what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// Renders records, and keeps what the next line has in common with the last.
pub(crate) struct Renderer {
    names: Names,
    stamp: Stamp,
    ids: Ids,
    /// What [`Renderer::render`] writes to.
    line: Text,
}

impl Renderer {
    pub(crate) fn new() -> Self {
        Self { names: Names::default(), stamp: Stamp::new(), ids: Ids::new(), line: Text::new() }
    }

    /// Takes entries of the dictionary.
    pub(crate) fn learn(&mut self, entries: &[u8]) {
        self.names.learn(entries);
    }

    /// Appends the line of a record, LF included.
    ///
    /// # Errors
    /// The record can't be rendered; nothing is appended.
    pub(crate) fn render(&mut self, kind: u8, payload: &[u8], out: &mut Vec<u8>) -> Result<(), Unreadable> {
        let mut line = std::mem::replace(&mut self.line, Text::new());
        line.set_len(0);
        let rendered = self.render_to(kind, payload, &mut line);
        out.extend_from_slice(line.as_bytes());
        if line.room() <= LARGE {
            self.line = line;
        }
        rendered
    }

    /// The same, without a copy.
    #[inline]
    pub(crate) fn render_to(&mut self, kind: u8, payload: &[u8], out: &mut Text) -> Result<(), Unreadable> {
        if kind == kind::LINE {
            let len = payload.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            let line = payload.get(..len).filter(|line| line.ends_with(b"\n")).ok_or(Unreadable)?;
            out.push(line);
            return Ok(());
        }
        let (mut from, start) = (Cursor::new(payload), out.len());
        let rendered = if kind::is_count(kind) {
            self.count(kind, &mut from, out)
        } else {
            let (head, more) = from.head(kind).ok_or(Unreadable)?;
            self.call(&head, &more, kind, &mut from, out)
        };
        if rendered.is_none() {
            out.set_len(start);
        }
        rendered.ok_or(Unreadable)
    }

    #[inline]
    fn call(
        &mut self,
        head: &Head,
        more: &More<'_>,
        kind: u8,
        from: &mut Cursor<'_>,
        line: &mut Text,
    ) -> Option<()> {
        let Self { names, stamp, ids, .. } = self;
        let start = line.len();
        names.begin(head, more, line)?;
        let below = stamp.fill(line.bytes_mut().get_mut(start..)?, head.time);
        let function = names.function(head.callsite)?;
        match head.event {
            Event::Enter => {
                line.literal(b",\"args\":\"");
                let first = line.len();
                // one that was put off has none
                if from.peek() != Some(tag::TRUNCATED) {
                    for arg in &function.args {
                        // compiled out
                        if from.peek() == Some(tag::ABSENT) {
                            from.byte();
                            continue;
                        }
                        line.push(arg);
                        Values::new(names, line).value(from).ok()?;
                    }
                }
                // the first comma becomes a brace
                match line.bytes_mut().get_mut(first) {
                    Some(comma) => *comma = b'{',
                    None => line.literal(b"{"),
                }
                line.literal(b"}\"");
            }
            Event::Exit if from.peek() == Some(tag::ABSENT) || from.left() == 0 => {
                from.byte();
            }
            Event::Exit => {
                line.literal(b",\"result\":\"");
                Values::new(names, line).value(from).ok()?;
                line.literal(b"\"");
            }
            Event::Exception => {
                line.literal(b",\"exception\":\"");
                json::escape(from.string()?, line);
                line.literal(b"\"");
            }
        }
        if head.event != Event::Enter {
            ending(line, head, more);
        }
        let truncated = from.peek() == Some(tag::TRUNCATED);
        line.literal(b",\"nanos\":");
        line.write::<8>(|pen| pen.below_million(below));
        if head.event == Event::Enter {
            line.push(&function.source);
        }
        if kind & kind::MORE != 0 || truncated {
            names.type_of(more, line)?;
            if truncated {
                line.literal(b",\"truncated\":true");
            }
        }
        if more.kept != kept::WANTED && head.event == Event::Enter {
            line.literal(b",\"kept\":\"");
            line.push(match more.kept {
                kept::OPEN_TOO_LONG => b"open too long",
                kept::TOO_LARGE => b"too large",
                _ => b"flushed",
            });
            line.literal(b"\"");
        }
        let high = head.wide.unwrap_or_else(|| halves::high(head.trace, names.key));
        ids.update([high, head.trace], head.span, head.parent);
        line.write::<128>(|pen| ids.write(pen));
        Some(())
    }
}

/// A buffer larger than this is given back to the allocator.
const LARGE: usize = 64 * 1024;

/// How a call ended.
#[inline]
fn ending(line: &mut Text, head: &Head, more: &More<'_>) {
    let outcome = match head.event {
        Event::Exception => "panic",
        _ if more.flags & flag::ERROR != 0 => "error",
        _ if more.flags & flag::CANCELLED != 0 => "cancelled",
        _ => "",
    };
    if outcome.is_empty() && more.flags & flag::BUSY == 0 && head.nanos < EIGHT {
        line.write::<64>(|pen| {
            pen.literal(b",\"durationMicros\":");
            pen.thousandth_and_number(head.nanos, b",\"durationNanos\":");
        });
        return;
    }
    line.literal(b",\"durationMicros\":");
    line.number(head.nanos / 1000);
    if !outcome.is_empty() {
        line.literal(b",\"outcome\":\"");
        line.push(outcome.as_bytes());
        line.literal(b"\"");
    }
    line.literal(b",\"durationNanos\":");
    line.number(head.nanos);
    if more.flags & flag::BUSY != 0 {
        line.literal(b",\"busyNanos\":");
        line.number(more.busy);
    }
}

#[cfg(test)]
mod tests;
