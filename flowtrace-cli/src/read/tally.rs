//! What was met while reading that is no line of ours, to be told at the end.
use std::fmt::Write as _;

/// Counts of what was read and of what could not be.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Lines of other programs.
    pub(crate) foreign: u64,
    /// Lines that break the format.
    pub(crate) broken: u64,
    /// Where the first of them stands, and what is wrong.
    pub(crate) first_broken: Option<String>,
    /// An input that ends in the middle of a line or of its compressed data.
    pub(crate) torn: Option<String>,
    /// How many lines the program could not keep.
    pub(crate) lost: u64,
}

impl Tally {
    /// One line for each thing to know, empty when there is none.
    pub(crate) fn notes(&self) -> String {
        let mut notes = String::new();
        if self.foreign > 0 {
            let _ = writeln!(notes, "{} of other programs left out", lines(self.foreign));
        }
        if let Some(first) = &self.first_broken {
            let _ = writeln!(notes, "{} of the trace can't be read; the first: {first}", lines(self.broken));
        }
        if let Some(torn) = &self.torn {
            let _ = writeln!(notes, "{torn}");
        }
        if self.lost > 0 {
            let _ = writeln!(notes, "{} could not be kept by the program that was traced", lines(self.lost));
        }
        notes
    }
}

fn lines(count: u64) -> String {
    if count == 1 { "1 line".to_owned() } else { format!("{count} lines") }
}
