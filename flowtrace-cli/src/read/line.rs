//! What a line of a trace file can be.
use memchr::memmem;

use super::left_out::LeftOut;
use super::record::{Record, Text};
use super::{canonical, general};

/// A line, read.
///
/// ```
/// use flowtrace_cli::read::Line;
///
/// let Line::Lost(lost) = Line::of(br#"{"timestamp":1,"event":"LOST","nanos":0,"count":12,"reason":"full"}"#) else {
///     panic!("lost lines")
/// };
/// assert_eq!(lost.count, 12);
/// assert_eq!(Line::of(b"Server started"), Line::Foreign);
/// assert!(matches!(Line::of(br#"{"timestamp":1,"event":"ENT"#), Line::Broken(_)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// A call begins or ends.
    Call(Record<'a>),
    /// Calls are counted that have no lines.
    LeftOut(LeftOut<'a>),
    /// Lines are missing.
    Lost(Lost<'a>),
    /// Another program's.
    Foreign,
    /// One of ours that breaks the format, and what is wrong with it.
    Broken(&'static str),
}

/// Says that lines are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost<'a> {
    /// Nanoseconds since the Unix epoch.
    pub at: u64,
    /// How many.
    pub count: u64,
    /// Why.
    pub reason: Text<'a>,
}

impl<'a> Line<'a> {
    /// Reads `line`, which has no line end.
    pub fn of(line: &'a [u8]) -> Self {
        if let Some(record) = canonical::record(line) {
            return Line::Call(record);
        }
        canonical::left_out(line).map_or_else(|| general::line(line), Line::LeftOut)
    }

    /// What stands at the end of a line behind something else: a program printed without ending its line, or a
    /// line was torn and the next run wrote on.
    pub(crate) fn at_the_end_of(line: &'a [u8]) -> Option<Self> {
        let at = memmem::rfind(line, b"{\"timestamp\":").filter(|at| *at > 0)?;
        Some(Self::of(&line[at..])).filter(|line| !matches!(line, Self::Foreign | Self::Broken(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOLDEN: &str = concat!(
        include_str!("../../tests/traces/shop.jsonl"),
        include_str!("../../tests/traces/thinned.jsonl")
    );

    /// `line` as it is read the fast way.
    fn fast(line: &[u8]) -> Option<Line<'_>> {
        canonical::record(line).map(Line::Call).or_else(|| canonical::left_out(line).map(Line::LeftOut))
    }

    #[test]
    fn golden_lines_are_read_the_fast_way_and_both_ways_agree() {
        for line in GOLDEN.lines().filter(|line| !line.contains("LOST")) {
            assert_eq!(fast(line.as_bytes()), Some(general::line(line.as_bytes())));
        }
    }

    #[test]
    fn a_tree_that_was_kept_early_is_read_the_fast_way_as_any_other() {
        for line in GOLDEN.lines().filter(|line| line.contains("\"ENTER\"")) {
            let kept = line.replacen(",\"traceId\"", ",\"kept\":\"too large\",\"traceId\"", 1);
            assert_eq!(fast(kept.as_bytes()), fast(line.as_bytes()), "{kept}");
            assert_eq!(general::line(kept.as_bytes()), general::line(line.as_bytes()));
            assert!(fast(line.as_bytes()).is_some() && kept != line);
        }
    }

    /// Whatever a line became, no way of reading panics; and if it is JSON, both ways say the same.
    #[test]
    fn damaged_lines_are_read_alike_or_not_at_all() {
        let lines: Vec<&[u8]> = GOLDEN.lines().map(str::as_bytes).collect();
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = |below: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            usize::try_from(random % below as u64).unwrap()
        };
        let mut alike = 0;
        for _ in 0..100_000 {
            let mut line = lines[next(lines.len())].to_vec();
            for _ in 0..=next(2) {
                let at = next(line.len());
                match next(5) {
                    0 => line[at] = b"\"\\{},:0aE \xff\n"[next(12)],
                    1 => drop(line.remove(at)),
                    2 => line.insert(at, b"\"\\{},:0aE \xff\n"[next(12)]),
                    3 => line.truncate(at.max(1)),
                    _ => {
                        let other = lines[next(lines.len())];
                        line.splice(at.., other[next(other.len())..].iter().copied());
                    }
                }
                if line.is_empty() {
                    break;
                }
            }
            let slow = general::line(&line);
            let is_json = serde_json::from_slice::<serde_json::Value>(&line).is_ok();
            if let Some(read) = fast(&line).filter(|_| is_json) {
                assert_eq!(slow, read, "{}", String::from_utf8_lossy(&line));
                alike += 1;
            }
            let _ = Line::at_the_end_of(&line);
        }
        assert!(alike > 1_000, "{alike}");
    }
}
