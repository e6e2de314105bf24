//! What stands behind a secret name: `password=…`, `"password": …`, `Password(…)`, `("password", …)`.
use std::ops::Range;

use super::quote::Quote;
use super::{IsSecret, NAME, Scan, is_name, is_name_part, is_naming, is_value, is_word};

impl<'t> Scan<'t> {
    /// What stands behind the `:` or `=` at `at`, if a secret name stands before it.
    pub(super) fn behind_name(&mut self, at: usize, is_secret: IsSecret<'_>) -> Option<Range<usize>> {
        let is_colon = self.bytes[at] == b':';
        // `a::b` is a path
        if is_colon && (self.byte(at + 1) == Some(b':') || (at > 0 && self.bytes[at - 1] == b':')) {
            return None;
        }
        let is_arrow = self.bytes[at] == b'>';
        let (name, is_quoted) = self.name_before(at - usize::from(is_arrow))?;
        if !is_secret(name) && !self.is_owned(name, at + 1, is_secret) && !self.is_signature(name, at) {
            if is_naming(name) {
                return self.read_naming(name, at + 1, is_secret);
            }
            if at >= self.named || !is_value(name) {
                return None;
            }
        }
        // a parser's `unexpected token: }` is no secret
        if is_arrow
            && (AMBIGUOUS.iter().any(|word| name.eq_ignore_ascii_case(word)) || is_ambiguous_type(name))
        {
            return self.random_word(at + 1, name, "expected");
        }
        let start = self.bytes[..at].trim_ascii_end().len().saturating_sub(name.len());
        if is_colon && !is_quoted && AMBIGUOUS.contains(&name) && self.is_prose(start) {
            return self.random_word(at + 1, name, self.word_before(start - 1));
        }
        // `:=`, `==` and `=>` are as good
        let from = at + 1 + usize::from(matches!(self.byte(at + 1), Some(b'=' | b'>')));
        let from = self.skip_blanks(from);
        if let Some(end) = self.end_of_triple_quotes(from) {
            return Some(from..end);
        }
        if let Some(quote) = Quote::starting(self.bytes, from).filter(|quote| !quote.closes(self.open)) {
            let close = quote.close(self.bytes);
            let (inner, outer) = close.map_or_else(
                || (self.bytes.len(), self.bytes.len()),
                |close| {
                    if close.closes(self.open) {
                        (close.start, close.start)
                    } else {
                        (close.start, close.end)
                    }
                },
            );
            self.at = outer;
            // a string in JSON stays one
            return Some(if is_quoted && from == at + 1 { quote.end..inner } else { from..outer });
        }
        if let Some(end) = self.end_of_single_quotes(from) {
            self.at = end;
            return Some(from..end);
        }
        let end = if is_colon { self.end_of_value(from) } else { self.end_of_word(from) };
        Some(from..end)
    }

    /// The arguments of `Password(…)`, and what stands behind the first element of `("password", …)`.
    pub(super) fn bracket(&mut self, at: usize, is_secret: IsSecret<'_>) -> Option<Range<usize>> {
        let is_tuple = self.bytes[at] == b'(';
        if is_tuple {
            let name = self.word_before(at);
            let is_secret_type = name.starts_with(|c: char| c.is_uppercase()) && is_secret(name);
            if is_secret_type && !(is_ambiguous_type(name) && self.near(at, NEAR).are_other(at + 1)) {
                return Some(at + 1..self.end_of_list(at + 1));
            }
        }
        let first = self.skip_blanks(at + 1);
        let first = first + usize::from(self.bytes[first..].starts_with(b"b\""));
        let quote = Quote::starting(self.bytes, first).filter(|quote| !quote.closes(self.open))?;
        let close = quote.close(self.bytes).filter(|close| close.start - quote.end <= NAME)?;
        let comma = self.skip_blanks(close.end);
        let name = &self.text[quote.end..close.start];
        if self.byte(comma) != Some(b',') || !is_name(name) || !is_secret(name) {
            return None;
        }
        let from = self.skip_blanks(comma + 1);
        let end = self.end_of_list(from);
        // a longer list is no pair
        let is_pair = is_tuple || self.end_of(from, |scan, at| scan.bytes[at] == b',') >= end;
        is_pair.then_some(from..end)
    }

    /// Whether the field of a URL before `at` is what whoever has the URL may ask with.
    fn is_signature(&self, name: &str, at: usize) -> bool {
        let is_called_so = ["sig", "signature"].iter().any(|sig| name.eq_ignore_ascii_case(sig));
        is_called_so && self.bytes[at] == b'=' && self.text[..at - name.len()].ends_with(['?', '&'])
    }

    /// Whether a word and a blank stand before `at`, as in a sentence and in no list of fields.
    fn is_prose(&self, at: usize) -> bool {
        self.bytes[..at].strip_suffix(b" ").and_then(<[u8]>::last).is_some_and(u8::is_ascii_alphabetic)
    }

