//! The memory that a ring lies in: pages of the process, or of a file. An island of `unsafe`.
//!
//! First the control block, then the dictionary, then the records.
//!
//! Invariants
//! 1. `pages` has `len(capacity)` bytes, readable and writable, until it is dropped; they began as zeros or as a ring,
//!    both of which are valid `Control` and valid `AtomicU64`s. They are aligned to a page. `records` is where the
//!    records begin, `capacity` bytes before the end.
//! 2. Positions are taken modulo `capacity`, a power of two and a multiple of 8; a piece is cut at the end of the pages.
//! 3. Payloads and definitions are written and read as plain memory: whoever calls sees to it that a place is never
//!    written by one while another reads or writes it.
#![allow(unsafe_code)]
#![expect(clippy::inline_always, reason = "the path of a call that finds room is one function")]

use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::ops::Range;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::os::Pages;
use crate::ring::Control;
use crate::ring::header::WORD;

/// Where the dictionary begins; before it is the control block.
pub(crate) const HEADER: u64 = 4096;

/// The bytes of the dictionary of a ring for so many bytes of records.
#[inline]
pub(crate) const fn dictionary(capacity: u64) -> u64 {
    let (least, most) = (256 << 10, 2 << 20);
    match capacity / 4 {
        size if size < least => least,
        size if size > most => most,
        size => size,
    }
}

/// The bytes of all of it.
pub(crate) const fn len(capacity: u64) -> u64 {
    (HEADER + dictionary(capacity)).saturating_add(capacity)
}

/// Pages with a control block, and room for definitions and records.
pub(crate) struct Memory {
    pages: Pages,
    records: NonNull<u8>,
    capacity: u64,
}

// SAFETY: invariant 1 holds on each thread; what is shared is atomic or under invariant 3.
unsafe impl Send for Memory {}
// SAFETY: as above, by invariants 1 and 3.
unsafe impl Sync for Memory {}

const _: () = assert!(size_of::<Control>() as u64 <= HEADER / 4);

impl Memory {
    /// Zeros that live as long as the process.
    ///
    /// # Errors
    /// The system has no such memory.
    pub(crate) fn anonymous(capacity: u64) -> io::Result<Self> {
        Ok(Self::on(Pages::anonymous(Self::len(capacity)?)?, capacity))
    }

    /// The whole of `file`, which is `len(capacity)` bytes long and has all its pages.
    ///
    /// # Errors
    /// It can't be mapped.
    pub(crate) fn of_file(file: &File, capacity: u64) -> io::Result<Self> {
        Ok(Self::on(Pages::of_file(file, Self::len(capacity)?)?, capacity))
    }

    /// On `len(capacity)` bytes of pages.
    fn on(pages: Pages, capacity: u64) -> Self {
        assert!(capacity.is_power_of_two() && capacity >= WORD, "invariant 2");
        // SAFETY: invariant 1.
        let records = unsafe { pages.base().add(in_memory(HEADER + dictionary(capacity))) };
        Self { pages, records, capacity }
    }

    /// Puts memory of this process alone in the place of a file's.
    pub(crate) fn leave_to_parent(&self) {
        self.pages.leave_to_parent();
    }

    fn len(capacity: u64) -> io::Result<usize> {
        isize::try_from(len(capacity))
            .map(isize::cast_unsigned)
            .map_err(|_| io::ErrorKind::OutOfMemory.into())
    }

    #[inline]
    pub(crate) fn capacity(&self) -> u64 {
        self.capacity
    }

    #[inline]
    pub(crate) fn control(&self) -> &Control {
        // SAFETY: invariant 1; the control block is all atomics beside bytes that nobody writes while this lives.
        unsafe { self.pages.base().cast().as_ref() }
    }

    /// The word at a position, which is a multiple of 8.
    #[inline]
    pub(crate) fn word(&self, at: u64) -> &AtomicU64 {
        debug_assert!(at.is_multiple_of(WORD));
        let word = self.at(at & !(WORD - 1)).cast::<AtomicU64>();
        // SAFETY: invariants 1 and 2: a whole word lies there, and it is aligned.
        unsafe { word.as_ref() }
    }

