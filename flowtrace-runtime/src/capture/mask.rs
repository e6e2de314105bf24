//! Secrets in text: of `password=hunter2` the password is not shown, nor is what looks like a key to some service.
//!
//! The text is read when all of it is there, so that it is of no account in what pieces it was written. It may be what
//! `Debug` says, JSON, a URL, a line of a log, or one of them quoted in another: `quote` reads strings in strings, `field`
//! what stands behind a secret name, `format` what is secret by its own looks. Where the end of a secret is not known,
//! rather too much is hidden than too little.
mod apart;
mod begin;
mod field;
mod format;
mod plain;
mod quote;
#[cfg(test)]
mod tests;

use std::ops::Range;

use apart::Owner;
use begin::Begins;
use field::is_ambiguous_type;
use format::has_user;
use plain::{Look, Named, has_no_odd_signs, look, named};
use quote::Quote;

use crate::capture::names::Secrets;
use crate::settings::redact::Redact;

/// Stands for what is secret.
pub(crate) use crate::render::value::REDACTED;

/// Hands a text on in parts, with [`REDACTED`] in place of each secret. Of a text that is `cut`, what may be the front of
/// a secret is hidden too.
pub(super) fn mask<E>(
    text: &str,
    cut: bool,
    names: (&mut Secrets, &Redact),
    mut write: impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    let (secrets, redact) = names;
    if !cut && !may_hide(text, redact) {
        return write(text);
    }
    let mut scan = Scan::new(text, cut);
    let mut done = 0;
    while let Some(hidden) = scan.next(&mut |name| secrets.contain(name, redact)) {
        write(&text[done..hidden.start])?;
        write(REDACTED)?;
        done = hidden.end;
    }
    write(&text[done..])
}

/// Whether a text has a secret in it.
#[inline(always)]
#[expect(clippy::inline_always, reason = "for most texts it is a few operations")]
pub(super) fn has_secret(text: &str, names: (&mut Secrets, &Redact)) -> bool {
    match look(text) {
        Look::Harmless => false,
        Look::Named(word) if names.0.is_harmless_word(word) => false,
        _ => finds_secret(text, names),
    }
}

#[inline(never)]
fn finds_secret(text: &str, names: (&mut Secrets, &Redact)) -> bool {
    let (secrets, redact) = names;
    let is_harmless = match named(text) {
        Some(Named { name, word }) => !secrets.contain_short(name, word, redact),
        None => has_no_odd_signs(text),
    };
    !is_harmless && may_hide(text, redact) && {
        let mut scan = Scan::new(text, false);
        scan.next(&mut |name| secrets.contain(name, redact)).is_some()
    }
}

/// Whether a text is a user's name with a password, as the value of an option may be; numbers are those of a user and a group.
pub(super) fn is_user(text: &str) -> bool {
    let both = text.split_once(':').filter(|(user, _)| is_name(user) && !user.is_empty());
    both.is_some_and(|(_, password)| !password.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether there is a reason to read a text from sign to sign: most have no secret name in them, nor anything else that a
/// secret begins with.
#[inline]
fn may_hide(text: &str, redact: &Redact) -> bool {
    let (hint, at) = redact.look(text.as_bytes());
    hint || (at && has_user(text.as_bytes()))
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
    begins: Begins,
    /// The structs with secret names whose fields are being read.
    owners: Vec<Owner>,
    /// Up to here a field that is called `value` has the value of a secret.
    named: usize,
    /// The key that said so.
    namer: &'t str,
    /// Behind what was hidden last.
    hidden: usize,
}

/// Tells whether a name is secret.
type IsSecret<'n> = &'n mut dyn FnMut(&str) -> bool;

impl<'t> Scan<'t> {
    fn new(text: &'t str, cut: bool) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            cut,
            open: 0,
            begins: Begins::default(),
            owners: Vec::new(),
            named: 0,
            namer: "",
            hidden: 0,
        }
    }

    /// The same text, as if it ended soon behind `at`: what is looked for at many places is not looked for to the end.
    fn near(&self, at: usize, bytes: usize) -> Scan<'t> {
        let end = self.text.floor_char_boundary(at.saturating_add(bytes));
        Scan { at, open: self.open, ..Scan::new(&self.text[..end], self.cut) }
    }

    /// The next part that is not to be shown.
    fn next(&mut self, is_secret: IsSecret<'_>) -> Option<Range<usize>> {
        loop {
            let at = self.begins.next(self.bytes, self.at)?;
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
                b'@' => self.password_before(at),
                b'>' if self.text[..at].ends_with('-') => self.behind_name(at, is_secret),
                b'>' => self.behind_tag(at, is_secret),
                b'%' => self.behind_encoded(at, is_secret),
                b'{' => {
                    self.begin_struct(at, at + 1, is_secret);
                    None
                }
                b' ' if self.byte(at + 1) == Some(b'{') => {
                    self.begin_struct(at, at + 2, is_secret);
                    None
                }
                b' ' => self.behind_word(at, is_secret),
                b'-' if self.byte(at + 1) == Some(b'u') => {
                    self.behind_user(at).or_else(|| self.behind_flag(at, is_secret))
                }
                b'-' if !self.text[at..].starts_with("-----BEGIN ") => self.behind_flag(at, is_secret),
                _ => self.known_format(at),
            };
            // an empty part hides nothing
            if let Some(hidden) = found.filter(|hidden| !hidden.is_empty()) {
                self.at = self.at.max(hidden.end);
                self.hidden = hidden.end;
                return Some(hidden);
            }
        }
    }
}

