//! What std does not offer of the operating system, behind safe functions. An island of `unsafe`.
//!
//! Invariants
//! 1. A pointer handed to the system is to a live slice, with that slice's length.
//! 2. A function handed to the system is `extern "C"`, lives as long as the process, and does not unwind.
//! 3. A signal set is written by `sigfillset`, `sigemptyset`, `sigpending` or `pthread_sigmask` before it is read.
//! 4. `geteuid`, its like and `getauxval` have no preconditions and cannot fail.
//! 5. In the child of a fork the tracer of the parent is never used or dropped, so nobody closes its descriptors but this.
//! 6. The numbers 0, 1 and 2 belong to nobody and may be used by all, as std uses them; where one is closed, the system says so.
#![allow(unsafe_code)]

#[cfg(target_os = "linux")]
pub(crate) mod start;

use std::ffi::CString;
use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
#[cfg(target_os = "linux")]
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
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

/// Writes what `fd` takes without waiting.
///
/// # Errors
/// The system's; `WouldBlock` if it takes nothing now.
pub(crate) fn write_now(fd: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    #[cfg(target_os = "linux")]
    {
        let part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
        let at_its_end: libc::c_long = -1;
        // SAFETY: invariant 1, of a slice of one that leads to `bytes`, which is only read.
        let n = unsafe {
            let (call, fd) = (libc::SYS_pwritev2, fd.as_raw_fd());
            libc::syscall(call, fd, &raw const part, 1_usize, at_its_end, at_its_end, libc::RWF_NOWAIT)
        };
        let error = io::Error::last_os_error();
        match (usize::try_from(n), error.raw_os_error()) {
            (Ok(n), _) => return Ok(n),
            // the kernel can't for this kind of file, or not at all
            (Err(_), Some(libc::EOPNOTSUPP | libc::ENOSYS | libc::EINVAL | libc::ESPIPE)) => {}
            (Err(_), _) => return Err(error),
        }
    }
    if wait_writable(fd, Duration::ZERO) { write(fd, bytes) } else { Err(io::ErrorKind::WouldBlock.into()) }
}

/// Writes all of `bytes` by `write`, or says how many it did.
pub(crate) fn write_all(
    bytes: &[u8],
    mut write: impl FnMut(&[u8]) -> io::Result<usize>,
) -> Result<(), (io::Error, usize)> {
    let mut written = 0;
    while written < bytes.len() {
        match write(&bytes[written..]) {
            Ok(0) => return Err((io::ErrorKind::WriteZero.into(), written)),
            Ok(n) => written += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err((error, written)),
        }
    }
    Ok(())
}

/// Renames a file to a name that nobody has taken.
///
/// # Errors
/// The system's; that the name is taken is `AlreadyExists`.
pub(crate) fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    match rename_without_replacing(from, to) {
        // file systems that do not know how
        Err(error) if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOSYS)) => {}
        outcome => return outcome,
    }
    if to.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    std::fs::rename(from, to)
}

#[cfg(target_os = "linux")]
fn rename_without_replacing(from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (CString::new(from.as_os_str().as_bytes())?, CString::new(to.as_os_str().as_bytes())?);
    let (here, only_new) = (libc::AT_FDCWD, libc::RENAME_NOREPLACE);
    // SAFETY: invariant 1: both paths end with their NUL.
    let renamed =
        unsafe { libc::syscall(libc::SYS_renameat2, here, from.as_ptr(), here, to.as_ptr(), only_new) };
    if renamed == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Waits until `fd` takes bytes again, for as long as `patience`; false where it does not.
pub(crate) fn wait_writable(fd: BorrowedFd<'_>, patience: Duration) -> bool {
    let mut poll = libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
    let millis = i32::try_from(patience.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: invariant 1, of a slice of one.
    unsafe { libc::poll(&raw mut poll, 1, millis) > 0 }
}

/// Stdin, stdout or stderr, by its number.
pub(crate) fn standard(fd: RawFd) -> BorrowedFd<'static> {
    // SAFETY: invariant 6.
    unsafe { BorrowedFd::borrow_raw(fd) }
}

/// Whether what is written goes into a pipe.
pub(crate) fn is_pipe(fd: BorrowedFd<'_>) -> bool {
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: invariant 1 for a slice of one.
    if unsafe { libc::fstat(fd.as_raw_fd(), stat.as_mut_ptr()) } != 0 {
        return false;
    }
    // SAFETY: invariant 1: the system wrote it.
    let stat = unsafe { stat.assume_init() };
    stat.st_mode & libc::S_IFMT == libc::S_IFIFO
}

/// What a descriptor leads to, and what may be done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileId {
    pub(crate) device: u64,
    pub(crate) inode: u64,
    /// `O_RDONLY`, `O_WRONLY` or `O_RDWR`.
    pub(crate) access: i32,
}

