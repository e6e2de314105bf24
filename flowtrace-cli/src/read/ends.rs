//! When what is read begins and ends.
use super::input::Input;
use super::line::Line;
use super::runs;
use crate::failure::{Failure, Outcome};
use crate::progress::Progress;

/// When the first line of `input` was written.
pub(crate) fn begin(input: &Input) -> Outcome<Option<u64>> {
    let mut lines = input.lines(&Progress::new(false))?;
    let failed = |error| Failure::at(input, error);
    while lines.more().map_err(failed)? {
        while let Some(line) = lines.next() {
            if let Some(at) = at(line.bytes) {
                return Ok(Some(at));
            }
        }
    }
    Ok(None)
}

/// When the last line of `inputs` was written, which are read for it where they have no lines at their ends.
pub(crate) fn end(inputs: &[Input]) -> Outcome<u64> {
    let mut last = 0;
    for input in inputs {
        let Some(path) = input.path() else {
            return Err(Failure::at("--last", "expected a file; nobody knows yet when a pipe ends"));
        };
        let failed = |error| Failure::at(input, error);
        let quick = match input {
            Input::Part(_, bytes, _) if bytes.end < u64::MAX => None,
            _ => runs::end(path).map_err(failed)?,
        };
        last = last.max(if let Some(at) = quick { at } else { last_of(input)? });
    }
    Ok(last)
}

fn last_of(input: &Input) -> Outcome<u64> {
    let (mut lines, mut last) = (input.lines(&Progress::new(true))?, 0);
    // a torn end is told by who reads it next
    while matches!(lines.more(), Ok(true)) {
        while let Some(line) = lines.next() {
            last = last.max(at(line.bytes).unwrap_or_default());
        }
    }
    Ok(last)
}

fn at(line: &[u8]) -> Option<u64> {
    match Line::of(line) {
        Line::Call(record) => Some(record.at),
        Line::LeftOut(calls) => Some(calls.at),
        _ => None,
    }
}