/// Whether a field tells a name of which another holds the value: `{name: "password", value: …}`.
pub(super) fn is_naming(key: &str) -> bool {
    let names: &[&str] = match key.len() {
        1 => &["k"],
        2 => &["id"],
        3 => &["key", "tag"],
        4 => &["name", "kind", "type"],
        5 => &["field"],
        6 => &["header"],
        _ => return false,
    };
    names.iter().any(|name| key.eq_ignore_ascii_case(name))
}

/// Whether a field holds the value of what another names.
pub(super) fn is_value(key: &str) -> bool {
    let name = match key.len() {
        1 => "v",
        3 => "val",
        5 => "value",
        6 => "values",
        7 => "content",
        _ => return false,
    };
    key.eq_ignore_ascii_case(name)
}

/// Hands on `token_value` for the field of a `Token { value: … }`: of what the struct and its field are called, together,
/// it depends whether the field is secret.
pub(super) fn with_joint_name<R>(name: &str, field: &str, then: impl FnOnce(&str) -> R) -> R {
    let mut joint = [b'_'; 2 * NAME];
    let whole = joint.get_mut(..name.len() + 1 + field.len()).map(|place| {
        place[..name.len()].copy_from_slice(name.as_bytes());
        place[name.len() + 1..].copy_from_slice(field.as_bytes());
        &*place
    });
    // the struct's name alone is secret
    then(whole.and_then(|whole| std::str::from_utf8(whole).ok()).unwrap_or(name))
}

/// Whether numbers are shown of what a type with a secret name has in this field, or in none: a compiler's `Token` is
/// called so too, and each of them may be known by its number.
pub(super) fn hides_text_alone(name: &str, field: &str) -> bool {
    is_ambiguous_type(name) || field == "id"
}

/// Whether a text can be the name of what stands beside it.
pub(super) fn is_name(text: &str) -> bool {
    text.len() <= NAME && text.bytes().all(is_name_part)
}

/// No name is longer.
const NAME: usize = 64;

/// Whether a byte is part of a name, as keys of headers, files and forms have it.
fn is_name_part(byte: u8) -> bool {
    PARTS[usize::from(byte)] != 0
}

/// Whether a byte is part of a word.
fn is_word(byte: u8) -> bool {
    PARTS[usize::from(byte)] == 2
}

/// Of each byte: 2 if it is part of a word, 1 if it is part of a name alone.
const PARTS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0_u8;
    loop {
        table[byte as usize] = match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | 0x80.. => 2,
            b'-' | b'.' | b'$' | b'%' => 1,
            _ => 0,
        };
        if byte == u8::MAX {
            break table;
        }
        byte += 1;
    }
};
