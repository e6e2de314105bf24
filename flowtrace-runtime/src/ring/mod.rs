//! Records on their way from many writers to one reader, in one true order, in memory that outlives the process.
//!
//! A record is one word of header (see `ring/header.rs`) and its payload, filled up with zeros to whole words. What a
//! payload means is the business of whoever writes and reads it. Beside the records lies the dictionary: bytes that
//! writers append, and that stay.
//!
//! A writer claims a place by one atomic add to `tail`, copies its payload behind the header's word, and stores the
//! header: then the record is committed. The reader takes committed records from `head` on, and moves `head`.
//!
//! An island of `unsafe`.
//!
//! Invariants
//! 1. Positions only grow. A record's place is `position % capacity`; records stand without gaps; each begins at a
//!    multiple of 8.
//! 2. Who claimed `[at, at + size)` alone writes there, and only once `at + size <= head + capacity`: a `Room` is the
//!    proof of both, and a commit uses it up.
//! 3. The reader reads a record only after it saw its header (acquire, which meets the writer's release), and nobody
//!    writes there before the reader has moved `head` past it (release, which meets the writer's acquire).
//! 4. A word is taken for a header only at a place that is claimed and not read, and only if it has the check of that
//!    place: no other word has it, but by an accident of 1 to 2³².
//! 5. The first `defined` bytes of the dictionary never change; who holds `defining` alone writes behind them.
//!
//! By 4 a dead process's ring is read as safely as a living one's: what was claimed but not committed is passed over
//! word by word up to the next header.
#![allow(unsafe_code)]

pub(crate) mod channel;
pub(crate) mod file;
pub(crate) mod header;
#[cfg_attr(loom, path = "memory_model.rs")]
pub(crate) mod memory;
pub(crate) mod note;
pub(crate) mod on_full;
pub(crate) mod reason;
pub(crate) mod sync;

use crate::ring::sync::{AtomicU64, Mutex, Ordering, PoisonError};
use header::{DROPPED, Header, LARGE, LONGEST, WORD};
use memory::Memory;
use note::Note;

/// The reader sleeps until it is woken.
pub(crate) const ASLEEP: u64 = 1;
/// The reader waits a moment for more records.
pub(crate) const GATHERING: u64 = 2;
/// What is claimed from now on is read by nobody.
pub(crate) const ENDED: u64 = 4;
const FLAGS: u64 = 7;

/// What writers and reader share beside the records. Each on cache lines of its own.
#[repr(C, align(128))]
pub(crate) struct Control {
    /// Who the ring belongs to, see `ring/file/`.
    identity: Aligned<[u8; 128]>,
    /// The end of what is claimed; its low bits are the flags above.
    pub(crate) tail: Aligned<AtomicU64>,
    /// The end of what the reader has dealt with.
    pub(crate) head: Aligned<AtomicU64>,
    /// How many lines were not kept, ever.
    pub(crate) lost: Aligned<AtomicU64>,
    /// What the reader is writing to a file.
    pub(crate) note: Aligned<Note>,
    /// How many bytes of the dictionary are written.
    pub(crate) defined: Aligned<AtomicU64>,
}

/// Shares no cache line, nor the pair of lines that is fetched together.
#[repr(C, align(128))]
pub(crate) struct Aligned<T>(pub(crate) T);

impl<T> std::ops::Deref for Aligned<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

#[cfg(loom)]
impl Control {
    pub(crate) fn new() -> Self {
        Self {
            identity: Aligned([0; 128]),
            tail: Aligned(AtomicU64::new(0)),
            head: Aligned(AtomicU64::new(0)),
            lost: Aligned(AtomicU64::new(0)),
            note: Aligned(Note::new()),
            defined: Aligned(AtomicU64::new(0)),
        }
    }
}

/// A place that a writer has claimed. Whoever drops it leaves a gap that no reader gets past.
#[derive(Debug)]
#[must_use]
pub(crate) struct Claim {
    at: u64,
    size: u64,
    flags: u64,
}

impl Claim {
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    pub(crate) fn end(&self) -> u64 {
        self.at.wrapping_add(self.size)
    }

    /// What the reader was doing.
    pub(crate) fn flags(&self) -> u64 {
        self.flags
    }
}

/// A claimed place of which all is read that stood there.
#[derive(Debug)]
#[must_use]
pub(crate) struct Room(Claim);

impl std::ops::Deref for Room {
    type Target = Claim;

    #[inline]
    fn deref(&self) -> &Claim {
        &self.0
    }
}

