//! The lines of an input are copied as they are.
use std::io::Write;

use super::blocks::Block;
use super::input::Input;
use super::tally::Tally;
use crate::failure::Outcome;
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
