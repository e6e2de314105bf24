//! Pages of memory, mapped: anonymous ones or those of a file. An island of `unsafe`.
//!
//! Invariant
//! 1. `[base, base + len)` is a mapping of this value's own, readable and writable, from `map` until the drop, and lies
//!    at the start of a page.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::ptr::{self, NonNull};

use super::system::POPULATE;

pub(crate) struct Pages {
    base: NonNull<u8>,
    len: usize,
}

// SAFETY: invariant 1: the mapping belongs to no thread; what is read and written there is for the owner to order.
unsafe impl Send for Pages {}
// SAFETY: as above.
unsafe impl Sync for Pages {}

impl Pages {
    /// Zeros that live as long as the process.
    ///
    /// # Errors
    /// The system has no such memory.
    pub(crate) fn anonymous(len: usize) -> io::Result<Self> {
        Self::map(len, libc::MAP_PRIVATE | libc::MAP_ANON | POPULATE, -1)
    }

    /// The first `len` bytes of `file`, which has all of its pages.
    ///
    /// # Errors
    /// It can't be mapped.
    pub(crate) fn of_file(file: &File, len: usize) -> io::Result<Self> {
        Self::map(len, libc::MAP_SHARED | POPULATE, file.as_raw_fd())
    }

    fn map(len: usize, flags: i32, fd: i32) -> io::Result<Self> {
        // SAFETY: a new mapping, at an address that the system chooses; `fd` is open or none. It makes invariant 1.
        let base =
            unsafe { libc::mmap(ptr::null_mut(), len, libc::PROT_READ | libc::PROT_WRITE, flags, fd, 0) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(base.cast::<u8>()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { base, len })
    }

    #[inline]
    pub(crate) fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// In the child of a fork: puts memory of this process alone in the place of a file's.
    pub(crate) fn leave_to_parent(&self) {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED;
        // SAFETY: invariant 1: the whole of the mapping is replaced by zeros, at the same place. The child of a fork has
        // one thread, and this is called before it does anything else.
        unsafe {
            libc::mmap(self.base.as_ptr().cast(), self.len, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0)
        };
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: invariant 1; nothing borrows from it any more.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.len) };
    }
}
