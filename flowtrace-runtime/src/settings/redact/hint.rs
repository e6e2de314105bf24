//! A quick look at a name: whether three letters stand in it that stand in a secret's.

/// Sets of three letters, as a bit for each.
#[derive(Debug, Clone)]
pub(super) struct Hint(Box<[u64; SETS / 64]>);

/// Letters have five bits here; of the last the highest is left out.
const SETS: usize = 1 << 14;

/// Where the bit of three letters is, be they large or small.
#[inline]
fn place(letters: [u8; 3]) -> usize {
    let [a, b, c] = letters.map(|letter| usize::from(letter & 31));
    (a | b << 5 | c << 10) % SETS
}

impl Default for Hint {
    fn default() -> Self {
        Self(Box::new([0; SETS / 64]))
    }
}

impl Hint {
    /// Adds the front of the longest word, which stands in one piece in each name that has these words.
    pub(super) fn add(&mut self, words: &str) {
        let longest = words.split(' ').max_by_key(|word| word.len()).unwrap_or_default();
        match *longest.as_bytes() {
            [] => {}
            [a] => (0..32).for_each(|b| self.add_pair(a, b)),
            [a, b] => self.add_pair(a, b),
            [a, b, c, ..] => self.set(place([a, b, c])),
        }
    }

    /// Adds two letters and whatever is behind them.
    fn add_pair(&mut self, a: u8, b: u8) {
        (0..32).for_each(|c| self.set(place([a, b, c])));
    }

    fn set(&mut self, place: usize) {
        self.0[place / 64] |= 1 << (place % 64);
    }

    /// Whether a name has a set in it. Of letters that are not ASCII this can't be told.
    #[inline]
    pub(super) fn is_in(&self, name: &str) -> bool {
        let (mut a, mut b) = (0, 0);
        let mut found = 0;
        for c in name.bytes().chain([0, 0]) {
            let place = place([a, b, c]);
            found |= self.0[place / 64] >> (place % 64) & 1 | u64::from(c >> 7);
            (a, b) = (b, c);
        }
        found != 0
    }
}
