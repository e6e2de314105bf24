//! Any system, by std alone: no ring outlives the process, forks and the program's own descriptors are not looked after.
mod exit;
pub(crate) mod file;
mod pages;
pub(crate) mod start;
mod stream;

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::FileId;
pub(crate) use exit::at_exit;
pub(crate) use pages::Pages;

/// A file that is open, or what the program was given.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Descriptor<'a> {
    Stdout,
    Stderr,
    File(&'a File),
}

/// std knows no numbers of descriptors; this tells stdout from stderr.
pub(crate) type Number = i32;

pub(crate) const STDOUT: Number = 1;
pub(crate) const STDERR: Number = 2;

/// As many bytes as a pipe takes in one piece on most systems.
pub(crate) const PIPE_PIECE: usize = 4096;

/// No file is mapped.
pub(crate) const MAPPING_KEEPS_LOCK: bool = true;

/// Windows ends all other threads before it drops the main thread's locals.
pub(crate) const EXIT_STOPS_THREADS: bool = true;

pub(crate) fn descriptor(file: &File) -> Descriptor<'_> {
    Descriptor::File(file)
}

pub(crate) fn number(fd: Descriptor<'_>) -> Number {
    match fd {
        Descriptor::Stdout => STDOUT,
        Descriptor::Stderr => STDERR,
        Descriptor::File(_) => -1,
    }
}

/// stdout or stderr, by its number.
pub(crate) fn standard(fd: Number) -> Descriptor<'static> {
    if fd == STDOUT { Descriptor::Stdout } else { Descriptor::Stderr }
}

/// Writes once: how many bytes were taken.
///
/// # Errors
/// The system's.
pub(crate) fn write(fd: Descriptor<'_>, bytes: &[u8]) -> io::Result<usize> {
    match fd {
        Descriptor::Stdout => stream::stdout(bytes),
        Descriptor::Stderr => stream::stderr(bytes),
        Descriptor::File(mut file) => file.write(bytes),
    }
}

/// As [`write`]: std can't ask whether that waits.
///
/// # Errors
/// The system's.
pub(crate) fn write_now(fd: Descriptor<'_>, bytes: &[u8]) -> io::Result<usize> {
    write(fd, bytes)
}

/// Whoever finds no room looks again after a moment.
pub(crate) fn wait_writable(_: Descriptor<'_>, patience: Duration) -> bool {
    std::thread::sleep(patience.min(Duration::from_millis(10)));
    true
}

/// std can't tell: true, so that lines come in pieces that a pipe takes whole.
pub(crate) fn is_pipe(_: Descriptor<'_>) -> bool {
    true
}

/// All are taken to be what they were when they were opened.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it may be closed")]
pub(crate) fn file_id(_: Number) -> Option<FileId> {
    Some(FileId::default())
}

pub(crate) fn share_a_number(_: &File, _: &File) -> bool {
    false
}

pub(crate) fn is_short_of(_: &io::Error) -> bool {
    false
}

/// Renames a file to a name that nobody has taken.
///
/// # Errors
/// The system's; that the name is taken is `AlreadyExists`.
pub(crate) fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    if to.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(from, to)
}

/// True: std has no forks.
pub(crate) fn at_fork(_: extern "C" fn(), _: extern "C" fn(), _: extern "C" fn()) -> bool {
    true
}

/// Runs `f`: std has no signals.
pub(crate) fn without_signals<R>(f: impl FnOnce() -> R) -> R {
    f()
}

/// A variable of the environment.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Keeps other writers off a file for as long as it is open.
///
/// # Errors
/// `WouldBlock` if another has it locked; another error if the system knows no locks.
pub(crate) fn lock_for_writing(file: &File) -> Result<(), TryLockError> {
    file.try_lock()
}

/// None: no file can be memory.
pub(crate) fn ring_folders() -> Vec<PathBuf> {
    Vec::new()
}

pub(crate) fn takes_rings(_: &Path) -> bool {
    false
}

/// Why there is no ring in a file, as it is told.
pub(crate) fn without_ring(_: &io::Error) -> String {
    "no buffer outlives a process on this system".to_owned()
}

/// Of the user in the name of a ring.
pub(crate) fn user() -> u32 {
    0
}

pub(crate) fn trusts_counter() -> bool {
    false
}

/// Nothing: there are no forks.
pub(crate) fn close_in_child(_: Number) {}
