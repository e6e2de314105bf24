//! Which files of a source tree are taken, and how they are written.
use std::collections::HashSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::rewrite::Left;
use crate::failure::{Failure, Outcome};

/// Rust files, in order, and what was passed by.
#[derive(Default)]
pub(super) struct Files {
    pub(super) files: Vec<PathBuf>,
    pub(super) left: Vec<(PathBuf, &'static str)>,
}

/// All Rust files at and below `paths`. A file that is named itself is taken whatever it is.
pub(super) fn find(paths: &[PathBuf]) -> Outcome<Files> {
    let mut files = Files::default();
    for path in paths {
        let metadata = fs::metadata(path).map_err(|error| Failure::at(path.display(), error))?;
        if metadata.is_dir() { walk(path, &mut files)? } else { files.files.push(path.clone()) }
    }
    let mut seen = HashSet::new();
    files.files.retain(|path| seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone())));
    Ok(files)
}

fn walk(folder: &Path, files: &mut Files) -> Outcome {
    let failed = |error| Failure::at(folder.display(), error);
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).ok();
    if manifest.as_ref().is_some_and(|text| is_proc_macro(text)) {
        files.left.push((folder.to_owned(), "a crate of procedural macros, whose calls are the compiler's"));
        return Ok(());
    }
    let entries = fs::read_dir(folder).map_err(failed)?.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let mut paths: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // links may lead round in a circle
        let kind = fs::symlink_metadata(&path).map_err(failed)?;
        let in_crate = manifest.is_some();
        if name.starts_with('.') || kind.is_symlink() {
            continue;
        }
        if kind.is_dir() {
            match &*name {
                "target" => {}
                "tests" | "benches" if in_crate => files.left.push((path, Left::TEST)),
                _ => walk(&path, files)?,
            }
        } else if name == "build.rs" && in_crate {
            files.left.push((path, "a build script, which does not have the crate's dependencies"));
        } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "rs") {
            files.files.push(path);
        }
    }
    Ok(())
}

/// Where the module `name` that `file` declares may lie.
pub(super) fn of_module(file: &Path, name: &str) -> [PathBuf; 2] {
    let stem = file.file_stem().unwrap_or_default();
    let folder = file.parent().unwrap_or(Path::new(""));
    let is_root = ["lib", "main", "mod"].iter().any(|root| stem == *root);
    let folder = if is_root { folder.to_owned() } else { folder.join(stem) };
    [folder.join(format!("{name}.rs")), folder.join(name)]
}

/// Replaces the file as a whole, so that it is never there by half.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let mut beside = NamedTempFile::new_in(path.parent().unwrap_or(Path::new("/")))?;
    beside.write_all(text.as_bytes())?;
    beside.as_file().set_permissions(fs::metadata(&path)?.permissions())?;
    beside.persist(&path)?;
    Ok(())
}

fn is_proc_macro(manifest: &str) -> bool {
    let lines = manifest.lines().map(|line| line.split('#').next().unwrap_or_default());
    lines.map(|line| line.split_whitespace().collect::<String>()).any(|line| line == "proc-macro=true")
}
