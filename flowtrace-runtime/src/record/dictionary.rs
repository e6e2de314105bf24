//! What the numbers in records stand for: callsites, types, threads, names of fields, and the key of the process's ids.
//!
//! An entry is whole words of 8 bytes: its length in bytes (4 bytes), a checksum of what follows (4), then its kind (1), a zero, how
//! many texts it has (2), its number (4), and the texts, each with its length before it (4). Zeros fill the last word. The first entry of a process is its key. Entries are
//! only ever added; they stand in the ring's memory and, block by block, in compact files.
use std::collections::HashMap;

use crate::text::Text;

const KEY: u8 = 1;
const CALLSITE: u8 = 2;
const TYPE: u8 = 3;
const THREAD: u8 = 4;
const NAME: u8 = 5;

/// More names of fields are not kept; those stand in the records themselves.
const MOST_NAMES: usize = 32_000;
const MOST_TYPES: usize = 100_000;
/// Labels of threads are made up by programs, without end.
const MOST_THREADS: usize = 2_000;
/// A longer text is not kept.
const LONGEST: usize = 255;

/// Takes entries for whoever outlives this process; false if there is no room.
pub(crate) type Keeper = Box<dyn Fn(&[u8]) -> bool + Send>;

/// The dictionary of a process.
pub(crate) struct Dictionary {
    entries: Vec<u8>,
    /// Entries for which there is no room where the others are kept: of callsites alone.
    unkept: Vec<u8>,
    callsites: u32,
    types: HashMap<&'static str, u32>,
    threads: HashMap<String, u32>,
    names: HashMap<&'static str, u16>,
    names_in_order: Vec<&'static str>,
    keeper: Option<Keeper>,
}

/// What a dictionary says of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Function<'a> {
    pub(crate) module: &'a str,
    pub(crate) name: &'a str,
    pub(crate) source: &'a str,
}

impl Dictionary {
    pub(crate) fn new(key: u64) -> Self {
        let mut new = Self {
            entries: Vec::new(),
            unkept: Vec::new(),
            callsites: 0,
            types: HashMap::new(),
            threads: HashMap::new(),
            names: HashMap::new(),
            names_in_order: Vec::new(),
            keeper: None,
        };
        let halves =
            [u32::try_from(key & 0xffff_ffff), u32::try_from(key >> 32)].map(Result::unwrap_or_default);
        new.add(KEY, halves[0], &halves[1].to_ne_bytes(), &[]);
        new
    }

    /// Has `keeper` take what is there and what comes; false if it has no room for what is there.
    pub(crate) fn keep_in(&mut self, keeper: Keeper) -> bool {
        let fits = keeper(&self.entries);
        self.keeper = Some(keeper);
        fits
    }

    /// Nobody keeps the entries any more.
    pub(crate) fn let_go(&mut self) {
        self.keeper = None;
    }

    /// A new function's number; an error with it if there is no room for its entry where the others are kept.
    pub(crate) fn add_callsite<'a>(
        &mut self,
        function: Function<'a>,
        args: impl Iterator<Item = &'a str>,
    ) -> Result<u32, u32> {
        let number = self.callsites;
        self.callsites += 1;
        let Function { module, name, source } = function;
        let texts: Vec<&str> = [module, name, source].into_iter().chain(args).collect();
        if self.add(CALLSITE, number, &[], &texts) { Ok(number) } else { Err(number) }
    }

    /// The number of a type by its full name.
    pub(crate) fn type_number(&mut self, name: &'static str) -> Option<u32> {
        if let Some(number) = self.types.get(name) {
            return Some(*number);
        }
        let fits = self.types.len() < MOST_TYPES && name.len() <= LONGEST;
        let number = u32::try_from(self.types.len()).ok().filter(|_| fits)?;
        self.add(TYPE, number, &[], &[name]).then_some(())?;
        self.types.insert(name, number);
        Some(number)
    }

    /// The number of a thread's label.
    pub(crate) fn thread_number(&mut self, label: &str) -> Option<u32> {
        if let Some(number) = self.threads.get(label) {
            return Some(*number);
        }
        let fits = self.threads.len() < MOST_THREADS && label.len() <= LONGEST;
        let number = u32::try_from(self.threads.len()).ok().filter(|_| fits)?;
        self.add(THREAD, number, &[], &[label]).then_some(())?;
        self.threads.insert(label.to_owned(), number);
        Some(number)
    }

    /// The number of a field's name.
    pub(crate) fn name_number(&mut self, name: &'static str) -> Option<u16> {
        if let Some(number) = self.names.get(name) {
            return Some(*number);
        }
        let fits = self.names.len() < MOST_NAMES && name.len() <= LONGEST;
        let number = u16::try_from(self.names.len()).ok().filter(|_| fits)?;
        self.add(NAME, number.into(), &[], &[name]).then_some(())?;
        self.names.insert(name, number);
        self.names_in_order.push(name);
        Some(number)
    }

    /// The name with this number.
    pub(crate) fn name(&self, number: u16) -> Option<&'static str> {
        self.names_in_order.get(usize::from(number)).copied()
    }

    /// The entries that are kept, and those that are not.
    pub(crate) fn entries(&self) -> [&[u8]; 2] {
        [&self.entries, &self.unkept]
    }

    /// Adds an entry; false if it is not kept. What can do without a number is then not added at all.
    fn add(&mut self, kind: u8, number: u32, bytes: &[u8], texts: &[&str]) -> bool {
        let mut entry = Text::new();
        entry.push(&[0; 8]);
        entry.push(&[kind, 0]);
        entry.push(&u16::try_from(texts.len()).unwrap_or(u16::MAX).to_ne_bytes());
        entry.push(&number.to_ne_bytes());
        entry.push(bytes);
        for text in texts {
            entry.push(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_ne_bytes());
            entry.push(text.as_bytes());
        }
        entry.push(&[0; 8][..entry.len().next_multiple_of(8) - entry.len()]);
        let len = u32::try_from(entry.len()).unwrap_or(u32::MAX);
        let sum = checksum(&entry.as_bytes()[8..]);
        let place = entry.bytes_mut();
        place[..4].copy_from_slice(&len.to_ne_bytes());
        place[4..8].copy_from_slice(&sum.to_ne_bytes());
        let kept = self.keeper.as_ref().is_none_or(|keep| keep(entry.as_bytes()));
        if kept {
            self.entries.extend_from_slice(entry.as_bytes());
        } else if kind == CALLSITE {
            self.unkept.extend_from_slice(entry.as_bytes());
        }
        kept
    }
}

