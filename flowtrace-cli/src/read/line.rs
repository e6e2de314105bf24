//! What a line of a trace file can be.
use memchr::memmem;

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
        canonical::record(line).map_or_else(|| general::line(line), Line::Call)
    }

    /// What stands at the end of a line behind something else: a program printed without ending its line, or a
    /// line was torn and the next run wrote on.
    pub(super) fn at_the_end_of(line: &'a [u8]) -> Option<Self> {
        let at = memmem::rfind(line, b"{\"timestamp\":").filter(|at| *at > 0)?;
        Some(Self::of(&line[at..])).filter(|line| matches!(line, Self::Call(_) | Self::Lost(_)))
    }
}
