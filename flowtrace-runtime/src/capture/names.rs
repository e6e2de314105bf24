//! What a thread has found out about names: of types, which live as long as the program, and of fields and keys.
use crate::settings::redact::Redact;
use crate::text::copy;

/// A few names and what is known of each, by where they stand in memory.
pub(crate) struct Names<V, const N: usize> {
    known: [Option<(&'static str, V)>; N],
    /// Which of its places the next name takes that finds none free.
    next: usize,
}

/// In how many places a name may stand: names that are used in turn would else drive each other out, and finding out takes a lock.
const WAYS: usize = 4;

impl<V: Copy, const N: usize> Names<V, N> {
    pub(crate) const fn new() -> Self {
        Self { known: [None; N], next: 0 }
    }

    /// What is known of `name`, or what `find` finds out.
    #[inline]
    pub(crate) fn get(&mut self, name: &'static str, find: impl FnOnce(&'static str) -> V) -> V {
        // the length parts what begins at one place; a product's high bits depend on all bits of its factors
        let (place, len) = (name.as_ptr().addr() as u64, name.len() as u64);
        let mixed = (place ^ (len << 48)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let first = (mixed >> 40) as usize % N;
        match &self.known[first] {
            Some((known, value)) if std::ptr::eq(*known, name) => *value,
            _ => self.elsewhere(first, name, find),
        }
    }

    #[inline(never)]
    fn elsewhere(&mut self, first: usize, name: &'static str, find: impl FnOnce(&'static str) -> V) -> V {
        let mut places = (0..WAYS).map(|way| (first ^ way) % N);
        let is_known = |place: &usize| self.known[*place].is_some_and(|(known, _)| std::ptr::eq(known, name));
        if let Some((_, value)) = places.clone().find(is_known).and_then(|place| self.known[place]) {
            return value;
        }
        let free = places.find(|place| self.known[*place].is_none());
        let place = free.unwrap_or_else(|| {
            self.next = (self.next + 1) % WAYS;
            (first ^ self.next) % N
        });
        let value = find(name);
        self.known[place] = Some((name, value));
        value
    }
}

/// As long as a name may be that is remembered.
const SHORT: usize = 24;

/// A few short names, and whether they are secret.
pub(crate) struct Secrets {
    known: [([u8; SHORT], u8, bool); 64],
    /// Names that are not secret, each in a word.
    harmless: [u64; 64],
}

impl Secrets {
    pub(crate) const fn new() -> Self {
        // an empty name is no secret
        Self { known: [([0; SHORT], 0, false); 64], harmless: [0; 64] }
    }

    /// As [`Secrets::contain`], of a name that is known from now on by its `word`, if it has one.
    pub(crate) fn contain_short(&mut self, name: &str, word: Option<u64>, redact: &Redact) -> bool {
        let is_secret = self.contain(name, redact);
        if let Some(word) = word.filter(|_| !is_secret) {
            self.harmless[Self::place(word)] = word;
        }
        is_secret
    }

    /// Whether a word is a name that is known not to be secret.
    #[inline]
    pub(crate) fn is_harmless_word(&self, word: u64) -> bool {
        self.harmless[Self::place(word)] == word
    }

    #[inline]
    fn place(word: u64) -> usize {
        (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize % 64
    }

    /// Whether the value of what is called so must not be shown.
    #[inline(never)]
    pub(crate) fn contain(&mut self, name: &str, redact: &Redact) -> bool {
        let mut bytes = [0; SHORT];
        let (Some(place), Ok(len)) = (bytes.get_mut(..name.len()), u8::try_from(name.len())) else {
            return redact.is_secret(name);
        };
        copy(name.as_bytes(), place);
        let words = bytes.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word));
        let mixed = words.fold(u64::from(len), |mixed, word| {
            (mixed.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        });
        let known = &mut self.known[(mixed >> 58) as usize % 64];
        if (known.0, known.1) != (bytes, len) {
            *known = (bytes, len, !redact.is_harmless(name) && redact.is_secret(name));
        }
        known.2
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, Secrets};
    use crate::settings::redact::Redact;

    #[test]
    fn what_is_remembered_of_secrets_is_what_is_so() {
        let (mut secrets, redact) = (Secrets::new(), Redact::default());
        let names =
            ["", "\0", "id", "password", "user_password", "max_tokens", "a_name_of_just_24_bytes_", "日本語"];
        let long = "a_name_that_is_longer_than_what_is_remembered_token";
        for _ in 0..2 {
            for name in names.into_iter().chain([long]) {
                assert_eq!(secrets.contain(name, &redact), redact.is_secret(name), "{name}");
            }
            for number in 0..1000 {
                let (plain, secret) = (format!("field_{number}"), format!("{number}_token"));
                assert!(!secrets.contain(&plain, &redact) && secrets.contain(&secret, &redact));
            }
        }
    }

    #[test]
    fn names_that_are_used_in_turn_stay_known() {
        let mut names = Names::<_, 512>::new();
        let all: &'static str = Box::leak("x".repeat(200 * 16).into_boxed_str());
        let mut asked = 0;
        for _ in 0..10 {
            for name in (0..200).map(|at| &all[at * 16..][..5 + at % 9]) {
                names.get(name, |_| asked += 1);
            }
        }
        assert!((200..250).contains(&asked), "asked {asked} times");
    }

    #[test]
    fn what_is_known_is_not_asked_again_and_is_never_of_another_name() {
        let mut names = Names::<_, 64>::new();
        assert_eq!(names.get("one", str::len), 3);
        assert_eq!(names.get("one", |_| unreachable!()), 3);
        let all = "the length parts what begins at one place";
        for (from, to) in (0..all.len()).flat_map(|from| (from..all.len()).map(move |to| (from, to))) {
            let name = &all[from..to];
            assert_eq!(names.get(name, str::len), name.len());
        }
    }
}