/// Of whole words. A multiplication by an odd number moves each bit to all that are higher; the rotation brings them down again.
fn checksum(bytes: &[u8]) -> u32 {
    let words = bytes.as_chunks::<8>().0.iter().map(|word| u64::from_ne_bytes(*word));
    let start = bytes.len() as u64;
    let mixed =
        words.fold(start, |sum, word| (sum.rotate_left(29) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    u32::try_from(mixed >> 32).unwrap_or_default()
}

/// An entry, read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry<'a> {
    Key(u64),
    Callsite { number: u32, function: Function<'a>, args: Vec<&'a str> },
    Type { number: u32, name: &'a str },
    Thread { number: u32, label: &'a str },
    Name { number: u32, name: &'a str },
}

/// Reads entries, whatever the bytes are: what is damaged is passed over.
pub(crate) struct Entries<'a> {
    rest: &'a [u8],
    /// How many bytes may still be looked at in vain: made for it, bytes could claim entry within entry.
    effort: usize,
}

impl<'a> Entries<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, effort: 8 * bytes.len() }
    }

    /// The entry at the front, and its length.
    fn front(&mut self) -> Option<(Entry<'a>, usize)> {
        let number = |at: usize| Some(u32::from_ne_bytes(self.rest.get(at..at + 4)?.try_into().ok()?));
        let len = usize::try_from(number(0)?).ok().filter(|len| len.is_multiple_of(8) && *len >= 16)?;
        let body = self.rest.get(8..len)?;
        if checksum(body) != number(4)? {
            self.effort = self.effort.saturating_sub(len);
            return None;
        }
        let count = u16::from_ne_bytes([*body.get(2)?, *body.get(3)?]);
        let mut texts = Texts { rest: body.get(8..)?, count };
        let numbered = number(12)?;
        let entry = match body[0] {
            KEY => Entry::Key(u64::from(numbered) | u64::from(number(16)?) << 32),
            CALLSITE => {
                let function = Function { module: texts.next()?, name: texts.next()?, source: texts.next()? };
                Entry::Callsite { number: numbered, function, args: texts.collect() }
            }
            TYPE => Entry::Type { number: numbered, name: texts.next()? },
            THREAD => Entry::Thread { number: numbered, label: texts.next()? },
            NAME => Entry::Name { number: numbered, name: texts.next()? },
            _ => return None,
        };
        Some((entry, len))
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        while self.rest.len() >= 16 && self.effort > 0 {
            let front = self.front();
            self.rest = &self.rest[front.as_ref().map_or(8, |(_, len)| *len)..];
            if let Some((entry, _)) = front {
                return Some(entry);
            }
        }
        None
    }
}

/// The texts of an entry.
struct Texts<'a> {
    rest: &'a [u8],
    count: u16,
}

