//! Unix: what std does not offer of it, behind safe functions. An island of `unsafe`.
//!
//! Invariants
//! 1. A pointer handed to the system is to a live slice, with that slice's length.
//! 2. A function handed to the system is `extern "C"`, lives as long as the process, and does not unwind.
//! 3. A signal set is written by `sigfillset`, `sigpending` or `pthread_sigmask` before it is read.
//! 4. `geteuid` has no preconditions and cannot fail.
//! 5. In the child of a fork the tracer of the parent is never used or dropped, so nobody closes its descriptors but this.
//! 6. The numbers 0, 1 and 2 belong to nobody and may be used by all, as std uses them; where one is closed, the system says so.
#![allow(unsafe_code)]

pub(crate) mod file;
mod pages;
pub(crate) mod start;
#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "other.rs")]
mod system;

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, RawFd};
use std::path::Path;
use std::time::Duration;

use super::FileId;
pub(crate) use pages::Pages;
pub(crate) use system::{
    MAPPING_KEEPS_LOCK, lock_for_writing, ring_folders, takes_rings, trusts_counter, without_ring,
};

/// A file that is open, as the system's calls take it.
pub(crate) type Descriptor<'a> = BorrowedFd<'a>;
/// The number of a descriptor, whoever has it.
pub(crate) type Number = RawFd;

pub(crate) const STDOUT: Number = libc::STDOUT_FILENO;
pub(crate) const STDERR: Number = libc::STDERR_FILENO;

/// As many bytes as a pipe takes in one piece, whoever else writes to it.
pub(crate) const PIPE_PIECE: usize = libc::PIPE_BUF;

/// Whether other threads may be gone when the end of the process is told.
pub(crate) const EXIT_STOPS_THREADS: bool = false;

pub(crate) fn descriptor(file: &File) -> Descriptor<'_> {
    file.as_fd()
}

pub(crate) fn number(fd: Descriptor<'_>) -> Number {
    fd.as_raw_fd()
}

/// Whether two files have one number, since the program has closed that of the first.
pub(crate) fn share_a_number(first: &File, second: &File) -> bool {
    first.as_raw_fd() == second.as_raw_fd()
}

/// Whether an output that can't be opened for this reason may be had in a while.
pub(crate) fn is_short_of(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::EIO))
}

/// One `write(2)`: how many bytes were taken.
///
/// # Errors
/// The system's, `EINTR` included.
pub(crate) fn write(fd: Descriptor<'_>, bytes: &[u8]) -> io::Result<usize> {
    // SAFETY: invariant 1; the descriptor is borrowed, so it is open.
    let n = unsafe { libc::write(fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) };
    usize::try_from(n).map_err(|_| io::Error::last_os_error())
}

/// Writes what `fd` takes without waiting.
///
/// # Errors
/// The system's; `WouldBlock` if it takes nothing now.
pub(crate) fn write_now(fd: Descriptor<'_>, bytes: &[u8]) -> io::Result<usize> {
    if let Some(outcome) = system::write_now(fd, bytes) {
        return outcome;
    }
    if wait_writable(fd, Duration::ZERO) { write(fd, bytes) } else { Err(io::ErrorKind::WouldBlock.into()) }
}

/// Renames a file to a name that nobody has taken.
///
/// # Errors
/// The system's; that the name is taken is `AlreadyExists`.
pub(crate) fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(outcome) = system::rename_to_new(from, to) {
        return outcome;
    }
    if to.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    std::fs::rename(from, to)
}

/// Waits until `fd` takes bytes again, for as long as `patience`; false where it does not.
pub(crate) fn wait_writable(fd: Descriptor<'_>, patience: Duration) -> bool {
    let mut poll = libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
    let millis = i32::try_from(patience.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: invariant 1, of a slice of one.
    unsafe { libc::poll(&raw mut poll, 1, millis) > 0 }
}

/// Stdin, stdout or stderr, by its number.
pub(crate) fn standard(fd: Number) -> Descriptor<'static> {
    // SAFETY: invariant 6.
    unsafe { BorrowedFd::borrow_raw(fd) }
}