/// What is not read late.
pub(crate) const NOTHING_LATE: Option<(usize, fn() -> u64)> = None;

/// The ring itself; how writers and the reader wait for each other is `channel.rs`.
pub(crate) struct Ring {
    memory: Memory,
    key: u64,
    /// Held while the dictionary grows.
    defining: Mutex<()>,
}

impl Ring {
    /// `memory` is zeros, or a ring that somebody left; `key` is that ring's, or a new random number.
    pub(crate) fn new(memory: Memory, key: u64) -> Self {
        Self { memory, key, defining: Mutex::new(()) }
    }

    #[inline]
    pub(crate) fn control(&self) -> &Control {
        self.memory.control()
    }

    /// Bytes of records, headers included; a power of two.
    #[inline]
    pub(crate) fn capacity(&self) -> u64 {
        self.memory.capacity()
    }

    /// The bytes that a record with a payload of `len` bytes takes.
    #[inline]
    pub(crate) fn size(len: usize) -> u64 {
        WORD + ((len as u64 + (WORD - 1)) & !(WORD - 1))
    }

    /// The bytes of the largest record that is kept in the ring.
    #[inline]
    pub(crate) fn largest(&self) -> u64 {
        (self.capacity() / 2).min(LONGEST)
    }

    /// In the child of a fork: lets go of the parent's file, which would else seem to be held for as long as the child
    /// lives. What may still be written here goes nowhere.
    pub(crate) fn leave_to_parent(&self) {
        self.memory.leave_to_parent();
    }

    /// Claims a place whether there is room or not.
    #[inline]
    pub(crate) fn claim(&self, size: u64) -> Claim {
        // SeqCst: whoever goes to sleep sets a flag here and then looks for claims, see `Channel::sleep`
        let before = self.control().tail.fetch_add(size, Ordering::SeqCst);
        Claim { at: before & !FLAGS, size, flags: before & FLAGS }
    }

    /// Claims a place if there is room.
    #[inline]
    pub(crate) fn try_claim(&self, size: u64) -> Option<Room> {
        let tail = &self.control().tail;
        let mut before = tail.load(Ordering::Relaxed);
        loop {
            let claim = Claim { at: before & !FLAGS, size, flags: before & FLAGS };
            let room = self.room(claim).ok()?;
            match tail.compare_exchange_weak(before, before + size, Ordering::SeqCst, Ordering::Relaxed) {
                Ok(_) => return Some(room),
                Err(now) => before = now,
            }
        }
    }

    /// The claimed place, if what stood there is read.
    #[inline]
    pub(crate) fn room(&self, claim: Claim) -> Result<Room, Claim> {
        let free = self.control().head.load(Ordering::Acquire) + self.capacity();
        if claim.end() <= free { Ok(Room(claim)) } else { Err(claim) }
    }

    /// Writes a record of `kind` to a claimed place. `late` is a place in the payload, at a whole word, and what is
    /// stored there once the rest is.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the path of a call that finds room is one function")]
    #[expect(clippy::needless_pass_by_value, reason = "invariant 2: it is used up")]
    pub(crate) fn commit(
        &self,
        room: Room,
        kind: u8,
        payload: &[u8],
        late: Option<(usize, impl FnOnce() -> u64)>,
    ) {
        let Room(Claim { at, size, .. }) = room;
        debug_assert!(size == Self::size(payload.len()));
        let header = Header { kind, len: size - WORD };
        let Some(place) = self.memory.place(at, size) else {
            return self.commit_in_two(at, header, payload, late);
        };
        // SAFETY: invariant 2: `size` has room for the payload.
        unsafe { place.put(payload) };
        if let Some((offset, word)) = late {
            let offset = offset as u64;
            debug_assert!(offset.is_multiple_of(WORD) && offset + WORD <= payload.len() as u64);
            let word = word();
            if offset < size - WORD {
                // SAFETY: it lies within `size`.
                unsafe { place.word(WORD + offset) }.store(word, Ordering::Relaxed);
            }
        }
        // SAFETY: as above.
        unsafe { place.word(0) }.store(header.word(at, self.key), Ordering::Release);
    }

    /// The same at a place that goes on at the start of the memory.
    #[cold]
    #[inline(never)]
    fn commit_in_two(
        &self,
        at: u64,
        header: Header,
        payload: &[u8],
        late: Option<(usize, impl FnOnce() -> u64)>,
    ) {
        // SAFETY: invariant 2: `size` has room for the payload.
        unsafe { self.memory.put(at + WORD, payload) };
        if let Some((offset, word)) = late {
            let (offset, word) = (offset as u64, word());
            if offset < header.len {
                self.memory.word(at + WORD + offset).store(word, Ordering::Relaxed);
            }
        }
        self.seal(at, header);
    }

