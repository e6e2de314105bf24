//! The folder below the user's target folder in which everything lies that is ours.
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// The name by which cargo starts the wrapper around the compiler of members.
pub(super) const WRAPPER: &str = "flowtrace-member";
/// The same around the compiler of everything, where the user has such a wrapper.
pub(super) const RUSTC_WRAPPER: &str = "flowtrace-rustc";
/// The wrapper of the pass that only looks.
pub(super) const SCOUT: &str = "flowtrace-scout";
/// What that pass starts in place of programs.
pub(super) const SCOUT_RUNNER: &str = "flowtrace-scout-runner";
/// What cargo starts in place of programs.
pub(super) const RUNNER: &str = "flowtrace-runner";

/// The folder, `target/flowtrace`.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Store(pub(super) PathBuf);

impl Store {
    /// Makes the folder, and in it the names by which this binary is started.
    pub(super) fn prepare(&self) -> io::Result<()> {
        let folder = self.0.join("bin");
        fs::create_dir_all(&folder)?;
        let ours = std::env::current_exe()?;
        for name in [WRAPPER, RUSTC_WRAPPER, SCOUT, SCOUT_RUNNER, RUNNER] {
            let link = folder.join(name);
            if fs::read_link(&link).is_ok_and(|to| to == ours) {
                continue;
            }
            // another process may use the name meanwhile
            let beside = folder.join(format!("{name}.{}", std::process::id()));
            link_to(&ours, &beside)?;
            fs::rename(&beside, &link)?;
        }
        Ok(())
    }

    pub(super) fn binary(&self, name: &str) -> PathBuf {
        self.0.join("bin").join(name)
    }

    /// Where the annotated copies lie, as the originals do below the workspace.
    pub(super) fn copies(&self) -> PathBuf {
        self.0.join("src")
    }

    pub(super) fn runs(&self) -> PathBuf {
        self.0.join("runs")
    }
}

/// Has `link` lead to `to`; a file is copied where there are no links.
pub(super) fn link_to(to: &Path, link: &Path) -> io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::symlink(to, link);
    #[cfg(not(unix))]
    if to.is_dir() { Err(io::ErrorKind::Unsupported.into()) } else { fs::copy(to, link).map(drop) }
}

/// Writes a file as a whole, so that it is never there by half.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder)?;
    let mut beside = NamedTempFile::new_in(folder)?;
    beside.write_all(bytes)?;
    beside.persist(path)?;
    Ok(())
}

/// Waits for a lock, which is held as long as the file is open.
pub(super) fn lock(path: &Path) -> io::Result<File> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
    let file = File::create(path)?;
    file.lock()?;
    Ok(file)
}

/// A short name for `what`, the same in each process.
pub(super) fn digest(what: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// What tells whether a file is the one that was there: its time of change, and its length.
pub(super) fn stamp(path: &Path) -> Option<(std::time::SystemTime, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