/// Whether what is written goes into a pipe.
pub(crate) fn is_pipe(fd: Descriptor<'_>) -> bool {
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: invariant 1 for a slice of one.
    if unsafe { libc::fstat(fd.as_raw_fd(), stat.as_mut_ptr()) } != 0 {
        return false;
    }
    // SAFETY: invariant 1: the system wrote it.
    let stat = unsafe { stat.assume_init() };
    stat.st_mode & libc::S_IFMT == libc::S_IFIFO
}

/// `None` if the descriptor is closed.
pub(crate) fn file_id(fd: Number) -> Option<FileId> {
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: invariant 1 for a slice of one.
    if unsafe { libc::fstat(fd, stat.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: invariant 1: the system wrote it.
    let stat = unsafe { stat.assume_init() };
    // SAFETY: invariant 1: the flags are asked for without a pointer.
    let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
    #[allow(
        clippy::unnecessary_cast,
        clippy::cast_sign_loss,
        reason = "the widths differ from system to system"
    )]
    let id =
        FileId { device: stat.st_dev as u64, inode: stat.st_ino as u64, access: flags & libc::O_ACCMODE };
    (flags >= 0).then_some(id)
}

/// Calls `f` when the process ends by a return from main or `exit`; false where it will not.
pub(crate) fn at_exit(f: extern "C" fn()) -> bool {
    // SAFETY: invariant 2; no `f` here unwinds, which `extern "C"` would turn into an abort.
    unsafe { libc::atexit(f) == 0 }
}

/// Calls `prepare` before every `fork`, and then `parent` and `child` in either of the two; false where it will not.
pub(crate) fn at_fork(prepare: extern "C" fn(), parent: extern "C" fn(), child: extern "C" fn()) -> bool {
    // SAFETY: invariant 2.
    unsafe { libc::pthread_atfork(Some(prepare), Some(parent), Some(child)) == 0 }
}

/// Runs `f` with all signals blocked on this thread: a thread that it starts inherits that, so the
/// program's handlers never run on it. The signals that a write of `f` raised (a closed pipe, a limit on the size of
/// files) are taken back: to `f` they were errors.
pub(crate) fn without_signals<R>(f: impl FnOnce() -> R) -> R {
    const RAISED: [i32; 2] = [libc::SIGXFSZ, libc::SIGPIPE];
    let mut all = MaybeUninit::<libc::sigset_t>::uninit();
    let mut before = MaybeUninit::<libc::sigset_t>::uninit();
    let pending_before = RAISED.map(is_pending);
    // SAFETY: invariant 3: this writes `all`.
    unsafe { libc::sigfillset(all.as_mut_ptr()) };
    // SAFETY: invariant 3: `before` is read only if it was written.
    let blocked = unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) } == 0;
    let result = f();
    if blocked {
        for (signal, was_pending) in RAISED.into_iter().zip(pending_before) {
            if !was_pending && is_pending(signal) {
                system::take_back(signal);
            }
        }
        // SAFETY: invariant 3: `pthread_sigmask` returned 0, so it wrote `before`.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), std::ptr::null_mut()) };
    }
    result
}

fn is_pending(signal: i32) -> bool {
    let mut pending = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: invariant 3: this writes the set, or says that it did not.
    if unsafe { libc::sigpending(pending.as_mut_ptr()) } != 0 {
        return false;
    }
    // SAFETY: invariant 3: it is written.
    unsafe { libc::sigismember(pending.as_ptr(), signal) == 1 }
}

/// A variable of the environment. A program with more rights than the user who starts it reads none: the environment is
/// that user's.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    if system::has_more_rights() { None } else { std::env::var_os(name) }
}

/// The longest path that the system takes.
pub(crate) const LONGEST_PATH: usize = libc::PATH_MAX as usize;

/// Writes the path of the working directory to `path`; how long it is, 0 if there is none.
pub(crate) fn working_directory(path: &mut [u8]) -> usize {
    // SAFETY: invariant 1.
    let found = unsafe { libc::getcwd(path.as_mut_ptr().cast(), path.len()) };
    if found.is_null() { 0 } else { path.iter().position(|byte| *byte == 0).unwrap_or(0) }
}

/// The user that this process acts for.
pub(crate) fn user() -> u32 {
    // SAFETY: invariant 4.
    unsafe { libc::geteuid() }
}

/// Closes the copy of a descriptor that a child got by `fork`.
pub(crate) fn close_in_child(fd: Number) {
    // SAFETY: invariant 5.
    unsafe { libc::close(fd) };
}
