//! The path of an output: as it was asked for, and where that leads.
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Two spellings of one path, both absolute; `{pid}` may still stand in them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Asked {
    /// With its links: one of them may lead elsewhere tomorrow.
    pub(crate) path: PathBuf,
    /// Without links, as far as the path exists.
    pub(crate) resolved: PathBuf,
}

impl Asked {
    /// # Errors
    /// A relative path needs a working directory, and there is none.
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let resolved = resolve(&path);
        Ok(Self { path, resolved })
    }
}

fn resolve(path: &Path) -> PathBuf {
    if let Ok(path) = fs::canonicalize(path) {
        return path;
    }
    let folder = path.parent().and_then(|folder| fs::canonicalize(folder).ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}
