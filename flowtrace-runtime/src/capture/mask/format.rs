//! What is secret by its own looks: user info in URLs, `Bearer …`, JSON Web Tokens, keys to known services, private keys.
use std::ops::Range;

use super::{Scan, is_word};

/// The pairs of bytes that the formats begin with: each of the first with each of the second.
const PAIRS: [(&[u8], &[u8]); 7] = [
    (b"A", b"IKS"),
    (b"Bb", b"AEae"),
    (b"g", b"hil"),
    (b"hn", b"fp"),
    (b"ep", b"y"),
    (b"-rs", b"-k"),
    (b"wxy", b"aho"),
];

/// For each byte a bit for each of the pairs that it begins or ends, but the lowest.
pub(super) const fn pairs(ends: bool) -> [u8; 256] {
    let mut table = [0; 256];
    let mut pair = 0;
    while pair < PAIRS.len() {
        let bytes = if ends { PAIRS[pair].1 } else { PAIRS[pair].0 };
        let mut i = 0;
        while i < bytes.len() {
            table[bytes[i] as usize] |= 2 << pair;
            i += 1;
        }
        pair += 1;
    }
    table
}

/// What a key begins with, and how many characters it has behind that at least.
const KEYS: &[(&[u8], usize)] = &[
    (b"AKIA", 12),
    (b"ASIA", 12),
    (b"AIza", 20),
    (b"ghp_", 16),
    (b"gho_", 16),
    (b"ghu_", 16),
    (b"ghs_", 16),
    (b"ghr_", 16),
    (b"github_pat_", 16),
    (b"glpat-", 16),
    (b"hf_", 24),
    (b"npm_", 24),
    (b"pypi-", 24),
    (b"rk_live_", 8),
    (b"rk_test_", 8),
    (b"sk-", 16),
    (b"sk_live_", 8),
    (b"sk_test_", 8),
    (b"whsec_", 16),
    (b"xoxa-", 8),
    (b"xoxb-", 8),
    (b"xoxe-", 8),
    (b"xoxp-", 8),
    (b"xoxr-", 8),
    (b"xoxs-", 8),
    (b"xapp-", 8),
    (b"ya29.", 16),
];

/// A user's name alone that is as long is a key.
const LONG_USER: usize = 20;

impl Scan<'_> {
    /// The password of a URL whose authority begins at `from`.
    pub(super) fn user_info(&mut self, from: usize) -> Option<Range<usize>> {
        let is_end = |byte: &u8| {
            byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\')
        };
        let all = &self.bytes[from.min(self.bytes.len())..];
        let all = &all[..all.iter().position(is_end).unwrap_or(all.len())];
        let authority = all.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(all.len());
        let colon = all[..authority].iter().position(|byte| *byte == b':');
        // what is no port is a password, which may go on behind a slash
        let port = colon.map_or(&b""[..], |colon| &all[colon + 1..authority]);
        let is_port = port.iter().all(u8::is_ascii_digit) || all.starts_with(b"[");
        let user = if is_port { &all[..authority] } else { all };
        let Some(at) = user.iter().rposition(|byte| *byte == b'@') else {
            let is_cut = self.cut && from + authority == self.bytes.len();
            return colon.filter(|_| is_cut).map(|colon| from + colon + 1..self.bytes.len());
        };
        match colon.filter(|colon| *colon < at) {
            Some(colon) => Some(from + colon + 1..from + at),
            None => (at >= LONG_USER).then_some(from..from + at),
        }
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
                let len = rest.iter().take_while(|byte| is_key(**byte)).count();
                let len = if prefix.ends_with(b".") {
                    prefix.len() + rest[prefix.len()..].iter().take_while(|byte| is_key(**byte)).count()
                } else {
                    len
                };
                let key = &rest[prefix.len()..len];
                let is_long = key.len() >= *least && is_random(key);
                (is_long || self.is_cut_at(at + len)).then_some(at..at + len)
            }
        }
    }

    /// The word behind `from`, in quotes or not, if it is none of a language.
    pub(super) fn random_word(&self, from: usize) -> Option<Range<usize>> {
        let is_before = |byte: &&u8| matches!(**byte, b' ' | b'"' | b'\'' | b'`' | b'\\');
        let from = from + self.bytes[from..].iter().take_while(is_before).count();
        let is_part = |byte: &&u8| is_key(**byte) || matches!(**byte, b'.' | b'~' | b'+' | b'/' | b'=');
        let len = self.bytes[from..].iter().take_while(is_part).count();
        let word = &self.bytes[from..from + len];
        let is_long = (len >= 8 && word.iter().any(u8::is_ascii_digit)) || len >= LONG_USER;
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
        let len = rest.iter().take_while(|byte| is_key(**byte) || **byte == b'.').count();
        let mut parts = rest[..len].split(|byte| *byte == b'.').map(<[u8]>::len);
        let is_token =
            parts.next().is_some_and(|first| first >= 10) && parts.next().is_some_and(|second| second >= 4);
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

fn is_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// Whether a word is none of a language: it has a digit, or capitals behind small letters, or ends as base64 does.
fn is_random(word: &[u8]) -> bool {
    let mixed = word.windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    mixed
        || word.iter().any(u8::is_ascii_digit)
        || word.ends_with(b"=")
        || word.iter().all(u8::is_ascii_uppercase)
}
