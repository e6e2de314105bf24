//! Which names are secret: the value of an argument, a field or a map key called so is written `"[redacted]"`.
mod hint;
mod list;

use hint::Hint;
pub(crate) use list::KEYS;
use list::{HARMLESS_BEFORE, HARMLESS_FIRST, HARMLESS_LAST, LOOKS, Place, SECRETS, VALUES};

/// Names are looked at up to here, from their end.
const LONGEST: usize = 128;

/// No shorter word is searched for secrets that it ends with or contains.
const COMPOUND: usize = 7;

/// The names that are redacted.
#[derive(Debug, Clone)]
pub(crate) struct Redact {
    /// Runs of words with blanks between, sorted, so that those with one first letter are together.
    runs: Vec<(String, Place)>,
    /// What makes a word secret that has it inside or at its end.
    parts: Vec<(String, Place)>,
    /// Names that are shown, whatever the lists say.
    shown: Vec<String>,
    /// What each of the runs and the parts has in it, and what is secret by its looks.
    hint: Hint,
}

impl Default for Redact {
    fn default() -> Self {
        let all =
            SECRETS.iter().flat_map(|(place, names)| names.iter().map(|name| ((*name).to_owned(), *place)));
        let (parts, mut runs): (Vec<_>, Vec<_>) =
            all.partition(|(_, place)| matches!(place, Place::Inside | Place::Ending));
        runs.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let mut hint = Hint::default();
        runs.iter().chain(&parts).for_each(|(words, _)| hint.add(words));
        KEYS.iter().map(|(prefix, _)| prefix).chain(LOOKS).for_each(|piece| hint.add_piece(piece));
        Self { runs, parts, shown: Vec::new(), hint }
    }
}

impl Redact {
    /// Adds a name to the list; one without letters or digits adds nothing.
    pub(crate) fn add(&mut self, name: &str) {
        let Some(words) = Words::of_list(name) else { return };
        self.shown.retain(|shown| !is_same(shown, &words));
        self.hint.add(&words);
        if let Err(at) = self.runs.binary_search_by(|(run, _)| run.cmp(&words)) {
            self.runs.insert(at, (words, Place::Anywhere));
        }
    }

    /// Takes a name off the list, and shows what is called just so; one without letters or digits takes off nothing.
    pub(crate) fn show(&mut self, name: &str) {
        let Some(words) = Words::of_list(name) else { return };
        self.runs.retain(|(run, _)| !is_same(run, &words));
        self.parts.retain(|(part, _)| !is_same(part, &words));
        self.shown.push(words);
    }

    /// Reads names with commas between: each is added, or taken off where a `-` stands before it.
    ///
    /// # Errors
    /// A `-` stands alone.
    pub(crate) fn read(&mut self, names: &str) -> Result<(), String> {
        for name in names.split(',').map(str::trim) {
            match name.strip_prefix('-') {
                Some(shown) if Words::of_list(shown).is_none() => {
                    return Err(format!(
                        "`{name}` names nothing; write `-name` to show what is called `name`"
                    ));
                }
                Some(shown) => self.show(shown),
                None => self.add(name),
            }
        }
        Ok(())
    }

    /// Whether a name has nothing in it that a secret's has. Of others this says nothing.
    #[inline]
    pub(crate) fn is_harmless(&self, name: &str) -> bool {
        !self.hint.look(name.as_bytes()).0
    }

    /// Whether a text may have a secret name in it or a part of what is secret by its looks, and whether it may have an
    /// `@`. If it has not, this may be wrong; if it has, it is not.
    #[inline]
    pub(crate) fn look(&self, text: &[u8]) -> (bool, bool) {
        self.hint.look(text)
    }

    /// Whether the value of what is called so is secret: of `user_password`, `apiKeys`, `DBPassword` and `dbpassword`
    /// it is, of `max_tokens`, `token_type` and `spinach` it is not.
    pub(crate) fn is_secret(&self, name: &str) -> bool {
        let words = Words::of(name);
        if self.shown.iter().any(|shown| is_same(shown, words.as_str())) {
            return false;
        }
        let words = words.without_numbers();
        let first = words.split(' ').next().filter(|first| HARMLESS_FIRST.contains(first));
        let mut at = 0;
        while let Some(len) = words[at..].find(' ') {
            let harmless = at > 0 && first.is_some();
            if !harmless
                && (self.has_run(&words[..at], &words[at..])
                    || self.has_part(&words[at..at + len], &words[at + len..]))
            {
                return true;
            }
            at += len + 1;
        }
        false
    }

