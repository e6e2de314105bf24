//! Moments as people write them, in UTC: `2026-11-25 08:50:43.5`, or `08:50:43` on the day of the trace.

const SECOND: u64 = 1_000_000_000;
const DAY: u64 = 86_400 * SECOND;

/// A moment in nanoseconds, perhaps of a day that is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Since the Unix epoch.
    At(u64),
    /// Since midnight.
    OfDay(u64),
}

impl Moment {
    /// The moment since the Unix epoch, on the day of `at` if no other is known.
    pub(crate) fn on_day_of(self, at: u64) -> u64 {
        match self {
            Self::At(at) => at,
            Self::OfDay(within) => (at / DAY * DAY).saturating_add(within),
        }
    }
}

/// Reads a moment.
pub(crate) fn parse(text: &str) -> Result<Moment, String> {
    let refused =
        || "expected a time in UTC, such as `08:50:43`, `08:50:43.007` or `2026-11-25 08:50:43`".to_owned();
    let text = text.trim().trim_end_matches('Z');
    let (day, time) = match text.split_once([' ', 'T']) {
        Some((day, time)) => (Some(day), time),
        None if text.contains(':') => (None, text),
        None => (Some(text), "00:00:00"),
    };
    let within = of_day(time).ok_or_else(refused)?;
    let Some(day) = day else { return Ok(Moment::OfDay(within)) };
    let days = days(day).ok_or_else(refused)?;
    Ok(Moment::At(days.saturating_mul(DAY).saturating_add(within)))
}

/// Nanoseconds since midnight.
fn of_day(time: &str) -> Option<u64> {
    let (time, part) = time.split_once('.').unwrap_or((time, ""));
    let mut units = time.split(':').map(number);
    let (hours, minutes, seconds) = (units.next()??, units.next()??, units.next().unwrap_or(Some(0))?);
    if hours > 23 || minutes > 59 || seconds > 60 || units.next().is_some() || part.len() > 9 {
        return None;
    }
    let nanos = if part.is_empty() { 0 } else { number(&format!("{part:0<9}"))? };
    Some((hours * 3_600 + minutes * 60 + seconds) * SECOND + nanos)
}

/// Days since 1970-01-01.
fn days(day: &str) -> Option<u64> {
    let mut parts = day.split('-').map(number);
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let is_date = (1970..=2500).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !is_date || parts.next().is_some() {
        return None;
    }
    // days in years that begin in March, so that the leap day is their last
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before = |year: u64| year * 365 + year / 4 - year / 100 + year / 400;
    Some(before(year) + (153 * month + 2) / 5 + day - 1 - before(1969) - 306)
}

fn number(digits: &str) -> Option<u64> {
    let all = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;

    #[test]
    fn moments_are_read_as_they_are_written() {
        for nanos in [0, 1_635_789_012_345_001_000, 951_782_400_000_000_000, 1_798_761_599_999_999_000] {
            assert_eq!(parse(&text::moment(nanos)), Ok(Moment::At(nanos)), "{}", text::moment(nanos));
        }
        assert_eq!(parse("2026-11-25"), Ok(Moment::At(1_795_564_800 * SECOND)));
        assert_eq!(parse("2026-11-25T08:50Z"), parse("2026-11-25 08:50:00.0"));
    }

    #[test]
    fn a_time_of_day_is_on_the_day_of_the_trace() {
        let at = 1_635_789_012_345_001_200;
        assert_eq!(parse("17:50:12.345001200").map(|moment| moment.on_day_of(at)), Ok(at));
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in ["", "now", "25:00:00", "10:61", "2026-13-01", "10:00:00.1234567890", "2026-11-25 10"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
