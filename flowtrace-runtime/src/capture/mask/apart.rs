//! Names that stand apart from what they name: `Token { value: … }`, `{name: "password", value: …}`, `--password …`.
use std::ops::Range;

use super::quote::Quote;
use super::{IsSecret, NAME, Scan, hides_text_alone, is_name, is_name_part, is_word, with_joint_name};

/// A struct whose name is secret, while its fields are read.
pub(super) struct Owner {
    name: Range<usize>,
    /// Where its fields end.
    end: usize,
    /// What quotes are open between its fields.
    open: u32,
}

/// Within so many bytes is what belongs to a name.
const NEAR: usize = 4096;

/// No more structs in structs are known at a time.
const OWNERS: usize = 8;

/// What a sentence goes on with behind an option: `the --token option is missing`.
const PROSE: [&str; 18] = [
    "and", "argument", "cannot", "flag", "for", "if", "in", "instead", "is", "must", "needs", "option", "or",
    "requires", "to", "was", "when", "with",
];

impl<'t> Scan<'t> {
    /// Notes the name of a struct that ends at `at`, and whose fields begin at `fields`, if it is secret.
    pub(super) fn begin_struct(&mut self, at: usize, fields: usize, is_secret: IsSecret<'_>) {
        let name = self.word_before(at);
        while self.owners.pop_if(|owner| owner.end <= at).is_some() {}
        if self.owners.len() < OWNERS && name.starts_with(char::is_uppercase) && is_secret(name) {
            let end = self.end_of_list(fields);
            self.owners.push(Owner { name: at - name.len()..at, end, open: self.open });
        }
    }

    /// Whether a field is secret by the name of the struct it is in; its value begins at `from`.
    pub(super) fn is_owned(&mut self, field: &str, from: usize, is_secret: IsSecret<'_>) -> bool {
        while self.owners.pop_if(|owner| owner.end <= from).is_some() {}
        let Some(owner) = self.owners.last().filter(|owner| owner.open == self.open) else { return false };
        let name = &self.text[owner.name.clone()];
        with_joint_name(name, field, is_secret) && !(hides_text_alone(name, field) && self.begins_other(from))
    }

    /// Reads the name behind `name: `, which says whether the next value is secret. A part of a form stands right behind
    /// its name.
    pub(super) fn read_naming(
        &mut self,
        key: &'t str,
        from: usize,
        is_secret: IsSecret<'_>,
    ) -> Option<Range<usize>> {
        let (mut from, mut around) = (self.skip_blanks(from), 0);
        // `Some("password")`, or another type around the name
        while let Some(b'A'..=b'Z') = self.byte(from) {
            let word = self.bytes[from..].iter().take(NAME).take_while(|byte| is_word(**byte)).count();
            if self.byte(from + word) != Some(b'(') {
                break;
            }
            from += word + 1;
            around += 1;
        }
        let quote = Quote::starting(self.bytes, from).filter(|quote| !quote.closes(self.open));
        let (name, end) = if let Some(quote) = quote {
            let close = quote.close(self.bytes)?;
            (&self.text[quote.end..close.start], close.end)
        } else {
            let end = from + self.bytes[from..].iter().take_while(|byte| is_name_part(**byte)).count();
            (&self.text[from..end], end)
        };
        let end = end + self.bytes[end..].iter().take(around).take_while(|byte| **byte == b')').count();
        let names_secret = is_name(name) && is_secret(name);
        if names_secret {
            (self.named, self.namer) = (self.near(end, NEAR).end_of_list(end), key);
        } else if self.namer == key {
            self.named = 0;
        }
        if !names_secret || quote.is_none() {
            return None;
        }
        let content = self.skip_blanks(end);
        let lines =
            self.text[end..content].matches('\n').count() + self.text[end..content].matches("\\n").count();
        (lines >= 2).then(|| {
            let rest = &self.text[content..];
            let ends = ["\r\n--", "\n--", "\\r\\n--", "\\n--"];
            let end = ends.iter().filter_map(|end| rest.find(end)).min().unwrap_or(rest.len());
            content..content + end
        })
    }