/// `None` if the descriptor is closed.
pub(crate) fn file_id(fd: RawFd) -> Option<FileId> {
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: invariant 1 for a slice of one.
    if unsafe { libc::fstat(fd, stat.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: invariant 1: the system wrote it.
    let stat = unsafe { stat.assume_init() };
    // SAFETY: invariant 1: the flags are asked for without a pointer.
    let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
    #[allow(clippy::unnecessary_cast, reason = "the widths differ from system to system")]
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
                take_back(signal);
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

/// Takes a signal that waits for this thread, if nobody else has taken it meanwhile.
#[cfg(target_os = "linux")]
fn take_back(signal: i32) {
    let mut one = MaybeUninit::<libc::sigset_t>::uninit();
    let at_once = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: invariant 3: this writes the set.
    unsafe { libc::sigemptyset(one.as_mut_ptr()) };
    // SAFETY: invariant 3: it is written.
    unsafe { libc::sigaddset(one.as_mut_ptr(), signal) };
    // SAFETY: invariant 3 for the set, and invariant 1 for the time; what the signal says is not asked for.
    unsafe { libc::sigtimedwait(one.as_ptr(), std::ptr::null_mut(), &raw const at_once) };
}

/// Elsewhere rings are in no files, and the drainer's thread keeps the signal.
#[cfg(not(target_os = "linux"))]
fn take_back(_: i32) {}

/// A variable of the environment. A program with more rights than the user who starts it reads none: the environment is
/// that user's.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    if has_more_rights() { None } else { std::env::var_os(name) }
}

#[cfg(target_os = "linux")]
fn has_more_rights() -> bool {
    // SAFETY: invariant 4.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

#[cfg(not(target_os = "linux"))]
fn has_more_rights() -> bool {
    // SAFETY: invariant 4.
    unsafe { libc::getuid() != libc::geteuid() || libc::getgid() != libc::getegid() }
}

/// Keeps other writers off a file for as long as it is open. As opposed to `flock`, nobody can hold this lock who may
/// only read the file.
///
/// # Errors
/// `WouldBlock` if another writer has it; another error if writers can't be kept off, as while a reader locks the file
/// for reading.
#[cfg(target_os = "linux")]
pub(crate) fn lock_for_writing(file: &File) -> Result<(), TryLockError> {
    let Err(error) = set_lock(file, libc::F_OFD_SETLK, libc::F_WRLCK) else { return Ok(()) };
    // a writer's lock lets no other stand beside it, so that one is enough to look at
    let is_readers =
        || set_lock(file, libc::F_OFD_GETLK, libc::F_WRLCK).is_ok_and(|kind| kind == libc::F_RDLCK);
    let is_held = matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EACCES));
    Err(if is_held && !is_readers() { TryLockError::WouldBlock } else { TryLockError::Error(error) })
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn lock_for_writing(file: &File) -> Result<(), TryLockError> {
    file.try_lock()
}

/// A lock of a kind on the whole of a file, asked for or looked at; the kind that there is.
#[cfg(target_os = "linux")]
fn set_lock(file: &File, command: i32, kind: i32) -> io::Result<i32> {
    // SAFETY: invariant 1: all zeros are a lock, from the start of the file to its end.
    let mut lock: libc::flock = unsafe { MaybeUninit::zeroed().assume_init() };
    lock.l_type = libc::c_short::try_from(kind).unwrap_or_default();
    // SAFETY: invariant 1 for a slice of one.
    let done = unsafe { libc::fcntl(file.as_raw_fd(), command, &raw mut lock) };
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(i32::from(lock.l_type)) }
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

/// Whether the files of `folder` lie in memory.
#[cfg(target_os = "linux")]
pub(crate) fn is_in_memory(folder: &Path) -> bool {
    let Ok(path) = CString::new(folder.as_os_str().as_bytes()) else { return false };
    let mut stat = MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: invariant 1 for the path, which ends with its NUL, and for a slice of one.
    if unsafe { libc::statfs(path.as_ptr(), stat.as_mut_ptr()) } != 0 {
        return false;
    }
    // SAFETY: invariant 1: the system wrote it.
    let kind = unsafe { stat.assume_init() }.f_type;
    // magic numbers of statfs(2)
    [0x0102_1994, 0x8584_58f6].contains(&(i128::from(kind) & 0xffff_ffff))
}

/// Elsewhere nobody can tell, and a ring on a disk would make the program wait for it.
#[cfg(not(target_os = "linux"))]
pub(crate) fn is_in_memory(_: &Path) -> bool {
    false
}

/// Closes the copy of a descriptor that a child got by `fork`.
pub(crate) fn close_in_child(fd: RawFd) {
    // SAFETY: invariant 5.
    unsafe { libc::close(fd) };
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_lock_for_reading_is_not_taken_for_a_writer() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let reader = File::open(file.path()).expect("a reader");
        set_lock(&reader, libc::F_OFD_SETLK, libc::F_RDLCK).expect("locked");
        assert!(matches!(lock_for_writing(file.as_file()), Err(TryLockError::Error(_))));
        drop(reader);
        lock_for_writing(file.as_file()).expect("locked");
        let second = File::options().write(true).open(file.path()).expect("a writer");
        assert!(matches!(lock_for_writing(&second), Err(TryLockError::WouldBlock)));
        // and nobody can have it who may only read
        let reader = File::open(file.path()).expect("a reader");
        assert!(set_lock(&reader, libc::F_OFD_SETLK, libc::F_WRLCK).is_err());
    }
}
