//! Writes records and values.
#![expect(clippy::inline_always, reason = "each piece is a few stores: a call of one costs what it does")]

use super::{Event, INLINE, LAST, flag, kind, tag};
use crate::text::{Pen, Text};

/// What a record begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) event: Event,
    pub(crate) callsite: u32,
    pub(crate) thread: u32,
    pub(crate) time: u64,
    pub(crate) span: u64,
    /// 0 for a root.
    pub(crate) parent: u64,
    pub(crate) trace: u64,
    /// The high half of the trace id, if it does not follow from the low one.
    pub(crate) wide: Option<u64>,
    /// Of an EXIT or EXCEPTION.
    pub(crate) nanos: u64,
}

/// What few records have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct More<'a> {
    /// `flag::ERROR`, `flag::CANCELLED`, or neither.
    pub(crate) outcome: u32,
    pub(crate) busy: Option<u64>,
    /// The number of the type in the dictionary.
    pub(crate) type_number: Option<u32>,
    /// The type's name, if it has no number.
    pub(crate) type_name: Option<&'a str>,
    /// The thread's label, if it has no number.
    pub(crate) label: Option<&'a str>,
}

impl Head {
    /// Begins a record in `out`, which is empty, and returns its kind.
    #[inline(always)]
    pub(crate) fn write(&self, out: &mut Text) -> u8 {
        let mut kind = kind::CALL | self.event as u8;
        out.write::<72>(|pen| {
            pen.word(u64::from(self.callsite) | u64::from(self.thread) << 32);
            pen.word(self.time);
            pen.word(self.span);
            pen.word(self.trace);
            if let Some(high) = self.wide {
                kind |= kind::WIDE;
                pen.word(high);
            }
            if self.parent == 0 {
                kind |= kind::ROOT;
            } else {
                pen.word(self.parent);
            }
            if self.event != Event::Enter {
                pen.word(self.nanos);
            }
        });
        kind
    }
}

impl More<'_> {
    /// Appends it to the head of a record and returns the bit for its kind.
    #[inline(never)]
    pub(crate) fn write(&self, out: &mut Text) -> u8 {
        let Self { outcome, busy, type_number, type_name, label } = *self;
        let set = |is: bool, flag| if is { flag } else { 0 };
        let flags = outcome
            | set(busy.is_some(), flag::BUSY)
            | set(type_number.is_some(), flag::TYPE)
            | set(type_name.is_some(), flag::TYPE_NAME)
            | set(label.is_some(), flag::LABEL);
        out.write::<24>(|pen| {
            pen.word(u64::from(flags) | u64::from(type_number.unwrap_or(0)) << 32);
            if let Some(busy) = busy {
                pen.word(busy);
            }
        });
        for text in [type_name, label].into_iter().flatten() {
            string(out, text);
        }
        kind::MORE
    }
}

#[inline(always)]
fn with_word(pen: &mut Pen<'_>, tag: u8, word: u64) {
    pen.literal(&[tag]);
    pen.word(word);
}

/// A value that is its tag.
#[inline(always)]
pub(crate) fn bare(out: &mut Text, tag: u8) {
    out.literal(&[tag]);
}

#[inline(always)]
pub(crate) fn unsigned(out: &mut Text, number: u64) {
    out.write::<16>(|pen| match u8::try_from(number) {
        Ok(small) => pen.literal(&[tag::SMALL, small]),
        Err(_) => with_word(pen, tag::UNSIGNED, number),
    });
}

#[inline(always)]
pub(crate) fn signed(out: &mut Text, number: i64) {
    if number < 0 {
        out.write::<16>(|pen| with_word(pen, tag::NEGATIVE, number.unsigned_abs()));
    } else {
        unsigned(out, number.unsigned_abs());
    }
}

pub(crate) fn float(out: &mut Text, number: f32) {
    out.literal(&[tag::FLOAT]);
    out.literal(&number.to_ne_bytes());
}

#[inline(always)]
pub(crate) fn double(out: &mut Text, number: f64) {
    out.write::<16>(|pen| with_word(pen, tag::DOUBLE, number.to_bits()));
}

#[inline(always)]
pub(crate) fn string(out: &mut Text, text: &str) {
    match u8::try_from(text.len()) {
        Ok(len) => out.push_behind([tag::SHORT, len], text.as_bytes()),
        Err(_) => long(out, tag::STRING, text),
    }
}

/// A string in pieces.
pub(crate) fn pieces<const N: usize>(out: &mut Text, pieces: [&str; N]) {
    begin_long(out, tag::STRING);
    let from = out.len();
    for piece in pieces {
        out.push(piece.as_bytes());
    }
    end_long(out, from);
}

/// A text of any length behind `tag`.
#[inline(never)]
pub(crate) fn long(out: &mut Text, tag: u8, text: &str) {
    begin_long(out, tag);
    let from = out.len();
    out.push(text.as_bytes());
    end_long(out, from);
}

/// Begins a text whose length is not known yet.
pub(crate) fn begin_long(out: &mut Text, tag: u8) {
    out.literal(&[tag, 0, 0, 0, 0]);
}

/// Ends the text that began at `from`.
pub(crate) fn end_long(out: &mut Text, from: usize) {
    let len = u32::try_from(out.len() - from).unwrap_or(u32::MAX);
    if let Some(place) = out.bytes_mut().get_mut(from - 4..from) {
        place.copy_from_slice(&len.to_ne_bytes());
    }
}

/// A field's name, before its value; `number` is its place in the dictionary, or `INLINE`.
#[inline(always)]
pub(crate) fn field(out: &mut Text, number: u16, name: &str) {
    out.literal(&number.to_ne_bytes());
    if number == INLINE {
        string(out, name);
    }
}

/// Ends the fields.
#[inline(always)]
pub(crate) fn end_fields(out: &mut Text) {
    out.literal(&LAST.to_ne_bytes());
}
