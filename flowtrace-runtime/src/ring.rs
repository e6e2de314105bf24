//! Lines on their way from many writers to one reader, in one true order, in memory that outlives the process.
//!
//! A record is one word of header and the line, filled up with zeros to whole words:
//!
//! ```text
//! 63    56 55          32 31           0
//! |  0xff | lap of the ring | length     |  the line, UTF-8 …  | 0 … |
//! ```
//!
//! A writer claims a place by one atomic add to `tail`, copies its line behind the header's word, and stores the
//! header: then the record is committed. The reader takes committed records from `head` on, and moves `head`.
//!
//! Invariants
//! 1. Positions only grow. A record's place is `position % capacity`; records stand without gaps; each begins at a
//!    multiple of 8.
//! 2. Who claimed `[at, at + size)` alone writes there, and only once `at + size <= head + capacity`.
//! 3. The reader reads a record only after it saw its header (acquire, which meets the writer's release), and nobody
//!    writes there before the reader has moved `head` past it (release, which meets the writer's acquire).
//! 4. A word is taken for a header only if it was written as one in this lap: the first byte of a header is one that
//!    UTF-8 never has, each lap writes each word anew, and the header tells the lap.
//!
//! By 4 a dead process's ring is read as safely as a living one's: what was claimed but not committed is passed over
//! word by word up to the next header of the lap.

pub(crate) mod note;

use crate::memory::Memory;
use crate::sync::{AtomicU64, Ordering};
use note::Note;

/// The unit of places: a header's size.
pub(crate) const WORD: u64 = 8;
const MARK: u64 = 0xff << 56;
const LAPS: u64 = (1 << 24) - 1;

/// The reader sleeps until it is woken.
pub(crate) const ASLEEP: u64 = 1;
/// The reader waits a moment for more lines.
pub(crate) const GATHERING: u64 = 2;
/// What is claimed from now on is read by nobody.
pub(crate) const ENDED: u64 = 4;
const FLAGS: u64 = 7;

/// What writers and reader share beside the records. Each on cache lines of its own.
#[repr(C, align(128))]
pub(crate) struct Control {
    /// Who the ring belongs to, see `ring_file.rs`.
    identity: Aligned<[u8; 128]>,
    /// The end of what is claimed; its low bits are the flags above.
    pub(crate) tail: Aligned<AtomicU64>,
    /// The end of what the reader has dealt with.
    pub(crate) head: Aligned<AtomicU64>,
    /// How many lines were not kept, ever.
    pub(crate) lost: Aligned<AtomicU64>,
    /// What the reader is writing to a file.
    pub(crate) note: Aligned<Note>,
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
        }
    }
}

/// A place that a writer has claimed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) at: u64,
    pub(crate) size: u64,
    /// What the reader was doing.
    pub(crate) flags: u64,
}

impl Claim {
    pub(crate) fn end(self) -> u64 {
        self.at.wrapping_add(self.size)
    }
}

/// The ring itself; how writers and the reader wait for each other is `channel.rs`.
pub(crate) struct Ring {
    memory: Memory,
}

impl Ring {
    /// `memory` is zeros, or a ring that somebody left.
    pub(crate) fn new(memory: Memory) -> Self {
        Self { memory }
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

    /// The bytes that a line of `len` bytes takes.
    #[inline]
    pub(crate) fn size(len: usize) -> u64 {
        WORD + (len as u64).next_multiple_of(WORD)
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
    pub(crate) fn try_claim(&self, size: u64) -> Option<Claim> {
        let tail = &self.control().tail;
        let mut before = tail.load(Ordering::Relaxed);
        loop {
            let claim = Claim { at: before & !FLAGS, size, flags: before & FLAGS };
            if !self.has_room(claim) {
                return None;
            }
            match tail.compare_exchange_weak(before, before + size, Ordering::SeqCst, Ordering::Relaxed) {
                Ok(_) => return Some(claim),
                Err(now) => before = now,
            }
        }
    }

    /// Whether what stood at the claimed place is read.
    #[inline]
    pub(crate) fn has_room(&self, claim: Claim) -> bool {
        claim.end() <= self.control().head.load(Ordering::Acquire) + self.capacity()
    }

    /// Writes a line to a claimed place that has room.
    #[inline]
    pub(crate) fn commit(&self, claim: Claim, line: &[u8]) {
        debug_assert!(self.has_room(claim) && claim.size == Self::size(line.len()));
        self.memory.put(claim.at + WORD, line);
        self.seal(claim.at, line.len() as u64);
    }

    /// Commits a record whose line is kept elsewhere, as it is larger than the ring.
    pub(crate) fn commit_large(&self, claim: Claim) {
        self.seal(claim.at, LARGE);
    }

    #[inline]
    fn seal(&self, at: u64, len: u64) {
        self.memory.word(at).store(header(at, self.capacity()) | len, Ordering::Release);
    }

    /// What stands at `at`, a place that was claimed or comes next; `None` until it is committed.
    #[inline]
    pub(crate) fn record(&self, at: u64) -> Option<Record> {
        Record::parse(self.memory.word(at).load(Ordering::Acquire), at, self.capacity())
    }

    /// Appends the line of the record at `at` to `out`.
    #[inline]
    pub(crate) fn read(&self, at: u64, len: usize, out: &mut Vec<u8>) {
        self.memory.get(at + WORD, len, out);
    }

    /// All of it, as it lies there.
    #[cfg(fuzzing)]
    pub(crate) fn copy_out(&self, out: &mut Vec<u8>) {
        self.memory.get(0, usize::try_from(self.capacity()).unwrap_or(0), out);
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

/// The length that stands for a line kept elsewhere.
const LARGE: u64 = u32::MAX as u64;

#[inline]
fn header(at: u64, capacity: u64) -> u64 {
    MARK | ((at >> capacity.trailing_zeros()) & LAPS) << 32
}

/// What a committed record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Record {
    /// A line of so many bytes.
    Line(usize),
    /// A line that is kept elsewhere.
    Large,
}

impl Record {
    /// What the word at `at` says, if it is the header of a record that is committed.
    #[inline]
    pub(crate) fn parse(word: u64, at: u64, capacity: u64) -> Option<Self> {
        let len = word & LARGE;
        if word & !LARGE != header(at, capacity) {
            return None;
        }
        Some(if len == LARGE { Self::Large } else { Self::Line(usize::try_from(len).unwrap_or(0)) })
    }

    /// The bytes it takes in the ring.
    #[inline]
    pub(crate) fn size(self) -> u64 {
        match self {
            Self::Line(len) => Ring::size(len),
            Self::Large => WORD,
        }
    }
}
