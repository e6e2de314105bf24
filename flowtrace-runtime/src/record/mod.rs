//! What a call writes down: the least that its line can be rendered from. The only place that knows how a record is laid out.
//!
//! A record is a kind of 6 bits, which the ring keeps, and a payload of whole words of 8 bytes, in the byte order of the machine:
//!
//! | word | on |
//! |---|---|
//! | callsite (low half; its highest two bits are one of [`kept`]), thread (high half) | all |
//! | time, nanoseconds since the Unix epoch | all |
//! | span id | all |
//! | low half of the trace id | all |
//! | high half of the trace id | `WIDE`: it does not follow from the low half |
//! | parent's span id | all but `ROOT` |
//! | duration, nanoseconds | EXIT and EXCEPTION |
//! | flags (low half) and type (high half), then what the flags announce | `MORE` |
//!
//! Behind them stand values, each a tag and what it needs, without gaps: the arguments in the order of the callsite's names
//! ([`tag::ABSENT`] for one that a `cfg` compiled out), or the result ([`tag::ABSENT`] where it is not shown), or the panic's message; and last [`tag::TRUNCATED`] where a value was cut. Zeros fill
//! the last word. Numbers name entries of the [`dictionary`].
//!
//! An ENTER that was put off has [`tag::TRUNCATED`] in place of its arguments.
//!
//! A record of calls that were left out has other words: callsite and thread; time; unless `ROOT`, the caller's trace id (the high half
//! only if `WIDE`) and span id; the number of calls, their nanoseconds in total, of the shortest and of the longest; the reason; then
//! flags and type, if `MORE`.
pub(crate) mod count;
pub(crate) mod decode;
pub(crate) mod dictionary;
pub(crate) mod encode;
pub(crate) mod halves;

/// What a record tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Enter = 0,
    Exit = 1,
    Exception = 2,
}

/// The bits of a kind.
pub(crate) mod kind {
    /// It is a line already, LF included.
    pub(crate) const LINE: u8 = 1;
    /// It is a record of a call; its two low bits are the event.
    pub(crate) const CALL: u8 = 0x20;
    pub(crate) const EVENT: u8 = 3;
    /// In place of an event: the record is of calls that were left out, see [`super::count`].
    pub(crate) const COUNT: u8 = 3;
    /// The call has no parent.
    pub(crate) const ROOT: u8 = 4;
    /// The trace id came from elsewhere.
    pub(crate) const WIDE: u8 = 8;
    /// There are flags.
    pub(crate) const MORE: u8 = 16;

    /// Whether it is a record of calls that were left out. One of roots has no trace id, so that its kind is never the one that
    /// the ring has for itself, in which all bits are set.
    pub(crate) fn is_count(kind: u8) -> bool {
        kind & (CALL | EVENT) == CALL | COUNT && kind & (ROOT | WIDE) != ROOT | WIDE
    }
}

/// The flags of a record.
pub(crate) mod flag {
    /// The call returned an `Err`.
    pub(crate) const ERROR: u32 = 1;
    /// Its future was dropped before it was ready.
    pub(crate) const CANCELLED: u32 = 2;
    /// A word follows: the nanoseconds inside of `poll`.
    pub(crate) const BUSY: u32 = 4;
    /// The high half of the flags' word is the type of the call's `Self`.
    pub(crate) const TYPE: u32 = 8;
    /// A string follows: the type's full name, which is not in the dictionary.
    pub(crate) const TYPE_NAME: u32 = 16;
    /// A string follows: the thread's label, which is not in the dictionary.
    pub(crate) const LABEL: u32 = 32;
}

/// Why a tree of calls is kept where only some are. All but the first stand in the record of the ENTER that it begins with.
pub(crate) mod kept {
    /// One of its calls failed or was slow.
    pub(crate) const WANTED: u64 = 0;
    /// It was open so long that nobody waited for its end.
    pub(crate) const OPEN_TOO_LONG: u64 = 1;
    /// There was no room for its records to wait.
    pub(crate) const TOO_LARGE: u64 = 2;
    /// Somebody waited for it to be written.
    pub(crate) const FLUSHED: u64 = 3;

    /// Which bits of a record's first word say so: the highest two of the callsite's number, which has fewer digits.
    pub(crate) fn mark(kept: u64) -> u64 {
        kept << PLACE
    }

    pub(super) const PLACE: u32 = 30;
}

/// What a value begins with.
pub(crate) mod tag {
    /// No value.
    pub(crate) const ABSENT: u8 = 0;
    pub(crate) const NULL: u8 = 1;
    pub(crate) const FALSE: u8 = 2;
    pub(crate) const TRUE: u8 = 3;
    /// A number in one byte.
    pub(crate) const SMALL: u8 = 4;
    /// A number in eight.
    pub(crate) const UNSIGNED: u8 = 5;
    /// One below zero: what it lacks to zero, in eight bytes.
    pub(crate) const NEGATIVE: u8 = 6;
    pub(crate) const FLOAT: u8 = 7;
    pub(crate) const DOUBLE: u8 = 8;
    /// A string: its length in one byte, then its text.
    pub(crate) const SHORT: u8 = 9;
    /// A string: its length in four bytes, then its text.
    pub(crate) const STRING: u8 = 10;
    /// JSON as the value had it: length in four bytes, text.
    pub(crate) const JSON: u8 = 11;
    /// What stands in the line, rendered and escaped already: length in four bytes, text.
    pub(crate) const DONE: u8 = 12;
    /// The payload of an `Ok` follows.
    pub(crate) const OK: u8 = 13;
    /// The payload of an `Err` follows.
    pub(crate) const ERR: u8 = 14;
    /// Values follow up to `END`.
    pub(crate) const LIST: u8 = 15;
    /// Keys and values in turn follow up to `END`.
    pub(crate) const MAP: u8 = 16;
    /// Names (two bytes) and values in turn follow up to the name `LAST`.
    pub(crate) const FIELDS: u8 = 17;
    pub(crate) const END: u8 = 18;
    /// It must not be shown.
    pub(crate) const REDACTED: u8 = 19;
    /// A value of this record was cut.
    pub(crate) const TRUNCATED: u8 = 20;
}

/// In place of a field's name: there is no further field.
pub(crate) const LAST: u16 = u16::MAX;
/// In place of a field's name: it follows as a string, since it is not in the dictionary.
pub(crate) const INLINE: u16 = u16::MAX - 1;
/// Where in the payload the time stands.
pub(crate) const TIME: usize = 8;
/// In place of a thread's number: its label is in the record.
pub(crate) const NO_THREAD: u32 = u32::MAX;
/// Set in the number of a thread without a name: the rest is its number among those.
pub(crate) const UNNAMED: u32 = 1 << 31;
