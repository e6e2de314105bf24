//! What stands on macOS, the BSDs and other Unix in the place of what Linux offers. An island of `unsafe`.
//!
//! Invariant
//! 1. `getuid` and its like have no preconditions and cannot fail.
#![allow(unsafe_code)]

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::Descriptor;

/// Pages come as they are touched; those of a ring's file are written before it is mapped.
pub(super) const POPULATE: i32 = 0;
/// A mapping holds the file, not its lock: that goes with the last descriptor.
pub(crate) const MAPPING_KEEPS_LOCK: bool = false;

/// Where rings may lie: no folder is known to lie in memory, so in `$TMPDIR`. A program with more rights than its user
/// does not ask the environment, and has none.
pub(crate) fn ring_folders() -> Vec<PathBuf> {
    if has_more_rights() { Vec::new() } else { vec![std::env::temp_dir()] }
}

/// Why there is no ring in a file, as it is told.
pub(crate) fn without_ring(error: &io::Error) -> String {
    format!("no buffer in $TMPDIR: {error}")
}

/// Whether a new ring may lie in `folder`.
pub(crate) fn takes_rings(folder: &Path) -> bool {
    folder.is_absolute()
}

/// `None`: there is no such call.
pub(super) fn write_now(_: Descriptor<'_>, _: &[u8]) -> Option<io::Result<usize>> {
    None
}

/// `None`: there is no such call on all of them.
pub(super) fn rename_to_new(_: &Path, _: &Path) -> Option<io::Result<()>> {
    None
}

/// Not all of them can take a signal back without waiting for it. std has a program ignore SIGPIPE; one that sets a limit on
/// the size of files and does not ignore SIGXFSZ gets that.
pub(super) fn take_back(_: i32) {}

pub(super) fn has_more_rights() -> bool {
    // SAFETY: invariant 1.
    let (user, group) = (unsafe { libc::getuid() }, unsafe { libc::getgid() });
    // SAFETY: invariant 1.
    let acts_for = (unsafe { libc::geteuid() }, unsafe { libc::getegid() });
    (user, group) != acts_for
}

/// They do not say what their clock is built on.
pub(crate) fn trusts_counter() -> bool {
    false
}

/// Keeps other writers off a file for as long as it is open.
///
/// # Errors
/// `WouldBlock` if another process has it locked; another error if the file system knows no locks.
pub(crate) fn lock_for_writing(file: &File) -> Result<(), TryLockError> {
    file.try_lock()
}