    /// Whether a listed run of words stands at the front of `words`, and `before` them none that makes it harmless.
    fn has_run(&self, before: &str, words: &str) -> bool {
        let first = words.as_bytes().first();
        let from = self.runs.partition_point(|(run, _)| run.as_bytes().first() < first);
        let alike = self.runs[from..].iter().take_while(|(run, _)| run.as_bytes().first() == first);
        alike.into_iter().any(|(run, place)| {
            let Some(behind) = words.strip_prefix(run.as_str()) else { return false };
            let plural = || behind.strip_prefix('s').filter(|_| *place == Place::Anywhere);
            let behind = if behind.starts_with(' ') { Some(behind) } else { plural() };
            behind.is_some_and(|behind| behind.starts_with(' ') && is_the_secret(behind, *place))
                && !is_harmless_behind(before, run)
        })
    }

    /// Whether a word has a secret inside of it, such as `dbpassword`.
    fn has_part(&self, word: &str, behind: &str) -> bool {
        word.len() >= COMPOUND
            && self.parts.iter().any(|(part, place)| match place {
                Place::Ending => word.ends_with(part.as_str()),
                _ => word.contains(part.as_str()),
            })
            && is_the_secret(behind, Place::Anywhere)
    }
}

/// Whether the words behind a secret's leave it what the name is about.
fn is_the_secret(behind: &str, place: Place) -> bool {
    let mut behind = behind.trim_ascii().split(' ').rev();
    match place {
        Place::Last => behind.all(|word| word.is_empty() || VALUES.contains(&word)),
        _ => behind.next().is_none_or(|last| {
            let singular = last.strip_suffix('s').unwrap_or(last);
            !HARMLESS_LAST.contains(&last) && !HARMLESS_LAST.contains(&singular)
        }),
    }
}

/// Whether the words before a secret's say that it is none.
fn is_harmless_behind(before: &str, run: &str) -> bool {
    let is_number = |c: char| c == ' ' || c.is_ascii_digit();
    let last = before.trim_end_matches(is_number).rsplit(' ').next();
    let mut lists = HARMLESS_BEFORE.iter().filter(|(secret, _)| *secret == run);
    lists.any(|(_, words)| last.is_some_and(|last| words.contains(&last)))
}

/// Whether names are the same but for the places where words end.
fn is_same(a: &str, b: &str) -> bool {
    fn letters(name: &str) -> impl Iterator<Item = u8> {
        name.bytes().filter(|byte| *byte != b' ')
    }
    letters(a).eq(letters(b))
}

/// `user password ` of `user_password`, `userPassword`, `User-Password` and `USER PASSWORD`, on the stack.
struct Words {
    bytes: [u8; LONGEST],
    len: usize,
}

impl Words {
    fn of(name: &str) -> Self {
        // what stands at the end of a name says what it is
        let from = name.len().saturating_sub(LONGEST / 2);
        let name = &name[name.ceil_char_boundary(from)..];
        let mut words = Self { bytes: [0; LONGEST], len: 0 };
        let mut before = '_';
        let mut rest = name.chars();
        while let Some(c) = rest.next() {
            if !c.is_alphanumeric() || begins_word(before, c, rest.as_str()) {
                words.end_word();
            }
            if c.is_alphanumeric() {
                for c in c.to_lowercase() {
                    words.push(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            before = c;
        }
        words.end_word();
        words
    }

    /// As they are kept in a list.
    fn of_list(name: &str) -> Option<String> {
        let words = Self::of(name);
        let words = words.as_str().trim_ascii();
        (!words.is_empty()).then(|| words.to_owned())
    }

    fn push(&mut self, bytes: &[u8]) {
        if let Some(room) = self.bytes.get_mut(self.len..self.len + bytes.len()) {
            room.copy_from_slice(bytes);
            self.len += bytes.len();
        }
    }

    fn end_word(&mut self) {
        if self.as_str().as_bytes().last().is_some_and(|last| *last != b' ') {
            self.push(b" ");
        }
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }

    /// The words without numbers at the end: `password2` is as secret as `password`.
    fn without_numbers(&self) -> &str {
        let words = self.as_str();
        let kept = words.trim_end_matches(|c: char| c == ' ' || c.is_ascii_digit());
        // the blank behind the last word stays
        &words[..words.len().min(kept.len() + 1)]
    }
}

/// Whether a word begins with `c`: `apiKey`, `DBPassword`, `key2`, but not `userIDs`.
fn begins_word(before: char, c: char, behind: &str) -> bool {
    if c.is_uppercase() {
        let mut behind = behind.chars();
        let next = behind.next().filter(|next| next.is_lowercase());
        let is_plural = next == Some('s') && !behind.next().is_some_and(char::is_lowercase);
        return before.is_lowercase() || before.is_numeric() || (next.is_some() && !is_plural);
    }
    c.is_numeric() && before.is_alphabetic()
}

#[cfg(test)]
mod tests;
