//! Quotes in quotes: `"` at the first level, `\"` at the second, `\\\"` at the third, as `Debug` and JSON write them.

/// A quote and the backslashes before it.
#[derive(Clone, Copy)]
pub(super) struct Quote {
    /// Where the backslashes begin that are its own.
    pub(super) start: usize,
    /// Behind it.
    pub(super) end: usize,
    level: u32,
}

impl Quote {
    /// The quote at `at`, which has one.
    pub(super) fn at(bytes: &[u8], at: usize) -> Self {
        if at == 0 || bytes[at - 1] != b'\\' {
            return Self { start: at, end: at + 1, level: 0 };
        }
        let slashes = bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        // each level doubles the backslashes and adds one; the rest of them stand for backslashes
        let level = slashes.trailing_ones();
        let own = (1_usize << level) - 1;
        Self { start: at - own, end: at + 1, level }
    }

    /// The quote that stands at `from`, backslashes and all.
    pub(super) fn starting(bytes: &[u8], from: usize) -> Option<Self> {
        let slashes = bytes.get(from..)?.iter().take_while(|byte| **byte == b'\\').count();
        let at = from + slashes;
        let quote = (bytes.get(at) == Some(&b'"')).then(|| Self::at(bytes, at))?;
        (quote.start == from && !quote.is_char(bytes)).then_some(quote)
    }

    /// Whether it is the one character of a `'"'`.
    pub(super) fn is_char(self, bytes: &[u8]) -> bool {
        bytes[..self.start].ends_with(b"'") && bytes[self.end..].starts_with(b"'")
    }

    /// The next quote from `from` on.
    pub(super) fn next(bytes: &[u8], from: usize) -> Option<Self> {
        let at = bytes.get(from..)?.iter().position(|byte| *byte == b'"')?;
        Some(Self::at(bytes, from + at))
    }

    /// The one that closes this, or closes what is around it.
    pub(super) fn close(self, bytes: &[u8]) -> Option<Self> {
        let mut from = self.end;
        loop {
            let quote = Self::next(bytes, from)?;
            if quote.level <= self.level {
                return Some(quote);
            }
            from = quote.end;
        }
    }

    /// The one that this closes, if it is near.
    pub(super) fn opening(self, bytes: &[u8], near: usize) -> Option<Self> {
        let least = self.start.saturating_sub(near);
        let mut before = self.start;
        loop {
            let at = bytes[least..before].iter().rposition(|byte| *byte == b'"')? + least;
            let quote = Self::at(bytes, at);
            if quote.level <= self.level {
                return (quote.level == self.level).then_some(quote);
            }
            before = at;
        }
    }

    /// Whether it closes a string that is open.
    pub(super) fn closes(self, open: u32) -> bool {
        open.checked_shr(self.level).unwrap_or(0) != 0
    }

    /// What is open behind it.
    pub(super) fn toggle(self, open: u32) -> u32 {
        let bit = 1_u32.checked_shl(self.level).unwrap_or(0);
        let around = open & bit.wrapping_sub(1);
        if open & bit != 0 { around } else { around | bit }
    }
}
