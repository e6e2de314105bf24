//! The record of calls that were left out: how it is written, and read.
use super::decode::{Cursor, More};
use super::kind;
use crate::text::Text;

/// What it begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) callsite: u32,
    pub(crate) thread: u32,
    pub(crate) time: u64,
    /// The caller, and the halves of its trace id; the high one if it does not follow from the low one.
    pub(crate) caller: Option<(u64, u64, Option<u64>)>,
    pub(crate) calls: u64,
    pub(crate) total: u64,
    pub(crate) min: u64,
    pub(crate) max: u64,
    pub(crate) reason: u64,
}

/// The calls are of a hot function.
pub(crate) const THINNED: u64 = 0;
/// The output has taken as many bytes as it may.
pub(crate) const OUTPUT_FULL: u64 = 1;

impl Count {
    /// Begins a record in `out`, which is empty, and returns its kind.
    pub(crate) fn write(&self, out: &mut Text) -> u8 {
        let mut kind = kind::CALL | kind::COUNT;
        out.write::<80>(|pen| {
            pen.word(u64::from(self.callsite) | u64::from(self.thread) << 32);
            pen.word(self.time);
            match self.caller {
                None => kind |= kind::ROOT,
                Some((span, low, high)) => {
                    pen.word(low);
                    if let Some(high) = high {
                        kind |= kind::WIDE;
                        pen.word(high);
                    }
                    pen.word(span);
                }
            }
            for word in [self.calls, self.total, self.min, self.max, self.reason] {
                pen.word(word);
            }
        });
        kind
    }
}

impl<'a> Cursor<'a> {
    /// Reads the head of a record of `kind`, if that is one of calls that were left out.
    pub(crate) fn count(&mut self, kind: u8) -> Option<(Count, More<'a>)> {
        let numbers = self.word()?;
        #[expect(clippy::cast_possible_truncation, reason = "the halves are meant")]
        let (callsite, thread) = (numbers as u32, (numbers >> 32) as u32);
        let time = self.word()?;
        let caller = if kind & kind::ROOT == 0 {
            let low = self.word()?;
            let high = if kind & kind::WIDE == 0 { None } else { Some(self.word()?) };
            Some((self.word()?, low, high))
        } else {
            None
        };
        let (calls, total) = (self.word()?, self.word()?);
        let (min, max, reason) = (self.word()?, self.word()?, self.word()?);
        let more = self.more_of(kind)?;
        Some((Count { callsite, thread, time, caller, calls, total, min, max, reason }, more))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_reads_back_and_has_a_kind_of_its_own() {
        for caller in [None, Some((3, 5, None)), Some((3, 5, Some(7)))] {
            let count = Count {
                callsite: 1,
                thread: 2,
                time: 4,
                caller,
                calls: 6,
                total: 8,
                min: 9,
                max: 10,
                reason: 1,
            };
            let mut text = Text::new();
            let kind = count.write(&mut text);
            assert!(kind::is_count(kind) && kind::is_count(kind | kind::MORE));
            assert_ne!(kind | kind::MORE, crate::ring::header::LARGE);
            assert_eq!(Cursor::new(text.as_bytes()).count(kind), Some((count, More::default())));
            assert_eq!(Cursor::new(text.as_bytes()).head(kind), None);
        }
        assert!(!kind::is_count(kind::LINE) && !kind::is_count(kind::CALL | 2));
    }
}
