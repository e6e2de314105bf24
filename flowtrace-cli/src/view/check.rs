//! `flowtrace check`: holds each line against docs/FORMAT.md, and the calls that the lines tell of.
mod calls;
mod line;
mod rotation;

use std::io::Write;

use crate::failure::{Failure, Outcome};
use crate::progress::Progress;
use crate::read::{Input, damaged};
use calls::Calls;
use rotation::Part;

/// More breaches than this are counted but not printed.
const PRINTED: u64 = 100;

/// Prints what breaks the format.
pub(crate) struct Check<W: Write> {
    out: W,
    calls: Calls,
    breaches: u64,
}

/// What is wrong: the rule of docs/FORMAT.md, and how the line breaks it. Rules with a number are those of the list there;
/// `line`, `keys` and `types` are its first part; `blocks` is docs/COMPACT.md.
#[derive(Debug)]
struct Breach {
    /// The line, where it is not the one that is read.
    line: Option<u64>,
    rule: &'static str,
    what: String,
}

impl Breach {
    fn new(rule: &'static str, what: impl Into<String>) -> Self {
        Self { line: None, rule, what: what.into() }
    }
}

impl<W: Write> Check<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out, calls: Calls::default(), breaches: 0 }
    }

    /// Checks files, each as what follows those before, and those of one rotation in the order in which they were written.
    pub(crate) fn files(&mut self, inputs: Vec<Input>, progress: &Progress) -> Outcome {
        rotation::parts(inputs).iter().try_for_each(|part| self.file(part, progress))
    }

    fn file(&mut self, Part { input, place }: &Part, progress: &Progress) -> Outcome {
        let mut lines = input.lines(progress)?;
        let (before, calls_before, mut number) = (self.breaches, self.calls.begun(), 0);
        let (open_before, left_out_before) = (self.calls.open(), self.calls.left_out());
        self.calls.new_file(place);
        while lines.more().map_err(|error| Failure::at(input, error))? {
            while let Some(line) = lines.next() {
                number = line.number;
                let mut found = Vec::new();
                if line.torn {
                    found.push(Breach::new("line", "the last line is not ended by LF"));
                }
                if let Some(line) = line::check(line.bytes, &mut found) {
                    self.calls.take(&line, number, &mut found);
                }
                for breach in found {
                    self.print(input, number, &breach)?;
                }
            }
        }
        for what in damaged(&lines.damage()) {
            self.print(input, number, &Breach::new("blocks", what))?;
        }
        let (breaches, calls, open) = (
            self.breaches - before,
            self.calls.begun() - calls_before,
            self.calls.open().saturating_sub(open_before),
        );
        write!(self.out, "{input}: {number} lines, {calls} calls, {open} of them open")?;
        let left_out = self.calls.left_out() - left_out_before;
        if left_out > 0 {
            write!(self.out, ", {left_out} more left out")?;
        }
        write!(self.out, ": ")?;
        match breaches {
            0 => writeln!(self.out, "as the format says")?,
            1 => writeln!(self.out, "1 breach")?,
            more => writeln!(self.out, "{more} breaches")?,
        }
        let earlier = std::mem::take(&mut self.calls.earlier);
        if let (1.., Some(before)) = (earlier, &self.calls.unread) {
            let calls = if earlier == 1 { "1 call began" } else { &format!("{earlier} calls began") };
            writeln!(self.out, "{input}: {calls} in `{}` or before, which was not read", before.display())?;
        }
        Ok(())
    }

    fn print(&mut self, input: &Input, number: u64, breach: &Breach) -> Outcome {
        self.breaches += 1;
        if self.breaches <= PRINTED {
            let Breach { line, rule, what } = breach;
            writeln!(self.out, "{input}:{}: {rule}: {what}", line.unwrap_or(number))?;
        } else if self.breaches == PRINTED + 1 {
            writeln!(self.out, "more breaches are counted, not shown")?;
        }
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Outcome {
        self.out.flush()?;
        if self.breaches > 0 { Err(Failure::found(None)) } else { Ok(()) }
    }
}
