//! A file mapped into memory, to be read.
//!
//! An island of `unsafe`, for one call. Its invariant:
//!
//! 1. Nobody changes a file that is mapped. An index is written whole, under a name of its own or without a name,
//!    before it is mapped; a newer one takes its name by a rename and leaves the mapped file alone.
#![allow(unsafe_code)]
use std::fs::File;
use std::io;

use memmap2::Mmap;

/// The bytes of `file`.
pub(super) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the file does not change while it is mapped (1).
    unsafe { Mmap::map(file) }
}
