//! Times, names and values as people read them.
use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::read::{Path, Text};

/// A span of time in three digits: `7.18 µs`, `452 µs`, `1.20 ms`.
pub(crate) fn duration(nanos: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000, "µs"), (1_000_000, "ms"), (1_000_000_000, "s")];
    if nanos < 1_000 {
        return format!("{nanos} ns");
    }
    for (unit, name) in UNITS {
        for (decimals, scale) in [(2, 100), (1, 10), (0, 1)] {
            let rounded = (u128::from(nanos) * scale + u128::from(unit / 2)) / u128::from(unit);
            if rounded < 1_000 {
                let (whole, part) = (rounded / scale, rounded % scale);
                return match decimals {
                    0 => format!("{whole} {name}"),
                    _ => format!("{whole}.{part:0decimals$} {name}"),
                };
            }
        }
    }
    format!("{} s", nanos / 1_000_000_000)
}

/// Reads what [`duration`] writes and what people write: `5ms`, `1.5 s`, `200us`.
pub(crate) fn parse_duration(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let unit = match unit.trim_start() {
        "ns" => 1.0,
        "us" | "µs" | "μs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        _ => return Err("expected a number with a unit of ns, us, ms or s, such as `5ms`".to_owned()),
    };
    let number: f64 = number.parse().map_err(|_| "expected a number before the unit".to_owned())?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates, and has no sign
    Ok((number * unit).round() as u64)
}

/// A moment, in UTC: `2026-11-24 06:22:16.083462`.
pub(crate) fn moment(nanos: u64) -> String {
    let (days, within) = (nanos / 86_400_000_000_000, nanos % 86_400_000_000_000);
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02} {}", time_of_day(within))
}

/// The time of day of a moment: `06:22:16.083462`.
pub(crate) fn time_of_day(nanos: u64) -> String {
    let micros = nanos / 1_000 % 86_400_000_000;
    let seconds = micros / 1_000_000;
    format!("{:02}:{:02}:{:02}.{:06}", seconds / 3_600, seconds / 60 % 60, seconds % 60, micros % 1_000_000)
}

/// Year, month and day of a day since 1970-01-01, in the Gregorian calendar.
fn civil(mut days: u64) -> (u64, u64, u64) {
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (year, month, days + 1)
}

/// The whole path of a function: `shop::sql::Store::select`.
pub(crate) fn path(path: &Path<'_>) -> String {
    let mut out = path.module.decoded().into_owned();
    for part in path.self_type.into_iter().chain([path.function]) {
        out.push_str("::");
        out.push_str(&part.decoded());
    }
    out
}

/// The part of a path that people call a function by: `Store::select`, `sql::connect`.
pub(crate) fn short(path: &str) -> &str {
    let mut ends = path.rmatch_indices("::").map(|(at, _)| at + 2);
    let _function = ends.next();
    ends.next().map_or(path, |at| &path[at..])
}

/// A number with its thousands apart: `813,258`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The members of a JSON object in order, their values as they stand.
pub(crate) struct Pairs<'a>(pub(crate) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry::<Name<'de>, _>()? {
                    pairs.push((pair.0.0, pair.1));
                }
                Ok(Pairs(pairs))
            }
        }

        #[derive(Deserialize)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

        deserializer.deserialize_map(Members)
    }
}

/// `text` with nothing in it that a terminal would obey: control characters and marks that turn the writing
/// direction are written as escapes.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_harmful(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

fn is_harmful(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What a name in a trace says, fit to be shown.
pub(crate) fn name(text: Text<'_>) -> String {
    harmless(&text.decoded()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits() {
        for (nanos, text) in [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1.00 µs"),
            (7_183, "7.18 µs"),
            (45_250, "45.3 µs"),
            (452_044, "452 µs"),
            (999_499, "999 µs"),
            (999_500, "1.00 ms"),
            (59_999_000_000, "60.0 s"),
            (7_200_000_000_000, "7200 s"),
            (u64::MAX, "18446744073 s"),
        ] {
            assert_eq!(duration(nanos), text);
        }
    }

    #[test]
    fn durations_are_read_with_their_unit() {
        for (text, nanos) in [("5ms", 5_000_000), ("1.5 s", 1_500_000_000), ("200us", 200_000), ("7ns", 7)] {
            assert_eq!(parse_duration(text), Ok(nanos), "{text}");
        }
        for text in ["5", "ms", "5 parsecs", "", "-1ms", "1.2.3s"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn moments_are_in_utc() {
        assert_eq!(moment(0), "1970-01-01 00:00:00.000000");
        assert_eq!(moment(1_635_789_012_345_001_200), "2021-11-01 17:50:12.345001");
        assert_eq!(moment(951_782_400_000_000_000), "2000-02-29 00:00:00.000000");
        assert_eq!(moment(1_798_761_599_999_999_999), "2026-12-31 23:59:59.999999");
        assert!(moment(u64::MAX).starts_with("2554-07-21"));
    }

    #[test]
    fn a_function_is_called_by_its_last_two_names() {
        assert_eq!(short("shop::sql::Store::select"), "Store::select");
        assert_eq!(short("shop::main"), "shop::main");
        assert_eq!(short("main"), "main");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            [0, 999, 1_000, 813_258, 1_000_000].map(count),
            ["0", "999", "1,000", "813,258", "1,000,000"]
        );
    }

    #[test]
    fn nothing_reaches_the_terminal_that_it_would_obey() {
        assert_eq!(harmless("a\u{1b}[31mb\u{9b}c\u{202e}d"), "a\\u{1b}[31mb\\u{9b}c\\u{202e}d");
        assert!(matches!(harmless("größe 大"), Cow::Borrowed(_)));
    }
}
