//! The lines of an input are copied as they are: all, or those of the calls that are asked for.
use std::io::Write;

use super::blocks::Block;
use super::input::Input;
use super::line::Line;
use super::record::Kind;
use super::tally::{Other, Tally};
use crate::failure::Outcome;
use crate::filter::Selection;
use crate::forest::NumberMap;
use crate::progress::Progress;

/// Copies all lines of `input` to `out`; what could not be read is noted in `tally`.
pub(crate) fn copy(input: &Input, progress: &Progress, out: &mut impl Write, tally: &mut Tally) -> Outcome {
    let (mut blocks, mut block) = (input.open(false, progress)?, Block::default());
    loop {
        match blocks.next(&mut block) {
            Ok(true) => out.write_all(block.lines())?,
            Ok(false) => break,
            Err(error) => {
                tally.end(&error, input, false)?;
                break;
            }
        }
    }
    tally.damage(blocks.damage(), input, false)
}

/// Copies to `out` the lines of calls in `input` that `selection` asks for. Where only their ends tell that, an ENTER waits for the
/// closing line, or for the end of the input.
pub(crate) fn copy_some(
    input: &Input,
    selection: &mut Selection,
    progress: &Progress,
    out: &mut impl Write,
    tally: &mut Tally,
) -> Outcome {
    let mut lines = input.lines(progress)?;
    let mut begun: NumberMap<(u64, Box<[u8]>)> = NumberMap::default();
    loop {
        while let Some(line) = lines.next() {
            let (read, number, torn) = (Line::of(line.bytes), line.number, line.torn);
            let is_asked = match &read {
                Line::Call(record) if record.kind == Kind::Enter => {
                    let asked = selection.begin(record).matches;
                    if !asked && selection.waits_for_ends() {
                        begun.insert(record.span, (number, line.bytes.into()));
                    }
                    asked
                }
                Line::Call(record) => {
                    let asked = selection.end(record).matches;
                    if let (true, Some((_, enter))) = (asked, begun.remove(&record.span)) {
                        write_line(&enter, out)?;
                    }
                    asked
                }
                Line::LeftOut(calls) => selection.left_out(calls).matches,
                Line::Lost(_) => true,
                Line::Foreign | Line::Broken(_) => {
                    tally.take(Other::of(&read, torn), input, number, false)?;
                    false
                }
            };
            if is_asked {
                write_line(line.bytes, out)?;
            }
        }
        match lines.more() {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                tally.end(&error, input, false)?;
                break;
            }
        }
    }
    let mut open: Vec<(u64, u64, Box<[u8]>)> =
        begun.into_iter().map(|(span, (number, line))| (number, span, line)).collect();
    open.sort_unstable_by_key(|(number, ..)| *number);
    for (_, span, line) in open {
        if selection.never_ended(span).matches {
            write_line(&line, out)?;
        }
    }
    tally.damage(lines.damage(), input, false)
}

fn write_line(line: &[u8], out: &mut impl Write) -> Outcome {
    out.write_all(line)?;
    Ok(out.write_all(b"\n")?)
}
