//! The timestamp of a line, and the line that tells of lost ones.
#![expect(clippy::inline_always, reason = "a part of each line: a call of it costs what it does")]

use crate::text::json;
use crate::text::{Text, three};

/// Where the digits of the timestamp stand.
const DIGITS: std::ops::Range<usize> = 13..26;
/// The front of each line, with blanks in their place.
pub(super) const BEGIN: &[u8; 26] = b"{\"timestamp\":             ";
const MILLI: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
/// No second began then, nor will in a while.
const NEVER: u64 = 1 << 63;
/// From here on seconds have ten digits: the year 2001.
const TEN_DIGITS: u64 = 1_000_000_000 * SECOND;

/// The digits of the second that the last line stood in.
pub(super) struct Stamp {
    /// When it began; `NEVER` where there are none.
    second: u64,
    digits: [u8; 10],
}

impl Stamp {
    pub(super) const fn new() -> Self {
        Self { second: NEVER, digits: [b' '; 10] }
    }

    /// Fills the digits in at the front of a line; what is below the millisecond is returned, for its end.
    #[inline(always)]
    pub(super) fn fill(&mut self, line: &mut [u8], at: u64) -> u64 {
        let since = at.wrapping_sub(self.second);
        if since >= SECOND {
            return self.next_second(line, at);
        }
        let milli = since / MILLI;
        if let Some(place) = line.get_mut(DIGITS) {
            place[..10].copy_from_slice(&self.digits);
            place[10..].copy_from_slice(&three(milli));
        }
        since - milli * MILLI
    }

    #[cold]
    fn next_second(&mut self, line: &mut [u8], at: u64) -> u64 {
        fill(line, at);
        self.digits.copy_from_slice(&line[DIGITS.start..DIGITS.end - 3]);
        self.second = if at < TEN_DIGITS { NEVER } else { at - at % SECOND };
        at % MILLI
    }
}

/// Fills in milliseconds since the epoch: 13 digits until the year 2286; blanks stand before fewer.
fn fill(line: &mut [u8], at: u64) {
    let mut rest = at / MILLI;
    for (i, place) in line[DIGITS].iter_mut().rev().enumerate() {
        *place = if rest == 0 && i > 0 { b' ' } else { b'0' + u8::try_from(rest % 10).unwrap_or_default() };
        rest /= 10;
    }
}

/// A line that says how many lines before it are missing, and why.
pub(crate) fn lost(at: u64, count: u64, reason: &str) -> Vec<u8> {
    let mut text = Text::new();
    text.push(BEGIN);
    fill(text.bytes_mut(), at);
    text.push(b",\"event\":\"LOST\",\"nanos\":");
    text.number(at % MILLI);
    text.push(b",\"count\":");
    text.number(count);
    text.push(b",\"reason\":\"");
    json::escape(reason, &mut text);
    text.push(b"\"}\n");
    text.as_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn the_digits_are_those_of_the_time_in_any_order_of_times() {
        let mut stamp = Stamp::new();
        for at in [
            1_635_789_012_345_000_042,
            1_635_789_012_999_999_999,
            1_635_789_013_000_000_000,
            7,
            1_635_789_012_000_000_001,
        ] {
            let mut line = BEGIN.to_vec();
            assert_eq!(stamp.fill(&mut line, at), at % MILLI);
            assert_eq!(String::from_utf8_lossy(&line[DIGITS]).trim(), (at / MILLI).to_string());
        }
    }
}
