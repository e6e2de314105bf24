//! What was met while reading that is no line of ours, to be told at the end.
use std::fmt::Write as _;
use std::io;

use flowtrace_runtime::compact::Damage;

use super::input::Input;
use super::line::Line;
use crate::failure::{Failure, Outcome};

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
    /// What of compact files could not be read.
    damaged: Vec<String>,
    /// How many lines the program could not keep.
    pub(crate) lost: u64,
}

/// A line that is no call's.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Other {
    Lost(u64),
    Foreign,
    Broken(&'static str),
    /// The last line, without an end.
    Torn(&'static str),
}

impl Other {
    /// What is to be told of `line`, with which its input ended before the line did if it is `torn`.
    pub(crate) fn of(line: &Line<'_>, torn: bool) -> Self {
        match line {
            Line::Lost(lost) => Self::Lost(lost.count),
            Line::Broken(what) if torn => Self::Torn(what),
            Line::Broken(what) => Self::Broken(what),
            Line::Foreign | Line::Call(_) | Line::LeftOut(_) => Self::Foreign,
        }
    }
}

impl Tally {
    /// Takes note of a line, or refuses it.
    pub(crate) fn take(&mut self, other: Other, input: &Input, number: u64, strict: bool) -> Outcome {
        let refuse = |what: &str| Failure::found(format!("{input}:{number}: {what}"));
        match other {
            Other::Lost(count) => self.lost = self.lost.saturating_add(count),
            Other::Foreign if strict => return Err(refuse("not a line of a trace")),
            Other::Broken(what) | Other::Torn(what) if strict => return Err(refuse(what)),
            Other::Foreign => self.foreign += 1,
            Other::Broken(what) => {
                self.broken += 1;
                self.first_broken.get_or_insert_with(|| format!("{input}:{number}: {what}"));
            }
            Other::Torn(_) => self.torn = Some(format!("{input}:{number}: the last line is cut short")),
        }
        Ok(())
    }

    /// Takes note of what of a compact file could not be read, or refuses it.
    pub(crate) fn damage(&mut self, damage: Damage, input: &Input, strict: bool) -> Outcome {
        let notes = damaged(&damage).map(|what| format!("{input}: {what}"));
        for note in notes {
            if strict {
                return Err(Failure::found(note));
            }
            self.damaged.push(note);
        }
        Ok(())
    }

    /// Takes note of why no more can be read of `input`, or fails.
    pub(crate) fn end(&mut self, error: &io::Error, input: &Input, strict: bool) -> Outcome {
        if error.kind() == io::ErrorKind::UnexpectedEof && !strict {
            self.torn = Some(format!("{input}: the compressed data is cut short"));
            return Ok(());
        }
        Err(Failure::at(input, error))
    }

    /// One line for each thing to know, empty when there is none.
    pub(crate) fn notes(&self) -> String {
        let mut notes = String::new();
        if self.foreign > 0 {
            let _ = writeln!(notes, "{} of other programs left out", lines(self.foreign));
        }
        if let Some(first) = &self.first_broken {
            let _ = writeln!(notes, "{} of the trace can't be read; the first: {first}", lines(self.broken));
        }
        for damaged in &self.damaged {
            let _ = writeln!(notes, "{damaged}");
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

/// What is to be told of damage to a compact file.
pub(crate) fn damaged(damage: &Damage) -> impl Iterator<Item = String> {
    let Damage { places, bytes, first, records, is_torn, .. } = *damage;
    let blocks = match places {
        0 => None,
        1 if is_torn => Some("the last block is cut short".to_owned()),
        1 => Some(format!("{bytes} bytes from byte {first} on are damaged; expected a block of records")),
        _ => Some(format!(
            "{bytes} bytes in {places} places are damaged, the first at byte {first}; expected blocks of records"
        )),
    };
    let records = (records > 0).then(|| {
        let records = if records == 1 { "1 record".to_owned() } else { format!("{records} records") };
        format!("{records} can't be read, for want of names from a block that is missing or damaged")
    });
    let rest = "; `flowtrace cat` prints what is whole";
    blocks.into_iter().chain(records).map(move |what| what + rest)
}

fn lines(count: u64) -> String {
    if count == 1 { "1 line".to_owned() } else { format!("{count} lines") }
}
