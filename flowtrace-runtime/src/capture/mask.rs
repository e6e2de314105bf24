//! Secrets in text: of `password=hunter2` the password is not shown, nor is what looks like a key to some service.
//!
//! The text is read when all of it is there, so that it is of no account in what pieces it was written. It may be what
//! `Debug` says, JSON, a URL, a line of a log, or one of them quoted in another: `quote` reads strings in strings, `field`
//! what stands behind a secret name, `format` what is secret by its own looks. Where the end of a secret is not known,
//! rather too much is hidden than too little.
mod field;
mod format;
mod quote;
#[cfg(test)]
mod tests;

use std::ops::Range;

use quote::Quote;

use crate::names::Secrets;
use crate::redact::Redact;

/// Stands for what is secret.
pub(crate) const REDACTED: &str = "[redacted]";

/// Hands a text on in parts, with [`REDACTED`] in place of each secret. Of a text that is `cut`, what may be the front of
/// a secret is hidden too.
pub(super) fn mask<E>(
    text: &str,
    cut: bool,
    names: (&mut Secrets, &Redact),
    mut write: impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    let (secrets, redact) = names;
    let mut scan = Scan { text, bytes: text.as_bytes(), at: 0, cut, open: 0 };
    let mut done = 0;
    while let Some(hidden) = scan.next(&mut |name| secrets.contain(name, redact)) {
        write(&text[done..hidden.start])?;
        write(REDACTED)?;
        done = hidden.end;
    }
    write(&text[done..])
}

/// Whether a text has a secret in it.
pub(super) fn has_secret(text: &str, names: (&mut Secrets, &Redact)) -> bool {
    let (secrets, redact) = names;
    let mut scan = Scan { text, bytes: text.as_bytes(), at: 0, cut: false, open: 0 };
    scan.next(&mut |name| secrets.contain(name, redact)).is_some()
}

/// Whether a short text can't have a secret in it. Of others this says nothing.
#[inline]
pub(super) fn is_plain(text: &str) -> bool {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // the highest bit of a byte is set where it is 0; behind such a byte it may be set for no reason
    let has = |word: u64, byte: u8| {
        let word = word ^ (u64::from(byte) * EACH);
        word.wrapping_sub(EACH) & !word
    };
    let odd = |word| has(word, b':') | has(word, b'=') | has(word, b'(') | has(word, b'[') | has(word, b' ');
    let bytes = text.as_bytes();
    match (bytes.first_chunk(), bytes.last_chunk()) {
        // the shortest key to a service has more
        (Some(first), Some(last)) if bytes.len() <= 16 => {
            (odd(u64::from_le_bytes(*first)) | odd(u64::from_le_bytes(*last))) & (0x80 * EACH) == 0
        }
        (None, _) => !bytes.iter().any(|byte| matches!(byte, b':' | b'=')),
        _ => false,
    }
}

/// A text being read.
struct Scan<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// There was more of it.
    cut: bool,
    /// A bit for each level of quotes that is open at `at`.
    open: u32,
}

/// Tells whether a name is secret.
type IsSecret<'n> = &'n mut dyn FnMut(&str) -> bool;

impl Scan<'_> {
    /// The next part that is not to be shown.
    fn next(&mut self, is_secret: IsSecret<'_>) -> Option<Range<usize>> {
        loop {
            let rest = self.bytes.get(self.at..)?;
            let at = self.at + rest.iter().position(|byte| ODD[usize::from(*byte)])?;
            self.at = at + 1;
            let found = match self.bytes[at] {
                b'"' => {
                    let quote = Quote::at(self.bytes, at);
                    if !quote.is_char(self.bytes) {
                        self.open = quote.toggle(self.open);
                    }
                    None
                }
                b':' if self.bytes[at + 1..].starts_with(b"//") => self.user_info(at + 3),
                b':' | b'=' => self.behind_name(at, is_secret),
                b'(' | b'[' => self.bracket(at, is_secret),
                _ => self.known_format(at),
            };
            // an empty part hides nothing
            if let Some(hidden) = found.filter(|hidden| !hidden.is_empty()) {
                self.at = self.at.max(hidden.end);
                return Some(hidden);
            }
        }
    }
}

/// Bytes at which a secret may begin or be announced.
const ODD: [bool; 256] = {
    let mut table = [false; 256];
    let bytes = b"\":=([-";
    let mut i = 0;
    while i < bytes.len() {
        table[bytes[i] as usize] = true;
        i += 1;
    }
    let mut i = 0;
    while i < format::FIRST.len() {
        table[format::FIRST[i] as usize] = true;
        i += 1;
    }
    table
};

/// Whether a text can be the name of what stands beside it.
pub(super) fn is_name(text: &str) -> bool {
    text.len() <= NAME && text.bytes().all(is_name_part)
}

/// No name is longer.
const NAME: usize = 64;

/// Whether a byte is part of a name, as keys of headers, files and forms have it.
fn is_name_part(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'-' | b'.' | b'$' | b'%')
}

/// Whether a byte is part of a word.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
