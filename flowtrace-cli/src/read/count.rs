//! Inputs are read for counting: a single one by all processors, several by time, and so what is picked by its values.
use std::sync::{Arc, Mutex};

use super::brief::{Brief, By};
use super::briefs::reader;
use super::input::Input;
use super::left_out::LeftOut;
use super::merge::{self, Mode, Sink};
use super::record::Record;
use super::tally::Tally;
use super::workers::{Workers, lock};
use crate::failure::Outcome;
use crate::filter::{Selection, Verdict};
use crate::names::Names;
use crate::progress::Progress;

/// Gives `take` all calls' lines of `inputs` in order, with what `selection` says of them, and says what their keys stand for.
pub(crate) fn briefs(
    inputs: &[Input],
    by: By,
    selection: &mut Selection,
    strict: bool,
    progress: &Progress,
    mut take: impl FnMut(&Brief, Verdict),
) -> Outcome<(Names, Tally)> {
    if let ([input], true) = (inputs, selection.is_all()) {
        return one(input, by, strict, progress, |brief| take(brief, Verdict::ALL));
    }
    let mut briefing = Briefing { by, names: Names::default(), selection, take: &mut take };
    let mode = Mode { strict, follow: false };
    let tally = merge::each(inputs, mode, progress, &mut briefing)?;
    Ok((briefing.names, tally))
}

struct Briefing<'a, F> {
    by: By,
    names: Names,
    selection: &'a mut Selection,
    take: &'a mut F,
}

impl<F: FnMut(&Brief, Verdict)> Sink for Briefing<'_, F> {
    fn call(&mut self, record: &Record<'_>) -> Outcome {
        let key = self.by.key(&record.path, record.thread, &mut self.names);
        let verdict = self.selection.take(record);
        (self.take)(&Brief::of(record, key), verdict);
        Ok(())
    }

    fn left_out(&mut self, left_out: &LeftOut<'_>) -> Outcome {
        let key = self.by.key(&left_out.path, left_out.thread, &mut self.names);
        let verdict = self.selection.left_out(left_out);
        (self.take)(&Brief::of_left_out(left_out, key), verdict);
        Ok(())
    }
}

fn one(
    input: &Input,
    by: By,
    strict: bool,
    progress: &Progress,
    mut take: impl FnMut(&Brief),
) -> Outcome<(Names, Tally)> {
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    let names = Arc::new(Mutex::new(Names::default()));
    let mut workers = Workers::start(input.open(false, progress)?, count, || reader(by, &names));
    let (mut tally, mut lines) = (Tally::default(), input.lines_before());
    while let Some(done) = workers.next() {
        match done {
            Ok(done) => {
                for (number, other) in done.others {
                    tally.take(other, input, lines + number, strict)?;
                }
                lines += done.lines;
                done.briefs.iter().for_each(&mut take);
            }
            Err(error) => tally.end(&error, input, strict)?,
        }
    }
    tally.damage(workers.damage(), input, strict)?;
    let names = std::mem::take(&mut *lock(&names));
    Ok((names, tally))
}