    /// Commits a record whose payload is kept elsewhere, as it is larger than the ring.
    #[expect(clippy::needless_pass_by_value, reason = "invariant 2: it is used up")]
    pub(crate) fn commit_large(&self, room: Room) {
        let Room(Claim { at, .. }) = room;
        self.seal(at, Header { kind: LARGE, len: 0 });
    }

    #[inline]
    fn seal(&self, at: u64, header: Header) {
        self.memory.word(at).store(header.word(at, self.key), Ordering::Release);
    }

    /// The record at `at`, which is the end of another or of all that is claimed; `None` until it is committed. `claimed`
    /// is how far places are known to be claimed.
    #[inline]
    pub(crate) fn record(&self, at: u64, claimed: &mut u64) -> Option<Header> {
        let header = Header::parse(self.memory.word(at).load(Ordering::Acquire), at, self.key)?;
        let end = at + header.size();
        if end > *claimed {
            *claimed = self.tail();
        }
        (end <= *claimed).then_some(header)
    }

    /// Has the record at `at`, which is committed and not freed, passed over by whoever comes to it. For the reader alone.
    pub(crate) fn drop_record(&self, at: u64, header: Header) {
        if header.kind != LARGE {
            self.seal(at, Header { kind: DROPPED, ..header });
        }
    }

    /// Sets bits of the first word of the payload of the record at `at`, which is committed and not freed, and has one. For
    /// the reader alone, while it borrows no payload.
    pub(crate) fn mark(&self, at: u64, bits: u64) {
        let word = self.memory.word(at + WORD);
        word.store(word.load(Ordering::Relaxed) | bits, Ordering::Relaxed);
    }

    /// The payload of a record; `wrapped` takes one that goes on at the start of the memory.
    ///
    /// # Safety
    /// The record at `at` is committed, and `head` is not moved past it for as long as the payload is borrowed.
    #[inline]
    pub(crate) unsafe fn payload<'a>(
        &'a self,
        at: u64,
        header: Header,
        wrapped: &'a mut Vec<u8>,
    ) -> &'a [u8] {
        // SAFETY: invariant 3.
        unsafe { self.memory.get(at + WORD, header.len, wrapped) }
    }

    /// Appends to the dictionary; false where it has no room.
    pub(crate) fn define(&self, definition: &[u8]) -> bool {
        let _alone = self.defining.lock().unwrap_or_else(PoisonError::into_inner);
        let defined = &self.control().defined;
        let at = defined.load(Ordering::Relaxed);
        let end = at + definition.len() as u64;
        if end > memory::dictionary(self.capacity()) {
            return false;
        }
        // SAFETY: invariant 5.
        unsafe { self.memory.define(at, definition) };
        defined.store(end, Ordering::Release);
        true
    }

    /// Appends what the dictionary has from `from` on.
    pub(crate) fn definitions(&self, from: u64, out: &mut Vec<u8>) {
        let end = self.control().defined.load(Ordering::Acquire).min(memory::dictionary(self.capacity()));
        if from < end {
            // SAFETY: invariant 5.
            unsafe { self.memory.definitions(from..end, out) };
        }
    }

    /// All of its records, as they lie there.
    #[cfg(fuzzing)]
    pub(crate) fn copy_out(&self, out: &mut Vec<u8>) {
        let mut wrapped = Vec::new();
        // SAFETY: the fuzzer has one thread.
        out.extend_from_slice(unsafe { self.memory.get(0, self.capacity(), &mut wrapped) });
    }

    /// The end of what is claimed.
    pub(crate) fn tail(&self) -> u64 {
        self.control().tail.load(Ordering::SeqCst) & !FLAGS
    }

    /// The end of what is dealt with.
    pub(crate) fn head(&self) -> u64 {
        self.control().head.load(Ordering::Acquire)
    }

    /// Gives the room before `to` free.
    pub(crate) fn free(&self, to: u64) {
        self.control().head.store(to, Ordering::Release);
    }

    /// Sets flags; the end of what was claimed before.
    pub(crate) fn raise(&self, flags: u64) -> u64 {
        self.control().tail.fetch_or(flags, Ordering::SeqCst) & !FLAGS
    }

    /// Takes flags back; those of them that were set.
    pub(crate) fn lower(&self, flags: u64) -> u64 {
        self.control().tail.fetch_and(!flags, Ordering::SeqCst) & flags
    }
}
