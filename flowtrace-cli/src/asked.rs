//! From what the command line says to the inputs and the selection of calls: which run, which time, which filter.
use std::io::{self, IsTerminal};

use crate::args::{Run, Where};
use crate::failure::{Failure, Outcome};
use crate::filter::Selection;
use crate::moment::Moment;
use crate::read::{self, Input};
use crate::text;

/// The inputs that are named; stdin if none is, and it is no terminal at which somebody wonders what is expected.
pub(crate) fn inputs(files: &[String]) -> Outcome<Vec<Input>> {
    if files.is_empty() && io::stdin().is_terminal() {
        return Err(Failure::at("stdin", "is a terminal; expected trace files, or a trace through a pipe"));
    }
    let words = files.iter().map(String::as_str);
    Ok(if files.is_empty() { vec![Input::Stdin] } else { words.map(Input::from).collect() })
}

/// The inputs that are named, cut to the run that is asked for, the calls that are asked for, and what is to be told of it.
pub(crate) fn asked(files: &[String], which: &Where) -> Outcome<(Vec<Input>, Selection, Option<String>)> {
    let (inputs, note) = one_run(inputs(files)?, which.run)?;
    let mut window = which.window();
    if let Some(last) = which.last {
        let end = read::end(&inputs)?;
        window.from = Some(Moment::At(end.saturating_sub(last)));
    }
    Ok((inputs, Selection::new(which.filter.clone(), window), note))
}

/// The run that is asked for: the last where several are in a file. What comes through a pipe, and several files, are read whole.
fn one_run(mut inputs: Vec<Input>, asked: Option<Run>) -> Outcome<(Vec<Input>, Option<String>)> {
    if matches!(asked, Some(Run::All)) {
        return Ok((inputs, None));
    }
    let runs = match inputs.as_slice() {
        [input] => input.runs()?,
        _ => Vec::new(),
    };
    let count = runs.len();
    let number = match asked {
        Some(Run::Number(number)) if number > count.max(1) => {
            let what = match count {
                0 | 1 => "expected 1 or `all`; one run is all that can be told here".to_owned(),
                _ => format!("expected a number from 1 to {count}, or `all`"),
            };
            return Err(Failure::at(format!("--run {number}"), what));
        }
        Some(Run::Number(number)) => number,
        Some(Run::All) | None => count,
    };
    if count < 2 {
        return Ok((inputs, None));
    }
    let input = inputs.remove(0).part(runs[number - 1].clone())?;
    let begun = read::begin(&input)?.map(|at| format!(", begun {}", text::moment(at))).unwrap_or_default();
    let note = format!("run {number} of {count}{begun}; `--run all` shows all of them, `--run 1` the first");
    Ok((vec![input], asked.is_none().then_some(note)))
}