impl<'a> Iterator for Texts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.count = self.count.checked_sub(1)?;
        let (len, rest) = self.rest.split_first_chunk()?;
        let (text, rest) = rest.split_at_checked(usize::try_from(u32::from_ne_bytes(*len)).ok()?)?;
        self.rest = rest;
        std::str::from_utf8(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    const FUNCTION: Function<'static> =
        Function { module: "shop::sql", name: "select", source: "src/sql.rs:91" };

    fn of(dictionary: &Dictionary) -> Vec<Entry<'_>> {
        dictionary.entries().into_iter().flat_map(Entries::new).collect()
    }

    #[test]
    fn what_was_added_reads_back() {
        let mut dictionary = Dictionary::new(0x0123_4567_89ab_cdef);
        assert_eq!(dictionary.add_callsite(FUNCTION, ["id", "", "größe"].into_iter()), Ok(0));
        assert_eq!(
            dictionary.add_callsite(Function { module: "", name: "", source: "" }, [].into_iter()),
            Ok(1)
        );
        assert_eq!((dictionary.type_number("a::B"), dictionary.type_number("a::B")), (Some(0), Some(0)));
        assert_eq!((dictionary.thread_number("main"), dictionary.name_number("field")), (Some(0), Some(0)));
        assert_eq!((dictionary.name(0), dictionary.name(1)), (Some("field"), None));
        let expected = [
            Entry::Key(0x0123_4567_89ab_cdef),
            Entry::Callsite { number: 0, function: FUNCTION, args: vec!["id", "", "größe"] },
            Entry::Callsite {
                number: 1,
                function: Function { module: "", name: "", source: "" },
                args: vec![],
            },
            Entry::Type { number: 0, name: "a::B" },
            Entry::Thread { number: 0, label: "main" },
            Entry::Name { number: 0, name: "field" },
        ];
        assert_eq!(of(&dictionary), expected);
    }

    #[test]
    fn a_damaged_entry_is_passed_over_and_no_other_is_misread() {
        let mut dictionary = Dictionary::new(7);
        for name in ["one", "two", "three"] {
            let _ = dictionary.name_number(name);
        }
        let whole = of(&dictionary);
        let [bytes, _] = dictionary.entries();
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.to_vec();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let read: Vec<_> = Entries::new(&damaged).collect();
            assert!(read.len() >= whole.len() - 1, "one entry at most is damaged by bit {bit}");
            assert!(read.iter().all(|entry| whole.contains(entry)), "bit {bit}");
        }
    }

    #[test]
    fn bytes_that_claim_entry_within_entry_are_soon_given_up() {
        const WORDS: u32 = 1 << 18;
        let claims = (0..WORDS).flat_map(|at| [(WORDS - at) * 8, 0]);
        let bytes: Vec<u8> = claims.flat_map(u32::to_ne_bytes).collect();
        let mut entries = Entries::new(&bytes);
        assert_eq!((&mut entries).count(), 0);
        assert!(entries.rest.len() > bytes.len() - 100, "{} of {}", entries.rest.len(), bytes.len());
    }

    #[test]
    fn where_there_is_no_more_room_callsites_alone_are_known() {
        let mut dictionary = Dictionary::new(7);
        let kept = Arc::new(Mutex::new(0));
        let left = Arc::clone(&kept);
        let keeper = move |entries: &[u8]| {
            let mut left = left.lock().unwrap();
            let fits = *left + entries.len() <= 100;
            *left += if fits { entries.len() } else { 0 };
            fits
        };
        assert!(dictionary.keep_in(Box::new(keeper)));
        assert_eq!(dictionary.name_number("a"), Some(0));
        assert_eq!(dictionary.add_callsite(FUNCTION, [].into_iter()), Err(0));
        let long = "a name that is too long for what is left there";
        for _ in 0..3 {
            assert_eq!((dictionary.name_number(long), dictionary.type_number(long)), (None, None));
            assert_eq!(dictionary.thread_number(long), None);
        }
        let [entries, unkept] = dictionary.entries().map(<[u8]>::len);
        assert_eq!(*kept.lock().unwrap(), entries);
        assert_eq!(of(&dictionary).len(), 3, "{unkept} bytes are the function's");
    }

    #[test]
    fn a_type_with_a_very_long_name_has_no_number() {
        let mut dictionary = Dictionary::new(7);
        let long = "x".repeat(LONGEST + 1).leak();
        assert_eq!((dictionary.type_number(long), dictionary.type_number(&long[1..])), (None, Some(0)));
    }

    #[test]
    fn labels_of_threads_do_not_grow_without_bound() {
        let mut dictionary = Dictionary::new(7);
        let numbered =
            (0..10 * MOST_THREADS).filter(|n| dictionary.thread_number(&format!("t{n}")).is_some());
        assert_eq!(numbered.count(), MOST_THREADS);
    }
}
