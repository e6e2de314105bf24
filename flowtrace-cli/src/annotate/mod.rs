//! `flowtrace annotate`: puts `#[trace]` on the functions of a source tree, and takes it off again.
//!
//! Nothing is printed from a syntax tree: the text stays as it is, but for an attribute before a function.
mod carry;
mod edit;
mod files;
mod find;
mod includes;
mod remove;
pub(crate) mod rewrite;
mod scope;

use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use crate::failure::{Failure, Outcome};
use remove::Restored;
use rewrite::{Rewritten, Rules};

/// How the runtime is named: by its whole path, so that no `use` is needed, and in every edition. `--remove` takes off
/// what is written just so.
const RUNTIME: &str = "flowtrace_runtime";

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
    let rules = Rules { runtime: RUNTIME, own_line: true, ..Rules::default() };
    let (mut rewritten, mut tests) = (Vec::new(), HashSet::new());
    for path in &found.files {
        let source = fs::read_to_string(path).map_err(|error| Failure::at(path.display(), error))?;
        let result = if job.remove {
            remove::restore(&source, RUNTIME).map(|Restored { text, attributes, .. }| {
                (Rewritten { text, ..Rewritten::default() }, attributes)
            })
        } else {
            rewrite::rewrite(&source, &rules).map(|rewritten| {
                tests.extend(rewritten.test_modules.iter().flat_map(|name| files::of_module(path, name)));
                let functions = rewritten.annotated.len();
                (rewritten, functions)
            })
        };
        match result {
            Ok((changed, functions)) => rewritten.push((path, source, changed, functions)),
            Err(error) => {
                let line = error.span().start().line;
                left(&format!("{}:{line}", path.display()), &format!("the file can't be parsed: {error}"))?;
            }
        }
    }
    for (path, source, Rewritten { text, left: alone, .. }, functions) in rewritten {
        if path.ancestors().any(|path| tests.contains(path)) {
            left(&path.display(), "tests")?;
            continue;
        }
        sum.left += alone.len();
        for rewrite::Left { function, why } in alone {
            left(&format!("{}:{}", path.display(), function.line), &format!("{}: {why}", function.name))?;
        }
        if functions == 0 {
            continue;
        }
        sum.functions += functions;
        sum.files += 1;
        if let Err(error) = syn::parse_file(&text) {
            let what = format!("not written, what came out can't be parsed: {error}");
            return Err(Failure::at(path.display(), what));
        }
        if job.dry_run {
            write!(out, "{}", diff(path, &source, &text))?;
        } else {
            files::write(path, &text).map_err(|error| Failure::at(path.display(), error))?;
        }
    }
    tell(&sum, job, notes)
}

/// What would change, as `diff -u` says it.
fn diff(path: &Path, before: &str, after: &str) -> String {
    let name = path.display().to_string();
    TextDiff::from_lines(before, after).unified_diff().header(&name, &name).to_string()
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
