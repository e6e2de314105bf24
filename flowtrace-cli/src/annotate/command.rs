//! The command's work: source files and manifests are changed, and what came of it is told.
use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::manifest::{self, Edited};
use super::remove::{self, Restored};
use super::report::Report;
use super::rewrite::{self, Rewritten, Rules};
use super::{RUNTIME, files};
use crate::args::Annotate;
use crate::failure::{Failure, Outcome};

/// A file as it is and as it is to be.
struct Change {
    path: PathBuf,
    before: String,
    after: String,
}

/// Does what `args` ask for. What is left alone goes to `notes`, each with the reason.
pub(crate) fn run(args: &Annotate, out: &mut impl Write, notes: &mut impl Write) -> Outcome {
    let found = files::find(&args.paths)?;
    let mut report = Report::default();
    let (mut changes, tests) = if args.remove {
        (restored(&found.files, &mut report, notes)?, BTreeSet::new())
    } else {
        annotated(&found.files, args, &mut report, notes)?
    };
    for (path, why) in found.left {
        report.path(path, why, notes)?;
    }
    for path in tests {
        report.path(path, rewrite::Left::TEST, notes)?;
    }
    for change in &changes {
        if let Err(error) = syn::parse_file(&change.after) {
            let what = format!("not written, what came out can't be parsed: {error}");
            return Err(Failure::at(change.path.display(), what));
        }
    }
    if !args.no_manifest {
        manifests(&mut changes, args.remove, &mut report)?;
    }
    for Change { path, before, after } in &changes {
        if args.dry_run {
            write!(out, "{}", diff(path, before, after))?;
        } else {
            files::write(path, after).map_err(|error| Failure::at(path.display(), error))?;
        }
    }
    report.tell(args, notes)?;
    if report.is_broken { Err(Failure::found(None)) } else { Ok(()) }
}

/// The files with the attribute, and those that hold nothing but tests.
fn annotated(
    files: &[PathBuf],
    args: &Annotate,
    report: &mut Report,
    notes: &mut impl Write,
) -> Outcome<(Vec<Change>, BTreeSet<PathBuf>)> {
    let rules = Rules { runtime: RUNTIME, own_line: !args.same_line, carry: args.carry, ..Rules::default() };
    let (mut done, mut tests) = (Vec::new(), HashSet::new());
    for path in files {
        let before = read(path)?;
        match rewrite::rewrite(&before, &rules) {
            Ok(rewritten) => {
                tests.extend(rewritten.test_modules.iter().flat_map(|name| files::of_module(path, name)));
                done.push((path, before, rewritten));
            }
            Err(error) => report.broken(path, &error, notes)?,
        }
    }
    let (mut changes, mut left) = (Vec::new(), BTreeSet::new());
    for (path, before, rewritten) in done {
        if path.ancestors().any(|path| tests.contains(path)) {
            report.tests += rewritten.annotated.len() + rewritten.left.len();
            left.insert(path.clone());
            continue;
        }
        report.rewritten(path, &rewritten, notes)?;
        let Rewritten { text: after, .. } = rewritten;
        changes.extend((before != after).then(|| Change { path: path.clone(), before, after }));
    }
    Ok((changes, left))
}

/// The files without what was put there.
fn restored(files: &[PathBuf], report: &mut Report, notes: &mut impl Write) -> Outcome<Vec<Change>> {
    let mut changes = Vec::new();
    for path in files {
        let before = read(path)?;
        match remove::restore(&before, RUNTIME) {
            Ok(Restored { text: after, attributes, carried }) => {
                report.files += usize::from(attributes > 0);
                report.functions += attributes;
                report.carried += carried;
                changes.extend((before != after).then(|| Change { path: path.clone(), before, after }));
            }
            Err(error) => report.broken(path, &error, notes)?,
        }
    }
    Ok(changes)
}

/// Adds the manifests of the crates that change: with the dependency, or without.
fn manifests(changes: &mut Vec<Change>, remove: bool, report: &mut Report) -> Outcome {
    let found: BTreeSet<PathBuf> = changes.iter().filter_map(|change| manifest::of(&change.path)).collect();
    for path in found {
        let before = read(&path)?;
        let edited = if !remove {
            manifest::with_dependency(&before, manifest::is_inherited(&path))
        } else if is_used(path.parent().unwrap_or(&path), changes)? {
            report.used_manifests.push(relative(&path));
            Edited::Same
        } else {
            manifest::without_dependency(&before)
        };
        match edited {
            Edited::Changed(after) => {
                let path = relative(&path);
                report.manifests.push(path.clone());
                changes.push(Change { path, before, after });
            }
            Edited::Unable => report.closed_manifests.push(relative(&path)),
            Edited::Same => {}
        }
        report.packages.push(path);
    }
    Ok(())
}

/// Whether a file of the crate in `folder` will name the runtime after `changes`.
fn is_used(folder: &Path, changes: &[Change]) -> Outcome<bool> {
    let mut found = files::find(&[folder.to_owned()])?;
    let left: Vec<PathBuf> = found.left.into_iter().map(|(path, _)| path).collect();
    found.files.extend(files::find(&left)?.files);
    for path in found.files {
        let is_it = |change: &&Change| fs::canonicalize(&change.path).ok() == fs::canonicalize(&path).ok();
        let text = match changes.iter().find(is_it) {
            Some(change) => change.after.clone(),
            None => read(&path)?,
        };
        if text.contains(RUNTIME) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|error| Failure::at(path.display(), error))
}

/// `path` as seen from the working directory, if it lies there.
fn relative(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).to_owned()
}

/// What would change, as `diff -u` says it.
fn diff(path: &Path, before: &str, after: &str) -> String {
    let name = path.display().to_string();
    TextDiff::from_lines(before, after).unified_diff().header(&name, &name).to_string()
}
