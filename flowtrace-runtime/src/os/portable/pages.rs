//! Zeros, allocated. An island of `unsafe`.
//!
//! Invariant
//! 1. `[base, base + layout.size())` is an allocation of this value's own, of that layout, from `anonymous` until the drop.
#![allow(unsafe_code)]

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::fs::File;
use std::io;
use std::ptr::NonNull;

/// As a mapping is aligned.
const PAGE: usize = 4096;

pub(crate) struct Pages {
    base: NonNull<u8>,
    layout: Layout,
}

// SAFETY: invariant 1: the allocation belongs to no thread; what is read and written there is for the owner to order.
unsafe impl Send for Pages {}
// SAFETY: as above.
unsafe impl Sync for Pages {}

impl Pages {
    /// Zeros that live as long as the process.
    ///
    /// # Errors
    /// There is no such memory.
    pub(crate) fn anonymous(len: usize) -> io::Result<Self> {
        assert!(len > 0, "an allocation has a size");
        let layout = Layout::from_size_align(len, PAGE).map_err(|_| io::ErrorKind::OutOfMemory)?;
        // SAFETY: the size is not 0. It makes invariant 1.
        let base = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { base, layout })
    }

    /// # Errors
    /// Always: std maps no files.
    pub(crate) fn of_file(_: &File, _: usize) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    #[inline]
    pub(crate) fn base(&self) -> NonNull<u8> {
        self.base
    }

    #[expect(clippy::unused_self, reason = "elsewhere it may be a file's")]
    pub(crate) fn leave_to_parent(&self) {}
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: invariant 1; nothing borrows from it any more.
        unsafe { dealloc(self.base.as_ptr(), self.layout) };
    }
}
