//! Inputs are read as one: several by time, so that a call finds its caller in another file.
use super::input::Input;
use super::line::{Line, Lost};
use super::lines::{Lines, NumberedLine};
use super::record::Record;
use super::tally::Tally;
use crate::failure::{Failure, Outcome};
use crate::progress::Progress;

/// Takes what is read.
pub(crate) trait Sink {
    /// A line of a call.
    fn call(&mut self, record: &Record<'_>) -> Outcome;

    /// Lines are missing here.
    fn lost(&mut self, _lost: &Lost<'_>) -> Outcome {
        Ok(())
    }

    /// Nothing more is there to read right now.
    fn pause(&mut self) -> Outcome {
        Ok(())
    }
}

/// How to read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mode {
    /// Refuse what is no line of ours.
    pub(crate) strict: bool,
    /// Wait for more at the end of a file.
    pub(crate) follow: bool,
}

/// An input with the time of its next line.
struct Source<'a> {
    input: &'a Input,
    lines: Lines,
    /// `None` once it is read to its end.
    at: Option<u64>,
}

/// Reads `inputs` to their ends, in the order of their lines' times where there are several.
pub(crate) fn each(
    inputs: &[Input],
    mode: Mode,
    progress: &Progress,
    sink: &mut impl Sink,
) -> Outcome<Tally> {
    let mut tally = Tally::default();
    let mut sources = Vec::new();
    for input in inputs {
        sources.push(Source { input, lines: Lines::new(input.open(mode.follow, progress)?), at: Some(0) });
    }
    while let Some(next) =
        (0..sources.len()).filter(|i| sources[*i].at.is_some()).min_by_key(|i| sources[*i].at)
    {
        let others = sources.iter().enumerate().filter(|(i, _)| *i != next);
        let until = others.filter_map(|(_, source)| source.at).min().unwrap_or(u64::MAX);
        sources[next].run(until, mode, &mut tally, sink)?;
    }
    Ok(tally)
}

impl Source<'_> {
    /// Reads on up to the first line of a later time than `until`.
    fn run(&mut self, until: u64, mode: Mode, tally: &mut Tally, sink: &mut impl Sink) -> Outcome {
        loop {
            while let Some(line) = self.lines.next() {
                let read = Line::of(line.bytes);
                let at = match &read {
                    Line::Call(record) => record.at,
                    Line::Lost(lost) => lost.at,
                    Line::Foreign | Line::Broken(_) => 0,
                };
                if at > until {
                    self.lines.back();
                    self.at = Some(at);
                    return Ok(());
                }
                match read {
                    Line::Call(record) => sink.call(&record)?,
                    Line::Lost(lost) => {
                        tally.lost += lost.count;
                        sink.lost(&lost)?;
                    }
                    other => take_other(other, line, self.input, mode, tally, sink)?,
                }
            }
            sink.pause()?;
            match self.lines.more() {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof && !mode.strict => {
                    tally.torn = Some(format!("{}: the compressed data is cut short", self.input));
                    break;
                }
                Err(error) => return Err(Failure::at(self.input, error)),
            }
        }
        self.at = None;
        Ok(())
    }
}

/// A line that is not, or not whole, one of ours.
#[cold]
fn take_other(
    what: Line<'_>,
    line: NumberedLine<'_>,
    input: &Input,
    mode: Mode,
    tally: &mut Tally,
    sink: &mut impl Sink,
) -> Outcome {
    let place = format!("{input}:{}", line.number);
    if mode.strict {
        let what = match what {
            Line::Broken(what) => what,
            _ => "not a line of a trace",
        };
        return Err(Failure::found(format!("{place}: {what}")));
    }
    match what {
        Line::Broken(_) if line.torn => {
            tally.torn = Some(format!("{place}: the last line is cut short"));
        }
        Line::Broken(what) => {
            tally.broken += 1;
            tally.first_broken.get_or_insert_with(|| format!("{place}: {what}"));
        }
        _ => tally.foreign += 1,
    }
    match Line::at_the_end_of(line.bytes) {
        Some(Line::Call(record)) => sink.call(&record),
        Some(Line::Lost(lost)) => {
            tally.lost += lost.count;
            sink.lost(&lost)
        }
        _ => Ok(()),
    }
}
