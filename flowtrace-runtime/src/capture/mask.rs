//! Secrets in what `Debug` says: of `Login { user: "ann", password: "…" }` the password is not shown.
//!
//! `Debug` gives text and no structure, so the text is read as derived implementations write it: a name or a
//! quoted key, `: `, and a value that ends at a comma or bracket of its own level.
use std::fmt::{self, Write};

use super::serialize::REDACTED;
use super::value::Value;

/// Of a name only so many bytes are remembered, from its end; of a longer one a half of them at least.
const NAME: usize = 64;

/// Takes text, and hands it on without the secrets.
pub(super) struct Mask<'v, 'a> {
    value: &'v mut Value<'a>,
    place: Place,
    /// The name or key that was read last.
    name: Name,
}

struct Name {
    bytes: [u8; NAME],
    len: usize,
}

impl Name {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }

    fn clear(&mut self) {
        self.len = 0;
    }

    fn push(&mut self, text: &str) {
        let text = &text[text.ceil_char_boundary(text.len().saturating_sub(NAME / 2))..];
        if self.len + text.len() > NAME {
            let keep = self.as_str().ceil_char_boundary(self.len.saturating_sub(NAME / 2));
            self.bytes.copy_within(keep..self.len, 0);
            self.len -= keep;
        }
        self.bytes[self.len..self.len + text.len()].copy_from_slice(text.as_bytes());
        self.len += text.len();
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Anywhere, the name at hand if any being still read.
    Open,
    /// Inside of quotes, perhaps behind a backslash.
    Quoted { escaped: bool },
    /// Behind a name or key.
    Named,
    /// Behind a secret name and its colon.
    Colon,
    /// Inside of the value that is not shown.
    Hidden { depth: u32, quote: Option<char>, escaped: bool },
}

impl<'v, 'a> Mask<'v, 'a> {
    pub(super) fn new(value: &'v mut Value<'a>) -> Self {
        Self { value, place: Place::Open, name: Name { bytes: [0; NAME], len: 0 } }
    }

    /// Takes one character; whether it is shown.
    fn take(&mut self, c: char) -> bool {
        match self.place {
            Place::Open if c == '"' => {
                self.name.clear();
                self.place = Place::Quoted { escaped: false };
            }
            Place::Open if c.is_alphanumeric() || c == '_' => self.remember(c),
            Place::Open | Place::Named if c == ':' => {
                let secret = self.value.is_secret(self.name.as_str());
                self.name.clear();
                self.place = if secret { Place::Colon } else { Place::Open };
            }
            Place::Open => self.name.clear(),
            Place::Quoted { escaped } => match c {
                '"' if !escaped => self.place = Place::Named,
                c => {
                    self.place = Place::Quoted { escaped: c == '\\' && !escaped };
                    self.remember(c);
                }
            },
            Place::Named => {
                self.name.clear();
                self.place = Place::Open;
                return self.take(c);
            }
            // `a::b` names nothing, nor does what no blank follows
            Place::Colon if c == ' ' => self.place = Place::Hidden { depth: 0, quote: None, escaped: false },
            Place::Colon => {
                self.place = Place::Open;
                return self.take(c);
            }
            Place::Hidden { .. } => return self.take_hidden(c),
        }
        true
    }

    fn take_hidden(&mut self, c: char) -> bool {
        let Place::Hidden { depth, quote, escaped } = &mut self.place else { return true };
        match (c, *quote) {
            _ if std::mem::take(escaped) => {}
            ('\\', Some(_)) => *escaped = true,
            (c, Some(end)) if c == end => *quote = None,
            ('"' | '\'', None) => *quote = Some(c),
            ('(' | '[' | '{', None) => *depth += 1,
            (')' | ']' | '}' | ',', None) if *depth == 0 => {
                self.place = Place::Open;
                return true;
            }
            (')' | ']' | '}', None) => *depth -= 1,
            // the rest, and what else stands inside of quotes
            _ => {}
        }
        false
    }

    fn remember(&mut self, c: char) {
        self.name.push(c.encode_utf8(&mut [0; 4]));
    }

    /// Takes what changes nothing but the name at hand, all at once; how long that is.
    fn take_run(&mut self, text: &str) -> usize {
        let until = |end: &dyn Fn(u8) -> bool| text.bytes().position(end).unwrap_or(text.len());
        match self.place {
            Place::Open => {
                let run = until(&|byte| !byte.is_ascii_alphanumeric() && byte != b'_');
                self.name.push(&text[..run]);
                run
            }
            Place::Quoted { escaped: false } => {
                let run = until(&|byte| byte == b'"' || byte == b'\\');
                self.name.push(&text[..run]);
                run
            }
            _ => 0,
        }
    }

    fn hidden(&self) -> bool {
        matches!(self.place, Place::Hidden { .. })
    }
}

impl Write for Mask<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut shown_from = if self.hidden() { None } else { Some(0) };
        let mut next = 0;
        while next < text.len() {
            next += self.take_run(&text[next..]);
            let at = next;
            let Some(c) = text[at..].chars().next() else { break };
            next += c.len_utf8();
            let was_hidden = self.hidden();
            let shown = self.take(c);
            if !was_hidden && self.hidden() {
                // the blank behind the colon is the last that is shown
                let from = shown_from.take().unwrap_or(at);
                self.value.write_str(&text[from..at + c.len_utf8()])?;
                self.value.write_str(REDACTED)?;
            } else if was_hidden && shown {
                // a derived struct has a blank before its closing brace
                shown_from = Some(at);
                if c == '}' {
                    self.value.write_str(" ")?;
                }
            }
        }
        match shown_from {
            Some(from) => self.value.write_str(&text[from..]),
            None => Ok(()),
        }
    }
}
