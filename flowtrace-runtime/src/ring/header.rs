//! The word that begins each record of a ring.
//!
//! ```text
//! 63                32 31   26 25          0
//! | check of the place | kind | words behind |
//! ```
//!
//! The check depends on the position and on a random number of the ring. Whatever bytes a payload holds, a word of it is
//! taken for a header with odds of 1 to 2³² at most; a header that is copied to another place of the ring is none there.

/// The unit of places: a header's size.
pub(crate) const WORD: u64 = 8;
/// The kind of a record that is kept outside of the ring. Kind 0 is none; what the others mean is not the ring's business.
pub(crate) const LARGE: u8 = 63;
/// The kind of a record that the reader has dropped: whoever comes to it passes over.
pub(crate) const DROPPED: u8 = 30;
/// How many bytes a payload has at most.
pub(crate) const LONGEST: u64 = WORDS * WORD;

const KIND: u32 = 26;
const WORDS: u64 = (1 << KIND) - 1;
const CHECK: u64 = !0 << 32;
/// 2⁶⁴ divided by the golden ratio: of all numbers it keeps the checks of places near each other farthest apart, so
/// that two of them are never the same within a gigabyte.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// What a committed record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: u8,
    /// The bytes behind it, in whole words.
    pub(crate) len: u64,
}

impl Header {
    /// The word that says so at `at`.
    #[inline]
    pub(crate) fn word(self, at: u64, key: u64) -> u64 {
        debug_assert!(
            (1..=LARGE).contains(&self.kind) && self.len <= LONGEST && self.len.is_multiple_of(WORD)
        );
        check(at, key) | (u64::from(self.kind) << KIND) | (self.len / WORD)
    }

    /// What the word at `at` says, if it is a header.
    #[inline]
    pub(crate) fn parse(word: u64, at: u64, key: u64) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, reason = "what is above the kind is cut off by the mask")]
        let kind = (word >> KIND) as u8 & LARGE;
        (word & CHECK == check(at, key) && kind != 0).then_some(Self { kind, len: (word & WORDS) * WORD })
    }

    /// The bytes that the record takes in the ring.
    #[inline]
    pub(crate) fn size(self) -> u64 {
        WORD + self.len
    }
}

#[inline]
fn check(at: u64, key: u64) -> u64 {
    (at ^ key).wrapping_mul(SPREAD) & CHECK
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::thread::id::mix;

    #[test]
    fn a_header_reads_back_at_its_place_and_nowhere_else() {
        for n in 0..2000 {
            let (at, key) = (mix(n) & !7, mix(n << 32));
            let header = Header { kind: (n % 63) as u8 + 1, len: (mix(n) & WORDS) * WORD };
            let word = header.word(at, key);
            assert_eq!(Header::parse(word, at, key), Some(header));
            for bit in 3..30 {
                assert_eq!(Header::parse(word, at ^ 1 << bit, key), None);
            }
            assert_eq!(Header::parse(word, at.wrapping_add(8 * (n + 1)), key), None);
        }
    }

    #[test]
    fn kind_0_is_no_record() {
        assert_eq!(Header::parse(check(8, 5) | 3, 8, 5), None);
        assert_eq!(Header::parse(0, 0, 0), None);
    }
}
