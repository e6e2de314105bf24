//! What std does not offer of the operating system, behind safe functions. An island of `unsafe`.
//!
//! Invariants
//! 1. A pointer handed to the system is to a live slice, with that slice's length.
//! 2. A function handed to the system is `extern "C"`, lives as long as the process, and does not unwind.
//! 3. A signal set is written by `sigfillset` or `pthread_sigmask` before it is read.
#![allow(unsafe_code)]

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

/// One `write(2)`: how many bytes were taken.
///
/// # Errors
/// The system's, `EINTR` included.
pub(crate) fn write(fd: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    // SAFETY: invariant 1; the descriptor is borrowed, so it is open.
    let n = unsafe { libc::write(fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) };
    usize::try_from(n).map_err(|_| io::Error::last_os_error())
}

/// Waits until `fd` takes bytes again, for as long as `patience`; false where it does not.
pub(crate) fn wait_writable(fd: BorrowedFd<'_>, patience: Duration) -> bool {
    let mut poll = libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
    let millis = i32::try_from(patience.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: invariant 1, of a slice of one.
    unsafe { libc::poll(&raw mut poll, 1, millis) > 0 }
}

/// Calls `f` when the process ends by a return from main or `exit`; false where it will not.
pub(crate) fn at_exit(f: extern "C" fn()) -> bool {
    // SAFETY: invariant 2; no `f` here unwinds, which `extern "C"` would turn into an abort.
    unsafe { libc::atexit(f) == 0 }
}

/// Calls `f` in the child of every `fork`; false where it will not.
pub(crate) fn at_fork_in_child(f: extern "C" fn()) -> bool {
    // SAFETY: invariant 2.
    unsafe { libc::pthread_atfork(None, None, Some(f)) == 0 }
}

/// Runs `f` with all signals blocked on this thread: a thread that it starts inherits that, so the
/// program's handlers never run on it.
pub(crate) fn without_signals<R>(f: impl FnOnce() -> R) -> R {
    let mut all = MaybeUninit::<libc::sigset_t>::uninit();
    let mut before = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: invariant 3: `sigfillset` writes `all`, and `before` is read only if it was written.
    let blocked = unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) == 0
    };
    let result = f();
    if blocked {
        // SAFETY: invariant 3: `pthread_sigmask` returned 0, so it wrote `before`.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), std::ptr::null_mut()) };
    }
    result
}
