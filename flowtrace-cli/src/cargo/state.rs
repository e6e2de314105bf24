//! What is known of a package's copy: which functions are in it, and which do not compile with the attribute.
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::store;
use crate::annotate::rewrite::{Function, Left, Rewritten};

#[derive(Debug)]
pub(super) struct State {
    path: PathBuf,
    known: KnownOfPackage,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct KnownOfPackage {
    /// Of this command; what another one found is not believed.
    version: String,
    files: BTreeMap<PathBuf, SourceFile>,
}

/// A source file.
#[derive(Debug, Default, Serialize, Deserialize)]
struct SourceFile {
    /// What its copy was made by.
    key: String,
    /// The functions with the attribute.
    annotated: Vec<FunctionPlace>,
    /// Functions without, and why.
    alone: Vec<(FunctionPlace, String)>,
    /// Functions that the crate does not compile with.
    left: Vec<(String, String)>,
    /// Why the file was not read.
    unreadable: Option<String>,
}

/// A function in a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct FunctionPlace {
    module: String,
    name: String,
    lines: (usize, usize),
}

impl From<&Function> for FunctionPlace {
    fn from(function: &Function) -> Self {
        let Function { module, name, line, last_line } = function.clone();
        Self { module, name, lines: (line, last_line) }
    }
}

impl State {
    pub(super) fn load(path: PathBuf, version: &str) -> Self {
        let known =
            fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<KnownOfPackage>(&bytes).ok());
        let known = known.filter(|known| known.version == version);
        Self {
            path,
            known: known.unwrap_or_else(|| KnownOfPackage {
                version: version.to_owned(),
                ..KnownOfPackage::default()
            }),
        }
    }

    pub(super) fn save(&self) -> io::Result<()> {
        store::write(&self.path, &serde_json::to_vec(&self.known)?)
    }

    pub(super) fn is_done(&self, file: &Path, key: &str) -> bool {
        self.known.files.get(file).is_some_and(|source| source.key == key)
    }

    pub(super) fn done(&mut self, file: &Path, key: String, rewritten: &Rewritten) {
        let source = self.known.files.entry(file.to_owned()).or_default();
        source.key = key;
        source.annotated = rewritten.annotated.iter().map(FunctionPlace::from).collect();
        source.alone = rewritten
            .left
            .iter()
            .map(|Left { function, why }| (function.into(), (*why).to_owned()))
            .collect();
        source.unreadable = None;
    }

    pub(super) fn unreadable(&mut self, file: &Path, key: String, why: &str) {
        let left = self.known.files.remove(file).map(|source| source.left).unwrap_or_default();
        let source = SourceFile { key, left, unreadable: Some(why.to_owned()), ..SourceFile::default() };
        self.known.files.insert(file.to_owned(), source);
    }

    pub(super) fn left_in(&self, file: &Path) -> impl Iterator<Item = &(String, String)> {
        self.known.files.get(file).into_iter().flat_map(|source| &source.left)
    }

    pub(super) fn is_left(&self, file: &Path, function: &Function) -> bool {
        self.left_in(file).any(|(module, name)| *module == function.module && *name == function.name)
    }

    /// Leaves the innermost function with an attribute around a line alone from now on; whether there is one.
    pub(super) fn leave(&mut self, file: &Path, line: usize) -> bool {
        let Some(source) = self.known.files.get_mut(file) else { return false };
        let around = source.annotated.iter().filter(|place| (place.lines.0..=place.lines.1).contains(&line));
        let Some(place) = around.max_by_key(|place| place.lines.0) else { return false };
        let name = (place.module.clone(), place.name.clone());
        if source.left.contains(&name) {
            return false;
        }
        source.left.push(name);
        true
    }

    /// All functions without the attribute, one a line: where, which, and why.
    pub(super) fn alone(&self) -> impl Iterator<Item = String> {
        self.known.files.iter().flat_map(|(file, source)| {
            let (file, same) = (file.display(), file.display());
            let functions = source
                .alone
                .iter()
                .map(move |(place, why)| format!("{file}:{}: {}: {why}", place.lines.0, place.name));
            let unreadable = source.unreadable.iter().map(move |why| format!("{same}: {why}"));
            functions.chain(unreadable)
        })
    }
}
