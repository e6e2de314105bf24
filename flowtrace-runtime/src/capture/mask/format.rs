//! What is secret by its own looks: user info in URLs, `Bearer …`, JSON Web Tokens, keys to known services, private keys.
use std::ops::Range;

use super::{NAME, Scan, is_name, is_name_part, is_word};
use crate::settings::redact::KEYS;

/// What stands before a colon and an address, and is no user.
const NO_USERS: &[&str] = &[
    "acct", "author", "bcc", "by", "cc", "email", "from", "git", "id", "login", "mail", "mailto", "npm",
    "owner", "reply-to", "sip", "sips", "to", "user", "username", "xmpp",
];

/// No user and password are longer.
const LONGEST_USER: usize = 1024;

/// Within so many bytes it shows whether something is a key or a JSON Web Token.
const LONGEST_HEAD: usize = 1024;

/// A user's name alone that is as long is a key.
const LONG_USER: usize = 20;

impl Scan<'_> {
    /// The password of a URL whose authority begins at `from`.
    pub(super) fn user_info(&mut self, from: usize) -> Option<Range<usize>> {
        let all = &self.bytes[from.min(self.bytes.len())..];
        let all = &all[..all.len().min(LONGEST_USER)];
        let all = &all[..all.iter().position(|byte| ends_user(*byte)).unwrap_or(all.len())];
        let authority = all.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(all.len());
        let colon = all[..authority].iter().position(|byte| *byte == b':');
        // what is no port is a password, which may go on behind a slash
        let port = colon.map_or(&b""[..], |colon| &all[colon + 1..authority]);
        let is_port = port.iter().all(u8::is_ascii_digit) || all.starts_with(b"[");
        let user = if is_port { &all[..authority] } else { all };
        let Some(at) = user.iter().rposition(|byte| *byte == b'@') else {
            if let Some(hook) = self.web_hook(from) {
                return Some(hook);
            }
            let is_cut = self.cut && from + authority == self.bytes.len();
            return colon.filter(|_| is_cut).map(|colon| from + colon + 1..self.bytes.len());
        };
        match colon.filter(|colon| *colon < at) {
            Some(colon) => Some(from + colon + 1..from + at),
            None => match find(&all[..at], b"%3A") {
                Some(colon) => Some(from + colon + 3..from + at),
                None => (at >= LONG_USER).then_some(from..from + at),
            },
        }
    }

    /// The part of the URL of a web hook that makes it one: whoever has that may post there.
    fn web_hook(&self, from: usize) -> Option<Range<usize>> {
        let is_part = |byte: &&u8| is_key(**byte) || matches!(**byte, b'.' | b'/' | b':' | b'@');
        let len = self.bytes[from..].iter().take(LONGEST_HEAD).take_while(is_part).count();
        let url = &self.bytes[from..from + len];
        let name = if url.starts_with(b"hooks.") { 0 } else { find(url, b"/webhook")? + 1 };
        let path = name + url[name..].iter().position(|byte| *byte == b'/')? + 1;
        let is_secret =
            url[path..].split(|byte| *byte == b'/').any(|part| part.len() >= 16 && is_mixed(part));
        (is_secret || self.is_cut_at(from + len)).then_some(from + path..from + len)
    }

    /// The password of a URL in a part of another, where `%2F%2F` and its authority begin at `from`.
    pub(super) fn encoded_user_info(&self, from: usize) -> Option<Range<usize>> {
        let rest = &self.bytes[from..];
        let is_part =
            |byte: &&u8| is_key(**byte) || matches!(**byte, b'%' | b'.' | b'~' | b'+' | b'!' | b'*');
        let rest = &rest[..rest.iter().take(LONGEST_USER).take_while(is_part).count()];
        let slashes = b"%2F%2F".len();
        if !rest.get(..slashes)?.eq_ignore_ascii_case(b"%2F%2F") {
            return None;
        }
        let authority = &rest[slashes..];
        let authority = &authority[..find(authority, b"%2F").unwrap_or(authority.len())];
        let colon = find(authority, b"%3A")? + 3;
        let password = from + slashes + colon;
        match find(&authority[colon..], b"%40") {
            Some(at) => Some(password..password + at),
            None => self.is_cut_at(password + authority.len() - colon).then_some(password..self.bytes.len()),
        }
    }

    /// The password of `user:password@host`, where no `//` says that it is one, at its `@`.
    pub(super) fn password_before(&self, at: usize) -> Option<Range<usize>> {
        let before = &self.bytes[self.hidden..at];
        let is_part = |byte: &&u8| byte.is_ascii_graphic() && !br#""'`<>\()[]{}=,;/"#.contains(byte);
        let user = at - before.iter().rev().take(NAME).take_while(is_part).count();
        let colon = user + self.bytes[user..at].iter().position(|byte| *byte == b':')?;
        let (name, password) = (&self.text[user..colon], &self.bytes[colon + 1..at]);
        if !is_name(name) || name.is_empty() || NO_USERS.iter().any(|no| no.eq_ignore_ascii_case(name)) {
            return None;
        }
        let host = &self.bytes[at + 1..];
        let end = host.iter().take_while(|byte| is_name_part(**byte)).count();
        let behind = &host[end..];
        let has_port = behind.first() == Some(&b':') && behind.get(1).is_some_and(u8::is_ascii_digit);
        let is_host = end > 0 && (has_port || is_mixed(password)) && !host.starts_with(b"sha256:");
        (is_host || behind.first() == Some(&b'(')).then_some(colon + 1..at)
    }

    /// What begins at `at`, if it is of a format that is known.
    pub(super) fn known_format(&mut self, at: usize) -> Option<Range<usize>> {
        if at > 0 && is_word(self.bytes[at - 1]) && !self.is_escape(at - 1) {
            return None;
        }
        let rest = &self.bytes[at..];
        match rest {
            [b'-', ..] => self.private_key(at),
            [b'e', b'y', b'J', ..] => self.web_token(at),
            [b'B' | b'b', b'e' | b'E' | b'a' | b'A', ..] => self.credentials(at),
            _ => {
                let (prefix, least) = KEYS.iter().find(|(prefix, _)| rest.starts_with(prefix))?;
                let behind = &rest[prefix.len()..];
                let run = behind.iter().take(LONGEST_HEAD).take_while(|byte| is_key(**byte)).count();
                // a part of a long key tells as much as all of it
                let is_long = run >= *least && is_random(&behind[..run]);
                let end = at + prefix.len() + run;
                if !is_long {
                    return self.is_cut_at(end).then_some(at..end);
                }
                let more = self.bytes[end..].iter().take_while(|byte| is_key(**byte)).count();
                Some(at..end + more)
            }
        }
    }

    /// The word behind `from`, in quotes or not, if it is none of a language. A sentence says with it what is wrong with
    /// a secret of this name, or a parser says `unexpected token: i32`: `before` is the word before the name.
    pub(super) fn random_word(&self, from: usize, name: &str, before: &str) -> Option<Range<usize>> {
        let is_before = |byte: &&u8| matches!(**byte, b' ' | b'"' | b'\'' | b'`' | b'\\');
        let from = from + self.bytes[from..].iter().take_while(is_before).count();
        let is_part = |byte: &&u8| is_key(**byte) || matches!(**byte, b'.' | b'~' | b'+' | b'/' | b'=');
        let len = self.bytes[from..].iter().take_while(is_part).count();
        let word = &self.bytes[from..from + len];
        let is_parser = before.ends_with("expected");
        let least = if name == "pin" { 4 } else { 8 };
        let is_long = (len >= least && word.iter().any(u8::is_ascii_digit)) || len >= LONG_USER;
        let is_long = is_long || (len >= 6 && !is_parser && is_mixed(word));
        (is_long || self.is_cut_at(from + len)).then_some(from..from + len)
    }

    /// Whether the byte at `at` is the letter of a `\n` that is written so.
    fn is_escape(&self, at: usize) -> bool {
        at > 0 && self.bytes[at - 1] == b'\\'
    }

    fn is_cut_at(&self, at: usize) -> bool {
        self.cut && at == self.bytes.len()
    }

    /// `eyJ….….…`
    fn web_token(&self, at: usize) -> Option<Range<usize>> {
        let rest = &self.bytes[at..];
        let first = rest.iter().take(LONGEST_HEAD).take_while(|byte| is_key(**byte)).count();
        if rest.get(first) != Some(&b'.') || first < 10 {
            return self.is_cut_at(at + first).then_some(at..at + first);
        }
        let len = rest.iter().take_while(|byte| is_key(**byte) || **byte == b'.').count();
        let is_token = rest[..len].split(|byte| *byte == b'.').nth(1).is_some_and(|second| second.len() >= 4);
        (is_token || self.is_cut_at(at + len)).then_some(at..at + len)
    }

    /// The word behind `Bearer` or `Basic`.
    fn credentials(&self, at: usize) -> Option<Range<usize>> {
        let rest = &self.bytes[at..];
        let scheme = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let is_bearer = rest[..scheme].eq_ignore_ascii_case(b"bearer");
        if !(is_bearer || rest[..scheme].eq_ignore_ascii_case(b"basic")) {
            return None;
        }
        let blanks = rest[scheme..].iter().take_while(|byte| **byte == b' ').count();
        let from = at + scheme + blanks;
        let is_part = |byte: &&u8| is_key(**byte) || matches!(**byte, b'.' | b'~' | b'+' | b'/' | b'=');
        let len = self.bytes[from..].iter().take_while(is_part).count();
        let word = &self.bytes[from..from + len];
        let is_prose = [&b"token"[..], b"tokens", b"auth", b"authentication", b"authorization", b"scheme"]
            .iter()
            .any(|prose| word.trim_ascii_end().eq_ignore_ascii_case(prose));
        let looks = is_random(word) || (is_bearer && (rest[0] == b'B' || len >= 16));
        (blanks > 0 && len > 0 && !is_prose && (looks || self.is_cut_at(from + len)))
            .then_some(from..from + len)
    }

    /// `-----BEGIN PRIVATE KEY-----` to its end, or to the end of the text.
    fn private_key(&self, at: usize) -> Option<Range<usize>> {
        let label = self.text[at..].strip_prefix("-----BEGIN ")?;
        let label = &label[..label.find("-----").unwrap_or(label.len())];
        if !label.contains("PRIVATE KEY") {
            return None;
        }
        let end = self.text[at..].find("-----END ").map(|end| at + end + "-----END ".len());
        let end = end.and_then(|end| Some(end + self.text[end..].find("-----")? + "-----".len()));
        Some(at..end.unwrap_or(self.bytes.len()))
    }
}

/// Whether a colon stands in one piece with an `@` behind it, as a user and a password do.
pub(super) fn has_user(bytes: &[u8]) -> bool {
    // in the last piece there is no colon
    bytes
        .split_inclusive(|byte| *byte == b'@')
        .filter(|part| part.ends_with(b"@"))
        .any(|part| part.iter().rev().take_while(|byte| !ends_user(**byte)).any(|byte| *byte == b':'))
}

/// Whether neither a user nor a password has such a byte.
fn ends_user(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\')
}

/// Where a part of a URL is in `text`, of which the letters may be large or small.
fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window.eq_ignore_ascii_case(part))
}

fn is_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// Whether there are letters and digits in a word.
fn is_mixed(word: &[u8]) -> bool {
    word.iter().any(u8::is_ascii_digit) && word.iter().any(u8::is_ascii_alphabetic)
}

/// Whether a word is none of a language: it has a digit, or capitals behind small letters, or ends as base64 does.
fn is_random(word: &[u8]) -> bool {
    let mixed = word.windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    mixed
        || word.iter().any(u8::is_ascii_digit)
        || word.ends_with(b"=")
        || word.iter().all(u8::is_ascii_uppercase)
}