    /// The place of a record, if it does not go on at the start of the memory. Position and `size` are multiples of 8.
    #[inline(always)]
    pub(crate) fn place(&self, at: u64, size: u64) -> Option<Place<'_>> {
        let fits = size <= self.until_wrap(at);
        fits.then(|| Place { start: self.at(at), last: in_memory(size - WORD), memory: PhantomData })
    }

    /// Copies a payload to a position, which is a multiple of 8, and fills its last word up with zeros.
    ///
    /// # Safety
    /// The place is the caller's alone, see invariant 3, and the payload is no longer than `capacity`.
    pub(crate) unsafe fn put(&self, at: u64, payload: &[u8]) {
        let len = payload.len() as u64;
        if !len.is_multiple_of(WORD) {
            self.word((at + len) & !(WORD - 1)).store(0, Ordering::Relaxed);
        }
        let (first, rest) = payload.split_at(in_memory(self.until_wrap(at).min(len)));
        // SAFETY: invariants 2 and 3, and the caller's.
        unsafe { ptr::copy_nonoverlapping(first.as_ptr(), self.at(at).as_ptr(), first.len()) };
        // SAFETY: as above.
        unsafe { ptr::copy_nonoverlapping(rest.as_ptr(), self.at(0).as_ptr(), rest.len()) };
    }

    /// The `len` bytes from a position on; where they go on at the start of the memory, from `wrapped`.
    ///
    /// # Safety
    /// Nobody writes there as long as they are borrowed, see invariant 3.
    #[inline]
    pub(crate) unsafe fn get<'a>(&'a self, at: u64, len: u64, wrapped: &'a mut Vec<u8>) -> &'a [u8] {
        assert!(len <= self.capacity, "no record is longer than the ring");
        let first = in_memory(self.until_wrap(at).min(len));
        // SAFETY: invariants 1 and 2, and 3, which is the caller's.
        let start = unsafe { slice::from_raw_parts(self.at(at).as_ptr(), first) };
        let rest = in_memory(len) - first;
        if rest == 0 {
            return start;
        }
        wrapped.clear();
        wrapped.extend_from_slice(start);
        // SAFETY: as above.
        wrapped.extend_from_slice(unsafe { slice::from_raw_parts(self.at(0).as_ptr(), rest) });
        wrapped
    }

    /// Copies a definition to a place in the dictionary.
    ///
    /// # Safety
    /// The place is the caller's alone, see invariant 3.
    pub(crate) unsafe fn define(&self, at: u64, definition: &[u8]) {
        assert!(at.saturating_add(definition.len() as u64) <= dictionary(self.capacity), "it has room");
        // SAFETY: invariant 1: it lies there.
        let place = unsafe { self.pages.base().add(in_memory(HEADER + at)) };
        // SAFETY: invariant 3, which is the caller's; the definition lies elsewhere.
        unsafe { ptr::copy_nonoverlapping(definition.as_ptr(), place.as_ptr(), definition.len()) };
    }

    /// Appends what stands at a place in the dictionary.
    ///
    /// # Safety
    /// Nobody writes there, see invariant 3.
    pub(crate) unsafe fn definitions(&self, place: Range<u64>, out: &mut Vec<u8>) {
        assert!(place.start <= place.end && place.end <= dictionary(self.capacity), "they are there");
        // SAFETY: invariant 1: it lies there.
        let start = unsafe { self.pages.base().add(in_memory(HEADER + place.start)) };
        let len = in_memory(place.end - place.start);
        // SAFETY: invariants 1 and 3.
        out.extend_from_slice(unsafe { slice::from_raw_parts(start.as_ptr(), len) });
    }

    /// How many bytes from `at` on lie before the end of the pages.
    #[inline]
    fn until_wrap(&self, at: u64) -> u64 {
        self.capacity - (at & (self.capacity - 1))
    }

    #[inline]
    fn at(&self, at: u64) -> NonNull<u8> {
        // SAFETY: invariants 1 and 2.
        unsafe { self.records.add(in_memory(at & (self.capacity - 1))) }
    }
}

/// A place for a record, in one piece.
pub(crate) struct Place<'m> {
    start: NonNull<u8>,
    /// Where in it its last word is.
    last: usize,
    memory: PhantomData<&'m Memory>,
}

impl Place<'_> {
    /// Copies a payload behind the first word, and fills its last word up with zeros.
    ///
    /// # Safety
    /// The place is the caller's alone, see invariant 3, and has room for the payload and no further word.
    #[inline(always)]
    pub(crate) unsafe fn put(&self, payload: &[u8]) {
        // SAFETY: its last word lies in it.
        unsafe { self.word(self.last as u64) }.store(0, Ordering::Relaxed);
        // SAFETY: the caller's: there is more than the first word, or the payload is empty.
        let start = unsafe { self.start.add(in_memory(WORD)) };
        // SAFETY: the caller's, by invariant 3, and the payload lies elsewhere.
        unsafe { copy(payload.as_ptr(), start.as_ptr(), payload.len()) };
    }

    /// One of its words, by the bytes before it.
    ///
    /// # Safety
    /// It lies in the place, and there is a multiple of 8 bytes before it.
    #[inline(always)]
    pub(crate) unsafe fn word(&self, before: u64) -> &AtomicU64 {
        debug_assert!(before.is_multiple_of(WORD) && in_memory(before) <= self.last);
        // SAFETY: the caller's, by invariants 1 and 2.
        let word = unsafe { self.start.add(in_memory(before)) };
        // SAFETY: invariants 1 and 2: a whole word lies there, and it is aligned.
        unsafe { word.cast::<AtomicU64>().as_ref() }
    }
}

/// What lies within the pages is a `usize`, by invariant 1.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "invariant 1: all of it is in memory")]
fn in_memory(len: u64) -> usize {
    len as usize
}

/// As `copy_nonoverlapping`, without a call where as few bytes are copied as most records have.
///
/// # Safety
/// As of `copy_nonoverlapping`.
#[inline]
unsafe fn copy(from: *const u8, to: *mut u8, len: usize) {
    match len {
        // SAFETY: the caller's.
        32..=64 => unsafe { copy_ends::<[u64; 4]>(from, to, len) },
        // SAFETY: as above.
        65..=128 => unsafe { copy_ends::<[u64; 8]>(from, to, len) },
        // SAFETY: as above.
        _ => unsafe { ptr::copy_nonoverlapping(from, to, len) },
    }
}

/// Copies a `T` from the front and one from the end, which overlap.
///
/// # Safety
/// As of `copy_nonoverlapping`; `len` is at least the size of a `T`, which has no invalid values, and at most twice that.
#[inline]
unsafe fn copy_ends<T>(from: *const u8, to: *mut u8, len: usize) {
    let last = len - size_of::<T>();
    // SAFETY: the caller's: both lie within `len`.
    let from_last = unsafe { from.add(last) };
    // SAFETY: as above.
    let to_last = unsafe { to.add(last) };
    // SAFETY: as above.
    let front = unsafe { from.cast::<T>().read_unaligned() };
    // SAFETY: as above.
    let end = unsafe { from_last.cast::<T>().read_unaligned() };
    // SAFETY: as above.
    unsafe { to.cast::<T>().write_unaligned(front) };
    // SAFETY: as above.
    unsafe { to_last.cast::<T>().write_unaligned(end) };
}
