//! The memory that a ring lies in: mapped, anonymous or from a file. An island of `unsafe`.
//!
//! Invariants
//! 1. `[base, base + HEADER + capacity)` is mapped, readable and writable, from `map` until the drop; it began as zeros
//!    or as a ring, both of which are valid `Control` and valid `AtomicU64`s. `base` is aligned to a page.
//! 2. Offsets are taken modulo `capacity`, a power of two and a multiple of 8; a piece is cut at the end of the mapping.
//! 3. Bytes of lines are written and read as plain memory under the ring's invariants 2 and 3: never by two at once.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::ring::{Control, WORD};

/// Where the records begin; before them is the control block.
pub(crate) const HEADER: u64 = 4096;

/// A mapping with a control block and room for records.
pub(crate) struct Memory {
    base: NonNull<u8>,
    capacity: u64,
}

// SAFETY: invariant 1 holds on each thread; what is shared is atomic or under invariant 3.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

const _: () = assert!(size_of::<Control>() as u64 <= HEADER / 4);

impl Memory {
    /// Zeros that live as long as the process.
    ///
    /// # Errors
    /// The system has no such memory.
    pub(crate) fn anonymous(capacity: u64) -> io::Result<Self> {
        Self::map(capacity, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_POPULATE, -1)
    }

    /// The whole of `file`, which is `HEADER + capacity` bytes long and has all its pages.
    ///
    /// # Errors
    /// It can't be mapped.
    pub(crate) fn of_file(file: &File, capacity: u64) -> io::Result<Self> {
        Self::map(capacity, libc::MAP_SHARED | libc::MAP_POPULATE, file.as_raw_fd())
    }

    fn map(capacity: u64, flags: i32, fd: i32) -> io::Result<Self> {
        assert!(capacity.is_power_of_two() && capacity >= WORD, "invariant 2");
        let len = Self::len(capacity)?;
        // SAFETY: a new mapping, at an address that the system chooses; `fd` is open or none.
        let base =
            unsafe { libc::mmap(ptr::null_mut(), len, libc::PROT_READ | libc::PROT_WRITE, flags, fd, 0) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(base.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { base, capacity })
    }

    /// Puts memory of this process alone in the place of a file's.
    pub(crate) fn leave_to_parent(&self) {
        let Ok(len) = Self::len(self.capacity) else { return };
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
        // SAFETY: invariant 1: the whole of the mapping is replaced by zeros, at the same place. The child of a fork has
        // one thread, and this is called before it does anything else.
        unsafe {
            libc::mmap(self.base.as_ptr().cast(), len, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0)
        };
    }

    fn len(capacity: u64) -> io::Result<usize> {
        usize::try_from(HEADER + capacity).map_err(|_| io::ErrorKind::OutOfMemory.into())
    }

    #[inline]
    pub(crate) fn capacity(&self) -> u64 {
        self.capacity
    }

    #[inline]
    pub(crate) fn control(&self) -> &Control {
        // SAFETY: invariant 1; the control block is all atomics beside bytes that nobody writes while this lives.
        unsafe { self.base.cast().as_ref() }
    }

    /// The word at a position, which is a multiple of 8.
    #[inline]
    pub(crate) fn word(&self, at: u64) -> &AtomicU64 {
        debug_assert!(at.is_multiple_of(WORD));
        // SAFETY: invariants 1 and 2: a whole word lies there, and it is aligned.
        unsafe { self.at(at).cast::<AtomicU64>().as_ref() }
    }

    /// Copies a line to a position, and fills its last word up with zeros.
    #[inline]
    pub(crate) fn put(&self, at: u64, line: &[u8]) {
        let len = line.len() as u64;
        if !len.is_multiple_of(WORD) {
            self.word((at + len) & !(WORD - 1)).store(0, Ordering::Relaxed);
        }
        let (first, rest) = line.split_at(self.until_wrap(at, line.len()));
        // SAFETY: invariants 2 and 3; the line is no part of the mapping.
        unsafe {
            ptr::copy_nonoverlapping(first.as_ptr(), self.at(at).as_ptr(), first.len());
            if !rest.is_empty() {
                ptr::copy_nonoverlapping(rest.as_ptr(), self.at(0).as_ptr(), rest.len());
            }
        }
    }

    /// Appends `len` bytes from a position.
    #[inline]
    pub(crate) fn get(&self, at: u64, len: usize, out: &mut Vec<u8>) {
        let first = self.until_wrap(at, len);
        // SAFETY: invariants 2 and 3.
        unsafe {
            out.extend_from_slice(std::slice::from_raw_parts(self.at(at).as_ptr(), first));
            out.extend_from_slice(std::slice::from_raw_parts(self.at(0).as_ptr(), len - first));
        }
    }

    /// How many of `len` bytes from `at` on lie before the end of the mapping.
    #[inline]
    fn until_wrap(&self, at: u64, len: usize) -> usize {
        assert!(len as u64 <= self.capacity, "no line is longer than the ring");
        let left = self.capacity - (at & (self.capacity - 1));
        usize::try_from(left).map_or(len, |left| left.min(len))
    }

    #[inline]
    fn at(&self, at: u64) -> NonNull<u8> {
        let offset = HEADER + (at & (self.capacity - 1));
        #[expect(clippy::cast_possible_truncation, reason = "invariant 1: all of it is mapped")]
        // SAFETY: invariants 1 and 2.
        unsafe {
            self.base.add(offset as usize)
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if let Ok(len) = Self::len(self.capacity) {
            // SAFETY: invariant 1; nothing borrows from it any more.
            unsafe { libc::munmap(self.base.as_ptr().cast(), len) };
        }
    }
}
