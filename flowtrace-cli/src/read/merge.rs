//! Inputs are read as one: several by time, so that a call finds its caller in another file.
use super::blocks::Blocks;
use super::input::Input;
use super::left_out::LeftOut;
use super::line::{Line, Lost};
use super::lines::Lines;
use super::record::Record;
use super::tally::{Other, Tally};
use crate::failure::Outcome;
use crate::progress::Progress;

/// Takes what is read.
pub(crate) trait Sink {
    /// What follows comes from the input with this index.
    fn input(&mut self, _index: usize) -> Outcome {
        Ok(())
    }

    /// A line of a call.
    fn call(&mut self, record: &Record<'_>) -> Outcome;

    /// Calls were left out, with all they called.
    fn left_out(&mut self, left_out: &LeftOut<'_>) -> Outcome;

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
    let mut sources = Vec::new();
    for input in inputs {
        sources.push(Source {
            input,
            lines: Lines::new(input.open(mode.follow, progress)?, input.lines_before()),
            at: Some(0),
        });
    }
    merge(sources, mode, sink)
}

/// Reads `bytes` as a file.
pub(crate) fn each_of(bytes: Vec<u8>, mode: Mode, sink: &mut impl Sink) -> Outcome<Tally> {
    let blocks = Blocks::new(Box::new(std::io::Cursor::new(bytes)));
    merge(vec![Source { input: &Input::Stdin, lines: Lines::new(blocks, 0), at: Some(0) }], mode, sink)
}

fn merge(mut sources: Vec<Source<'_>>, mode: Mode, sink: &mut impl Sink) -> Outcome<Tally> {
    let mut tally = Tally::default();
    while let Some(next) =
        (0..sources.len()).filter(|i| sources[*i].at.is_some()).min_by_key(|i| sources[*i].at)
    {
        let others = sources.iter().enumerate().filter(|(i, _)| *i != next);
        let until = others.filter_map(|(_, source)| source.at).min().unwrap_or(u64::MAX);
        sink.input(next)?;
        sources[next].run(until, mode, &mut tally, sink)?;
    }
    Ok(tally)
}

impl Source<'_> {
    /// Reads on up to the first line of a later time than `until`.
    fn run(&mut self, until: u64, mode: Mode, tally: &mut Tally, sink: &mut impl Sink) -> Outcome {
        loop {
            while let Some(line) = self.lines.next() {
                let bytes = line.bytes.strip_suffix(b"\r").unwrap_or(line.bytes);
                let read = Line::of(bytes);
                let at = match &read {
                    Line::Call(record) => record.at,
                    Line::LeftOut(left_out) => left_out.at,
                    Line::Lost(lost) => lost.at,
                    Line::Foreign | Line::Broken(_) => 0,
                };
                if at > until {
                    self.lines.back();
                    self.at = Some(at);
                    return Ok(());
                }
                let mut ours = Some(read);
                if let Line::Foreign | Line::Broken(_) = read {
                    tally.take(Other::of(&read, line.torn), self.input, line.number, mode.strict)?;
                    ours = Line::at_the_end_of(bytes);
                }
                match &ours {
                    Some(Line::Call(record)) => sink.call(record)?,
                    Some(Line::LeftOut(left_out)) => sink.left_out(left_out)?,
                    Some(Line::Lost(lost)) => {
                        tally.take(Other::Lost(lost.count), self.input, line.number, false)?;
                        sink.lost(lost)?;
                    }
                    _ => {}
                }
            }
            sink.pause()?;
            let read_on = self.lines.more();
            if mode.strict || !matches!(read_on, Ok(true)) {
                tally.damage(self.lines.damage(), self.input, mode.strict)?;
            }
            match read_on {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tally.end(&error, self.input, mode.strict)?;
                    break;
                }
            }
        }
        self.at = None;
        Ok(())
    }
}