    /// The value of the option that begins at `at`.
    pub(super) fn behind_flag(&mut self, at: usize, is_secret: IsSecret<'_>) -> Option<Range<usize>> {
        let is_long = self.byte(at + 1) == Some(b'-');
        let from = at + 1 + usize::from(is_long);
        // a line of dashes is none, nor is a hyphen
        let before = self.text[..at].chars().next_back();
        if before == Some('-') || !(is_long || before.is_none_or(|c| matches!(c, ' ' | '"' | '\'' | '['))) {
            return None;
        }
        let end = from + self.bytes[from..].iter().take(NAME).take_while(|byte| is_name_part(**byte)).count();
        let name = &self.text[from..self.text.floor_char_boundary(end)];
        if name.is_empty() || !is_secret(name) {
            return None;
        }
        if let Some(quote) = Quote::starting(self.bytes, end) {
            // a list of words, each in quotes
            let comma = quote.end + usize::from(self.byte(quote.end) == Some(b','));
            let behind = self.skip_blanks(comma);
            let open = Quote::starting(self.bytes, behind).filter(|_| behind > quote.end)?;
            let close = open.close(self.bytes).map_or(self.bytes.len(), |close| close.start);
            return Some(open.end..close);
        }
        let behind = end + self.bytes[end..].iter().take_while(|byte| **byte == b' ').count();
        if behind == end {
            return None;
        }
        let close = Quote::starting(self.bytes, behind)
            .map(|open| open.close(self.bytes).map_or(self.bytes.len(), |close| close.end));
        if let Some(end) = close.or_else(|| self.end_of_single_quotes(behind)) {
            return Some(behind..end);
        }
        let end = self.end_of_word(behind);
        let word = &self.text[behind..end];
        (!word.starts_with(['-', '[']) && !PROSE.contains(&word)).then_some(behind..end)
    }

    /// What stands between `<password>`, which ends at `at`, and `</password>`.
    pub(super) fn behind_tag(&self, at: usize, is_secret: IsSecret<'_>) -> Option<Range<usize>> {
        let name = self.key_before(at);
        let before = self.text[..at - name.len()].strip_suffix('<')?;
        if name.is_empty() || before.ends_with(|c: char| c.is_alphanumeric() || c == ':') || !is_secret(name)
        {
            return None;
        }
        let rest = &self.near(at, NEAR).text[at + 1..];
        let ends = rest.match_indices("</").find(|(end, _)| rest[end + 2..].starts_with(name));
        let end = ends.map(|(end, _)| end).or(self.cut.then_some(rest.len()))?;
        Some(at + 1..at + 1 + end)
    }

    /// What stands behind `password%3D`, whose `%` is at `at`, and the password of a URL that begins as `https%3A` does.
    pub(super) fn behind_encoded(&self, at: usize, is_secret: IsSecret<'_>) -> Option<Range<usize>> {
        if matches!(self.byte(at + 2), Some(b'A' | b'a')) {
            return self.encoded_user_info(at + 3);
        }
        let name = self.key_before(at);
        let name = name.rsplit_once("%26").map_or(name, |(_, name)| name);
        if !is_secret(name) {
            return None;
        }
        let from = at + 3;
        let end = self.end_of_word(from);
        let end = self.text[from..end].find("%26").map_or(end, |end| from + end);
        Some(from..end)
    }

    /// A quoted string behind a word that calls it a password, or behind a symbol: `PASSWORD 'x'`, `{:token "x"}`.
    pub(super) fn behind_word(&self, at: usize, is_secret: IsSecret<'_>) -> Option<Range<usize>> {
        let name = self.key_before(at);
        let is_symbol = self.text[..at - name.len()].ends_with(':');
        // a sentence says of others what they are called: `secret "db" not found`
        let has =
            |word: &str| name.as_bytes().windows(word.len()).any(|w| w.eq_ignore_ascii_case(word.as_bytes()));
        let is_password = has("pass") || has("pwd");
        let is_identified = || {
            let before = self.word_before(self.bytes[..at - name.len()].trim_ascii_end().len());
            name.eq_ignore_ascii_case("by") && before.eq_ignore_ascii_case("identified")
        };
        if name.is_empty() || !(is_identified() || ((is_symbol || is_password) && is_secret(name))) {
            return None;
        }
        if let Some(quote) = Quote::starting(self.bytes, at + 1).filter(|quote| !quote.closes(self.open)) {
            return Some(at + 1..quote.close(self.bytes).map_or(self.bytes.len(), |close| close.end));
        }
        self.end_of_single_quotes(at + 1).map(|end| at + 1..end)
    }

    /// The password of `-u user:password`, where the option begins at `at`.
    pub(super) fn behind_user(&self, at: usize) -> Option<Range<usize>> {
        let is_between = |byte: &&u8| matches!(byte, b' ' | b'"' | b'\'' | b',' | b'\\');
        let begin = at + 2;
        if !self.text[..at].ends_with([' ', '"', '\'']) && at > 0 {
            return None;
        }
        let from = begin + self.bytes[begin..].iter().take(NAME).take_while(is_between).count();
        let user = self.bytes[from..].iter().take(NAME).take_while(|byte| is_name_part(**byte)).count();
        if from == begin || user == 0 || self.byte(from + user) != Some(b':') {
            return None;
        }
        let password = from + user + 1;
        let end = self.end_of_word(password);
        let inner = &self.bytes[password..end];
        let end =
            password + inner.iter().position(|byte| matches!(byte, b'"' | b'\\')).unwrap_or(inner.len());
        // a user's number and a group's are none
        (!self.bytes[password..end].iter().all(u8::is_ascii_digit)).then_some(password..end)
    }
}
