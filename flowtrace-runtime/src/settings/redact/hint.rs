//! A quick look at a text: whether four letters stand in it that stand in a secret's name, or in a key to a service.

/// Runs of up to four letters, by the three pairs in them. For each pair there are the bits of the runs that have it: a run
/// has four bits, one for each place that a pair may have in it, and one that is never set. Some runs share their bits.
#[derive(Debug, Clone)]
pub(super) struct Hint(Box<[u64; 1 << 10]>);

/// Letters have five bits here.
const PAIRS: u64 = 1 << 10;

/// The bits of all first pairs, and those of all third ones.
const FIRST: u64 = 0x1111_1111_1111_1111;
const THIRD: u64 = FIRST << 2;

/// Letters from the most frequent one to the rarest, as words that are not secret have them. Other bytes are more
/// frequent.
const FREQUENT: &[u8] = b"etaoinsrgylhdcumbfpwvkxjqz";

const EACH: u64 = 0x0101_0101_0101_0101;

/// Looks at eight bytes after the other.
#[derive(Default)]
struct Look {
    /// The byte before, as `fold` has it.
    before: u64,
    /// The bits of the runs that stand there so far, up to the pair before.
    runs: u64,
    /// All bits there were, and those of each `@`.
    found: u64,
    at_signs: u64,
}

impl Look {
    #[inline]
    fn on(&mut self, hint: &Hint, word: u64) {
        let at_signs = word ^ (0x40 * EACH);
        self.at_signs |= at_signs.wrapping_sub(EACH) & !at_signs & (0x80 * EACH);
        let word = fold(word);
        let (mut odds, mut evens) = (pairs(word << 8 | self.before), pairs(word));
        self.before = word >> 56;
        let mut i = 0;
        while i < 4 {
            self.at(hint, odds);
            self.at(hint, evens);
            (odds, evens) = (odds >> 16, evens >> 16);
            i += 1;
        }
    }

    #[inline]
    fn at(&mut self, Hint(pairs): &Hint, pair: u64) {
        self.runs = (self.runs << 1).wrapping_add(FIRST) & pairs[(pair % PAIRS) as usize];
        self.found |= self.runs;
    }
}

/// In the five lowest bits of each byte: those of a letter, large or small. Other bytes share them with letters: a blank
/// with `z`, a quote with `x`, digits with `h` to `o`, `b` and `c`, so that few signs and numbers look like the runs.
#[inline]
fn fold(word: u64) -> u64 {
    word ^ (((word >> 6) & EACH) * 26)
}

/// The pairs that begin at each second byte.
#[inline]
fn pairs(word: u64) -> u64 {
    word & 0x001f_001f_001f_001f | word >> 3 & 0x03e0_03e0_03e0_03e0
}

impl Default for Hint {
    fn default() -> Self {
        let mut hint = Self(Box::new([0; 1 << 10]));
        // the one letter that is not ASCII and has a small one that is
        hint.add_piece("\u{212a}".as_bytes());
        hint
    }
}

impl Hint {
    /// Adds words that stand in a name, of which each is there in one piece.
    pub(super) fn add(&mut self, words: &str) {
        let rarest = words.split(' ').map(|word| rarest(word.as_bytes()));
        let run = rarest.max_by_key(|run| (run.len(), rank(run))).unwrap_or_default();
        // one letter is everywhere, and large letters that are not ASCII have other bytes than small ones
        if run.len() < 2 || !words.is_ascii() {
            self.0.fill(FIRST | FIRST << 1 | THIRD);
        }
        self.add_run(run);
    }

    /// Adds bytes of which the letters may be large or small.
    pub(super) fn add_piece(&mut self, text: &[u8]) {
        self.add_run(rarest(text));
    }

    /// Adds up to four letters. Whatever is behind fewer belongs to them.
    fn add_run(&mut self, run: &[u8]) {
        let any: Vec<u8> = (0..32).collect();
        let at = |place: usize| run.get(place..=place).unwrap_or(&any);
        // those of fewer letters are found more often, and share no bits with others
        let (from, count) = [(0, 1), (0, 1), (0, 1), (1, 4), (5, 11)][run.len()];
        let shared = from + run.iter().fold(0, |sum, byte| sum * 3 + usize::from(byte & 31)) % count;
        for place in 0..3 {
            for (a, b) in at(place).iter().flat_map(|a| at(place + 1).iter().map(move |b| (*a, *b))) {
                self.0[usize::from(folded(a)) | usize::from(folded(b)) << 5] |= 1 << (4 * shared + place);
            }
        }
    }

    /// Whether a text has one of the runs in it, and whether it has an `@`. It may seem to have a run that it has not.
    #[inline]
    pub(super) fn look(&self, text: &[u8]) -> (bool, bool) {
        let (words, rest) = text.as_chunks::<8>();
        let mut look = Look::default();
        for word in words {
            look.on(self, u64::from_le_bytes(*word));
        }
        let last = match (text.last_chunk(), rest.first_chunk(), rest.last_chunk()) {
            _ if rest.is_empty() => None,
            (Some(last), ..) => Some(u64::from_le_bytes(*last) >> (64 - 8 * rest.len())),
            (_, Some(first), Some(last)) => {
                let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
                Some(u64::from(first) | u64::from(last) << (8 * (rest.len() - 4)))
            }
            _ => Some(rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))),
        };
        if let Some(last) = last {
            look.on(self, last);
        }
        // two letters may be the last
        look.at(self, look.before & 31);
        look.at(self, 0);
        (look.found & THIRD != 0, look.at_signs != 0)
    }
}

/// The rarest four letters in a row, or all of fewer.
fn rarest(text: &[u8]) -> &[u8] {
    text.windows(4.min(text.len()).max(1)).max_by_key(|run| rank(run)).unwrap_or_default()
}

/// How rare letters are.
fn rank(letters: &[u8]) -> usize {
    let rank = |byte: &u8| FREQUENT.iter().position(|letter| letter.eq_ignore_ascii_case(byte));
    letters.iter().filter_map(rank).sum()
}

/// One byte as `fold` has it.
fn folded(byte: u8) -> u8 {
    (fold(u64::from(byte)) & 31) as u8
}
