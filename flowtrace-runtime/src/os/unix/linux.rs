//! What Linux offers beyond Unix. An island of `unsafe`.
//!
//! Invariants
//! 1. A pointer handed to the system is to a live slice, with that slice's length; a path ends with its NUL.
//! 2. A signal set is written by `sigemptyset` before it is read.
//! 3. `getauxval` has no preconditions and cannot fail.
#![allow(unsafe_code)]

use std::ffi::CString;
use std::fs::{File, TryLockError};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::{Descriptor, user, variable};

/// Has a mapping's pages there at once.
pub(super) const POPULATE: i32 = libc::MAP_POPULATE;
/// A file that is mapped stays locked when its descriptor is closed.
pub(crate) const MAPPING_KEEPS_LOCK: bool = true;
/// Where the ring of a process can lie, as it is told.
const RING_FOLDERS: &str = "$XDG_RUNTIME_DIR or /dev/shm";

/// Where rings may lie: in memory, so that no write to them ever waits for a disk.
pub(crate) fn ring_folders() -> Vec<PathBuf> {
    let own = variable("XDG_RUNTIME_DIR").map(PathBuf::from);
    // where that is at most, for whoever is started without it
    let users = PathBuf::from(format!("/run/user/{}", user()));
    let mut folders = vec![users, PathBuf::from("/dev/shm")];
    if let Some(own) = own.filter(|path| path.is_absolute()) {
        folders.retain(|folder| *folder != own);
        folders.insert(0, own);
    }
    folders
}

/// Why there is no ring in a file, as it is told.
pub(crate) fn without_ring(error: &io::Error) -> String {
    format!("no buffer in {RING_FOLDERS}: {error}")
}

/// Whether a new ring may lie in `folder`: its files lie in memory.
pub(crate) fn takes_rings(folder: &Path) -> bool {
    let Ok(path) = CString::new(folder.as_os_str().as_bytes()) else { return false };
    let mut stat = MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: invariant 1 for the path, and for a slice of one.
    if unsafe { libc::statfs(path.as_ptr(), stat.as_mut_ptr()) } != 0 {
        return false;
    }
    // SAFETY: invariant 1: the system wrote it.
    let kind = unsafe { stat.assume_init() }.f_type;
    // magic numbers of statfs(2)
    [0x0102_1994, 0x8584_58f6].contains(&(i128::from(kind) & 0xffff_ffff))
}

/// Writes what `fd` takes without waiting; `None` if the kernel can't for this kind of file, or not at all.
pub(super) fn write_now(fd: Descriptor<'_>, bytes: &[u8]) -> Option<io::Result<usize>> {
    let part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    let at_its_end: libc::c_long = -1;
    // SAFETY: invariant 1, of a slice of one that leads to `bytes`, which is only read.
    let n = unsafe {
        let (call, fd) = (libc::SYS_pwritev2, fd.as_raw_fd());
        libc::syscall(call, fd, &raw const part, 1_usize, at_its_end, at_its_end, libc::RWF_NOWAIT)
    };
    let error = io::Error::last_os_error();
    match (usize::try_from(n), error.raw_os_error()) {
        (Ok(n), _) => Some(Ok(n)),
        (Err(_), Some(libc::EOPNOTSUPP | libc::ENOSYS | libc::EINVAL | libc::ESPIPE)) => None,
        (Err(_), _) => Some(Err(error)),
    }
}

/// Renames a file to a name that nobody has taken; `None` if the file system does not know how.
pub(super) fn rename_to_new(from: &Path, to: &Path) -> Option<io::Result<()>> {
    let [from, to] = [from, to].map(|path| CString::new(path.as_os_str().as_bytes()));
    let (Ok(from), Ok(to)) = (from, to) else { return None };
    let (here, only_new) = (libc::AT_FDCWD, libc::RENAME_NOREPLACE);
    // SAFETY: invariant 1.
    let renamed =
        unsafe { libc::syscall(libc::SYS_renameat2, here, from.as_ptr(), here, to.as_ptr(), only_new) };
    if renamed == 0 {
        return Some(Ok(()));
    }
    let error = io::Error::last_os_error();
    let knows = !matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOSYS));
    knows.then_some(Err(error))
}

/// Takes a signal that waits for this thread, if nobody else has taken it meanwhile.
pub(super) fn take_back(signal: i32) {
    let mut one = MaybeUninit::<libc::sigset_t>::uninit();
    let at_once = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: invariant 2: this writes the set.
    unsafe { libc::sigemptyset(one.as_mut_ptr()) };
    // SAFETY: invariant 2: it is written.
    unsafe { libc::sigaddset(one.as_mut_ptr(), signal) };
    // SAFETY: invariant 2 for the set, and invariant 1 for the time; what the signal says is not asked for.
    unsafe { libc::sigtimedwait(one.as_ptr(), std::ptr::null_mut(), &raw const at_once) };
}

pub(super) fn has_more_rights() -> bool {
    // SAFETY: invariant 3.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

/// Whether the system's own clock is built on the processor's counter.
pub(crate) fn trusts_counter() -> bool {
    let current = std::fs::read_to_string("/sys/devices/system/clocksource/clocksource0/current_clocksource");
    let trusted = ["tsc", "kvm-clock", "hyperv_clocksource_tsc_page"];
    current.is_ok_and(|current| trusted.contains(&current.trim()))
}

/// Keeps other writers off a file for as long as it is open. As opposed to `flock`, nobody can hold this lock who may
/// only read the file.
///
/// # Errors
/// `WouldBlock` if another writer has it; another error if writers can't be kept off, as while a reader locks the file
/// for reading.
pub(crate) fn lock_for_writing(file: &File) -> Result<(), TryLockError> {
    let Err(error) = set_lock(file, libc::F_OFD_SETLK, libc::F_WRLCK) else { return Ok(()) };
    // a writer's lock lets no other stand beside it, so that one is enough to look at
    let is_readers =
        || set_lock(file, libc::F_OFD_GETLK, libc::F_WRLCK).is_ok_and(|kind| kind == libc::F_RDLCK);
    let is_held = matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EACCES));
    Err(if is_held && !is_readers() { TryLockError::WouldBlock } else { TryLockError::Error(error) })
}

/// A lock of a kind on the whole of a file, asked for or looked at; the kind that there is.
fn set_lock(file: &File, command: i32, kind: i32) -> io::Result<i32> {
    // SAFETY: invariant 1: all zeros are a lock, from the start of the file to its end.
    let mut lock: libc::flock = unsafe { MaybeUninit::zeroed().assume_init() };
    lock.l_type = libc::c_short::try_from(kind).unwrap_or_default();
    // SAFETY: invariant 1 for a slice of one.
    let done = unsafe { libc::fcntl(file.as_raw_fd(), command, &raw mut lock) };
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(i32::from(lock.l_type)) }
}

#[cfg(test)]
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