    /// Whether all elements of the list from `from` on are such that none is a secret on its own.
    fn are_other(&self, mut from: usize) -> bool {
        let end = self.end_of_list(from);
        while self.skip_blanks(from) < end {
            if !self.begins_other(from) {
                return false;
            }
            from = self.end_of(from, |scan, at| scan.bytes[at] == b',') + 1;
        }
        end < self.bytes.len()
    }

    /// Whether a number, a bool or a struct begins at `from`, which is no secret on its own.
    pub(super) fn begins_other(&self, from: usize) -> bool {
        let mut rest = &self.bytes[self.skip_blanks(from)..];
        while let Some(inner) = rest.strip_prefix(b"Some(") {
            rest = inner.trim_ascii_start();
        }
        let is_word = rest.starts_with(b"true") || rest.starts_with(b"false");
        let is_struct = rest.first().is_some_and(u8::is_ascii_uppercase);
        rest.first().is_some_and(u8::is_ascii_digit) || is_word || is_struct
    }

    /// The name before `at`, and whether it is in quotes.
    fn name_before(&self, at: usize) -> Option<(&'t str, bool)> {
        let end = at - self.bytes[..at].iter().rev().take(8).take_while(|byte| **byte == b' ').count();
        let last = *self.bytes[..end].last()?;
        match last {
            b'"' => {
                let close = Quote::at(self.bytes, end - 1);
                let open = close.opening(self.bytes, NAME)?;
                Some((&self.text[open.end..close.start], true))
            }
            b'\'' | b'`' => {
                let near = end.saturating_sub(NAME);
                let open = self.bytes[near..end - 1].iter().rposition(|byte| *byte == last)? + near;
                Some((&self.text[open + 1..end - 1], false))
            }
            // `user[password]=…`
            b']' => Some((self.key_before(end - 1), false)),
            _ => Some((self.key_before(end), false)),
        }
    }

