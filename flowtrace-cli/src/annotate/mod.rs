//! `flowtrace annotate`: puts `#[trace]` on the functions of a source tree, and takes it off again.
//!
//! Nothing is printed from a syntax tree: the text stays as it is, but for an attribute before a function.
mod edit;
mod files;
mod find;

use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use crate::failure::{Failure, Outcome};
use find::Found;

/// What is put before a function. By its whole path, so that no `use` is needed; `--remove` takes off what is written
/// just so.
const ATTRIBUTE: &str = "#[flowtrace_runtime::trace]";

/// What to do with the functions.
#[derive(Clone, Copy)]
pub(crate) struct Job {
    pub(crate) remove: bool,
    /// Print a diff instead of writing.
    pub(crate) dry_run: bool,
}

/// What came of it.
#[derive(Default)]
struct Sum {
    functions: usize,
    files: usize,
    left: usize,
}

/// Does `job` on all Rust files below `paths`. What is left alone goes to `notes`, each with the reason.
pub(crate) fn run(paths: &[PathBuf], job: Job, out: &mut impl Write, notes: &mut impl Write) -> Outcome {
    let mut sum = Sum::default();
    let mut left = |place: &dyn std::fmt::Display, why: &str| writeln!(notes, "{place}: left alone: {why}");
    let found = files::find(paths)?;
    for (path, why) in &found.left {
        left(&path.display(), why)?;
    }
    let (mut parsed, mut tests) = (Vec::new(), HashSet::new());
    for path in &found.files {
        let source = fs::read_to_string(path).map_err(|error| Failure::at(path.display(), error))?;
        match find::functions(&source, job.remove) {
            Ok(found) => {
                tests.extend(found.test_modules.iter().flat_map(|name| files::of_module(path, name)));
                parsed.push((path, source, found));
            }
            Err(error) => {
                let line = error.span().start().line;
                left(&format!("{}:{line}", path.display()), &format!("the file can't be parsed: {error}"))?;
            }
        }
    }
    for (path, source, Found { places, left: alone, .. }) in parsed {
        if !job.remove && path.ancestors().any(|path| tests.contains(path)) {
            left(&path.display(), "tests")?;
            continue;
        }
        sum.left += alone.len();
        for function in alone {
            let place = format!("{}:{}", path.display(), function.line);
            left(&place, &format!("{}: {}", function.name, function.why))?;
        }
        if places.is_empty() {
            continue;
        }
        sum.functions += places.len();
        sum.files += 1;
        let changed =
            if job.remove { edit::removed(&source, &places) } else { edit::inserted(&source, &places) };
        if let Err(error) = syn::parse_file(&changed) {
            let what = format!("not written, what came out can't be parsed: {error}");
            return Err(Failure::at(path.display(), what));
        }
        if job.dry_run {
            write!(out, "{}", edit::diff(path, &source, &changed))?;
        } else {
            edit::write(path, &changed).map_err(|error| Failure::at(path.display(), error))?;
        }
    }
    tell(&sum, job, notes)
}

fn tell(sum: &Sum, job: Job, notes: &mut impl Write) -> Outcome {
    let Sum { functions, files, left } = sum;
    let would = if job.dry_run { "would be " } else { "" };
    if job.remove {
        writeln!(notes, "the attribute {would}taken off {functions} functions in {files} files")?;
        return Ok(());
    }
    writeln!(notes, "{functions} functions in {files} files {would}annotated, {left} left alone")?;
    if *functions > 0 {
        writeln!(notes, "the crate needs to depend on `flowtrace-runtime`")?;
    }
    Ok(())
}
