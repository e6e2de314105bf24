//! Which files are parts of one rotation, by their names: `trace.jsonl.1` is the oldest, `trace.jsonl` the one that is
//! written to.
use std::fs;
use std::path::{Path, PathBuf};

use crate::read::Input;

/// The number of the file that is written to: it comes last.
const LAST: u64 = u64::MAX;

/// An input, and what came before it.
pub(super) struct Part {
    pub(super) input: Input,
    pub(super) place: Place,
}

/// Where an input stands among those of its rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// It goes on where the input before it ends.
    Later,
    /// It is the oldest there has been.
    Oldest,
    /// This file came before it, and is not read.
    After(PathBuf),
}

/// The inputs that are parts of one rotation, by their numbers.
struct Rotation {
    /// `None` of what has no name.
    base: Option<PathBuf>,
    parts: Vec<(u64, Input)>,
}

/// The inputs as parts, those of one rotation in the order in which they were written.
pub(super) fn parts(inputs: Vec<Input>) -> Vec<Part> {
    let mut rotations: Vec<Rotation> = Vec::new();
    for input in inputs {
        let (base, number) = match input.path() {
            Some(path) => name(path).map_or((Some(path.to_owned()), LAST), |(base, n)| (Some(base), n)),
            None => (None, LAST),
        };
        match rotations.iter_mut().find(|known| base.is_some() && known.base == base) {
            Some(known) => known.parts.push((number, input)),
            None => rotations.push(Rotation { base, parts: vec![(number, input)] }),
        }
    }
    let mut out = Vec::new();
    for Rotation { base, mut parts } in rotations {
        parts.sort_by_key(|(number, _)| *number);
        let mut place = base.and_then(|base| before(&base, parts[0].0)).map_or(Place::Oldest, Place::After);
        for (_, input) in parts {
            out.push(Part { input, place: std::mem::replace(&mut place, Place::Later) });
        }
    }
    out
}

/// `trace.jsonl` and 3 of `trace.jsonl.3`.
fn name(path: &Path) -> Option<(PathBuf, u64)> {
    let number = path.extension()?.to_str()?;
    let number = number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok())??;
    Some((path.with_extension(""), number))
}

/// The file of the rotation of `base` that came before the one with this number, whether it is still there or not.
fn before(base: &Path, number: u64) -> Option<PathBuf> {
    let before = match number {
        LAST => {
            let folder = base.parent().filter(|folder| !folder.as_os_str().is_empty());
            let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
            let names = entries.filter_map(|entry| name(Path::new(&entry.ok()?.file_name())));
            names.filter(|(name, _)| base.file_name() == Some(name.as_os_str())).map(|(_, n)| n).max()?
        }
        number => number.checked_sub(1).filter(|before| *before > 0)?,
    };
    let mut path = base.as_os_str().to_owned();
    path.push(format!(".{before}"));
    Some(path.into())
}