    /// The name that ends at `end`.
    pub(super) fn key_before(&self, end: usize) -> &'t str {
        self.run_before(end, is_name_part)
    }

    pub(super) fn word_before(&self, end: usize) -> &'t str {
        self.run_before(end, is_word)
    }

    fn run_before(&self, end: usize, is_part: impl Fn(u8) -> bool) -> &'t str {
        let run = self.bytes[..end].iter().rev().take(NAME).take_while(|byte| is_part(**byte)).count();
        let mut from = end - run;
        // the letter of a `\n` that is written so
        if run > 0
            && from > 0
            && self.bytes[from - 1] == b'\\'
            && matches!(self.bytes[from], b'n' | b'r' | b't')
        {
            from += 1;
        }
        &self.text[self.text.ceil_char_boundary(from)..end]
    }

    /// Where a value ends that began at `from` behind a colon: at the end of the list that it stands in, or where the next
    /// field begins. A comma alone says nothing.
    fn end_of_value(&self, from: usize) -> usize {
        // the parts of a header's value have names, too
        let scheme = self.bytes[from..].split(|byte| *byte == b' ').next().unwrap_or_default();
        let has_parts = SCHEMES.iter().any(|name| scheme.eq_ignore_ascii_case(name.as_bytes()));
        let end = self.end_of(from, |scan, at| match scan.bytes[at] {
            b',' => !has_parts && scan.begins_field(at + 1, true),
            b'\n' => scan.begins_field(at + 1, false),
            // a new line that is written so
            b'\\' => matches!(scan.byte(at + 1), Some(b'n' | b'r')) && scan.begins_field(at + 2, false),
            byte => is_closing(byte) && scan.ends_list(at + 1),
        });
        self.trim(from, end)
    }

    /// Behind a string on several lines, as TOML and Python have it.
    fn end_of_triple_quotes(&self, from: usize) -> Option<usize> {
        let rest = &self.text[from..];
        let quotes = [r#"""""#, "'''", r#"\"\"\""#].into_iter().find(|quotes| rest.starts_with(quotes))?;
        let end = rest[quotes.len()..].find(quotes);
        Some(end.map_or(self.bytes.len(), |end| from + end + 2 * quotes.len()))
    }

    /// Behind a value in single quotes.
    pub(super) fn end_of_single_quotes(&self, from: usize) -> Option<usize> {
        let quote = self.byte(from).filter(|byte| matches!(byte, b'\'' | b'`'))?;
        let inner = &self.bytes[from + 1..];
        let is_end = |&at: &usize| inner[at] == quote && !(at > 0 && inner[at - 1] == b'\\');
        let end = from + 1 + (0..inner.len()).find(is_end)?;
        (!self.bytes[from..end].contains(&b'\n')).then_some(end + 1)
    }

    /// Where a value ends that began at `from` behind an equals sign.
    pub(super) fn end_of_word(&self, from: usize) -> usize {
        let scheme = self.end_of_scheme(from);
        self.end_of(scheme, |scan, at| match scan.bytes[at] {
            b'&' | b';' | b'\'' | b'`' | b'<' | b'>' => true,
            b',' => {
                scan.byte(at + 1).is_none_or(|next| next.is_ascii_whitespace())
                    || scan.begins_field(at + 1, true)
            }
            b'\\' => matches!(scan.byte(at + 1), Some(b'n' | b'r' | b't')),
            byte if is_closing(byte) => {
                scan.byte(at + 1).is_none_or(|next| next.is_ascii_whitespace()) || scan.ends_list(at + 1)
            }
            byte => byte.is_ascii_whitespace(),
        })
    }

    /// Behind the scheme of `Bearer …`, which is a word of its own.
    fn end_of_scheme(&self, from: usize) -> usize {
        let word = self.bytes[from..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let is_scheme = [&b"bearer"[..], b"basic", b"digest", b"token", b"negotiate"]
            .iter()
            .any(|scheme| self.bytes[from..from + word].eq_ignore_ascii_case(scheme));
        if is_scheme && self.byte(from + word) == Some(b' ') { from + word + 1 } else { from }
    }

    /// Where the list ends in which `from` stands.
    pub(super) fn end_of_list(&self, from: usize) -> usize {
        let end = self.end_of(from, |scan, at| is_closing(scan.bytes[at]));
        let end = self.trim(from, end);
        // the last comma of a list on several lines
        if end > from && self.bytes[end - 1] == b',' { end - 1 } else { end }
    }

    /// Goes over brackets and strings until `ends` says so, or the string ends in which `from` stands.
    fn end_of(&self, from: usize, ends: impl Fn(&Self, usize) -> bool) -> usize {
        let mut depth = 0_usize;
        let mut at = from;
        while let Some(byte) = self.byte(at) {
            if let Some(quote) = Quote::starting(self.bytes, at) {
                if quote.closes(self.open) {
                    return at;
                }
                let Some(close) = quote.close(self.bytes) else { return self.bytes.len() };
                if close.closes(self.open) {
                    return close.start;
                }
                at = close.end;
                continue;
            }
            if depth == 0 && ends(self, at) {
                return at;
            }
            match byte {
                b'(' | b'[' | b'{' => depth += 1,
                // one that closes nothing is part of the value
                byte if is_closing(byte) => depth = depth.saturating_sub(1),
                _ => {}
            }
            at += 1;
        }
        self.bytes.len()
    }

    /// Whether a field begins at `from`, or there are no more.
    fn begins_field(&self, from: usize, in_list: bool) -> bool {
        let from = self.skip_blanks(from);
        // an item of a list in YAML
        let from = if !in_list && self.bytes[from..].starts_with(b"- ") { from + 2 } else { from };
        let Some(byte) = self.byte(from) else { return !self.cut || !in_list };
        if is_closing(byte) || self.bytes[from..].starts_with(b"..") {
            return self.ends_list(from);
        }
        let name = match Quote::starting(self.bytes, from) {
            Some(quote) if quote.closes(self.open) => return true,
            Some(quote) => quote.close(self.bytes).map_or(from, |close| close.end),
            None => {
                let is_part = |byte: &&u8| is_word(**byte) || matches!(**byte, b'-' | b'.');
                from + self.bytes[from..].iter().take_while(is_part).count()
            }
        };
        let behind = self.skip_blanks(name);
        let is_sign = match self.byte(behind) {
            Some(b':') => self.byte(behind + 1) != Some(b':'),
            Some(b'=') => true,
            _ => false,
        };
        name > from && name - from <= NAME && is_sign
    }

    /// Whether nothing is left of a list from `from` on but brackets, or something new begins behind it.
    fn ends_list(&self, from: usize) -> bool {
        let from = self.skip_blanks(from);
        match self.byte(from) {
            None | Some(b',' | b';' | b'"' | b'\\' | b'\n' | b'.' | b':') => true,
            Some(byte) => is_closing(byte),
        }
    }

    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    /// Goes over blanks and new lines, also where they are written `\n`.
    pub(super) fn skip_blanks(&self, from: usize) -> usize {
        let mut at = from;
        loop {
            match (self.byte(at), self.byte(at + 1)) {
                (Some(b'\\'), Some(b'n' | b'r' | b't')) => at += 2,
                (Some(byte), _) if byte.is_ascii_whitespace() => at += 1,
                _ => return at,
            }
        }
    }

    /// Takes blanks off the end.
    fn trim(&self, from: usize, end: usize) -> usize {
        from + self.bytes[from..end].trim_ascii_end().len()
    }
}

/// A list of numbers and such ends within so many bytes.
const NEAR: usize = 512;

/// What stands before a list of parts with names in the value of a header.
const SCHEMES: [&str; 4] = ["AWS4-HMAC-SHA256", "Digest", "OAuth", "Signature"];

/// Words that are as often no secret, when a sentence or a type is about them.
const AMBIGUOUS: [&str; 5] = ["auth", "pass", "pin", "session", "token"];

/// Whether a type is called as a compiler's `Token` or a renderer's `RenderPass` is.
pub(super) fn is_ambiguous_type(name: &str) -> bool {
    ["Auth", "Pass", "Session", "Token"].iter().any(|word| name.ends_with(word))
}

fn is_closing(byte: u8) -> bool {
    matches!(byte, b')' | b']' | b'}')
}
