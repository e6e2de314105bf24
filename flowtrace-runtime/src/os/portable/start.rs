//! What the program was given, as std tells it at the first use: the working directory, stdout and stderr.
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::FileId;

/// It can't be told that it was closed.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it may be closed")]
pub(crate) fn stdout() -> Option<FileId> {
    Some(FileId::default())
}

/// It can't be told that it was closed.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it may be closed")]
pub(crate) fn stderr() -> Option<FileId> {
    Some(FileId::default())
}

/// The working directory; empty if there is none.
pub(crate) fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| std::env::current_dir().unwrap_or_default())
}
