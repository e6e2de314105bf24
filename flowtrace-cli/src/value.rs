//! Values as people read them: as in Rust, with nothing escaped that need not be.
use std::fmt::Write as _;

use crate::text::Pairs;

/// The arguments as in a call: `id: 1, key: "a"`.
pub(crate) fn arguments(args: &str) -> String {
    let Ok(Pairs(pairs)) = serde_json::from_str(args) else { return args.to_owned() };
    let mut out = String::new();
    for (name, json) in pairs {
        let comma = if out.is_empty() { "" } else { ", " };
        let _ = write!(out, "{comma}{name}: {}", shown(json.get()));
    }
    out
}

/// The arguments, by name.
pub(crate) fn pairs(args: &str) -> Vec<(String, String)> {
    let Ok(Pairs(pairs)) = serde_json::from_str(args) else { return Vec::new() };
    pairs.into_iter().map(|(name, json)| (name.into_owned(), shown(json.get()))).collect()
}

/// A value for another program: what is no JSON is a string.
pub(crate) fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// A result as in Rust where it is a `Result`: `Err("no such table")`; else its value. A `null` by itself may be `()` as
/// well as `None`, and stays as it is.
pub(crate) fn result(json: &str) -> String {
    let is_result = json.starts_with("{\"Ok\":") || json.starts_with("{\"Err\":");
    match serde_json::from_str(json) {
        Ok(Pairs(pairs)) if is_result && pairs.len() == 1 => {
            format!("{}({})", pairs[0].0, result(pairs[0].1.get()))
        }
        _ if json == "null" => json.to_owned(),
        _ => shown(json),
    }
}

/// A value: what `Debug` said as it said it, `None` for `null`, anything else as JSON.
pub(crate) fn shown(json: &str) -> String {
    if json.starts_with('"') {
        return match serde_json::from_str::<String>(json) {
            Ok(text) if is_debug(&text) => text,
            _ => json.to_owned(),
        };
    }
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find(['"', 'n']) {
        let (before, found) = rest.split_at(at);
        out.push_str(before);
        let taken = if found.starts_with("null") {
            out.push_str("None");
            4
        } else {
            let end = if found.starts_with('"') { string_end(found) } else { 1 };
            out.push_str(&found[..end]);
            end
        };
        rest = &found[taken..];
    }
    out + rest
}

/// A long value over several lines: each member and element on one of its own, as deep as it goes.
pub(crate) fn lines(shown: &str, width: usize) -> Vec<String> {
    if shown.chars().count() <= width {
        return vec![shown.to_owned()];
    }
    let (mut lines, mut line, mut depth) = (Vec::new(), String::new(), 0usize);
    let mut rest = shown;
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        match c {
            '"' => {
                taken = string_end(rest);
                line.push_str(&rest[..taken]);
            }
            '{' | '[' | '(' if !is_short(rest, width) => {
                line.push(c);
                depth += 1;
                next(&mut lines, &mut line, depth);
                taken += rest[taken..].len() - rest[taken..].trim_start().len();
            }
            '{' | '[' | '(' => {
                taken = group_end(rest);
                line.push_str(&rest[..taken]);
            }
            '}' | ']' | ')' => {
                depth = depth.saturating_sub(1);
                next(&mut lines, &mut line, depth);
                line.push(c);
            }
            ',' if depth > 0 => {
                line.push(c);
                next(&mut lines, &mut line, depth);
                taken += rest[taken..].len() - rest[taken..].trim_start().len();
            }
            c => line.push(c),
        }
        rest = &rest[taken..];
    }
    lines.push(line);
    lines.retain(|line| !line.trim().is_empty());
    lines
}

fn next(lines: &mut Vec<String>, line: &mut String, depth: usize) {
    lines.push(std::mem::replace(line, "  ".repeat(depth)));
}

/// Whether the group that `text` begins with has room in a line.
fn is_short(text: &str, width: usize) -> bool {
    text[..group_end(text)].chars().count() <= width / 2
}

/// Where the group ends that `text` begins with.
fn group_end(text: &str) -> usize {
    let (mut depth, mut at) = (0usize, 0);
    while let Some(c) = text[at..].chars().next() {
        match c {
            '"' => {
                at += string_end(&text[at..]);
                continue;
            }
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += c.len_utf8();
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// Where the string ends that `text` begins with.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// Whether a text is what `Debug` says of something that is no string: a name before a brace, a list, or what was cut.
fn is_debug(text: &str) -> bool {
    let name = text.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | ':'));
    let is_named = text.starts_with(|c: char| c.is_uppercase())
        && (name.starts_with(" {") || name.starts_with('('))
        && text.ends_with(['}', ')', '…']);
    let is_group = text.starts_with(['[', '{', '(']);
    // JSON in a string has no blanks behind its colons and commas
    let is_spaced = text.contains(": ") || text.contains(", ") || !text.contains('"');
    is_named || is_group && (text.ends_with('…') || text.ends_with([']', '}', ')']) && is_spaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_in_rust() {
        assert_eq!(
            arguments(r#"{"id":1,"key":"a\nb","list":[1, 2],"next":null}"#),
            r#"id: 1, key: "a\nb", list: [1, 2], next: None"#
        );
        assert_eq!(arguments("{}"), "");
        assert_eq!(arguments("no JSON"), "no JSON");
        assert_eq!(result(r#"{"Err":"no"}"#), r#"Err("no")"#);
        assert_eq!(result(r#"{"Ok":{"a":null,"null":"null"}}"#), r#"Ok({"a":None,"null":"null"})"#);
        assert_eq!(result(r#"{"Ok":1,"x":2}"#), r#"{"Ok":1,"x":2}"#);
        assert_eq!(result("null"), "null");
    }

    #[test]
    fn what_debug_said_has_no_escapes_and_strings_keep_theirs() {
        for (json, text) in [
            (r#""Config { path: \"a\", deep: Some(1) }""#, r#"Config { path: "a", deep: Some(1) }"#),
            (r#""[\"one\",\"tw…""#, r#"["one","tw…"#),
            (r#""[Point(1), Point(2)]""#, "[Point(1), Point(2)]"),
            (r#""Hello (you)""#, r#""Hello (you)""#),
            (r#""{\"id\":1}""#, r#""{\"id\":1}""#),
            (r#""a \"b\"""#, r#""a \"b\"""#),
        ] {
            assert_eq!(shown(json), text, "{json}");
        }
    }

    #[test]
    fn long_values_take_several_lines() {
        let value =
            r#"Ok({"id":1,"list":[1,2],"text":"a, {b}","deep":{"key":"a long text","more":[true,false]}})"#;
        assert_eq!(lines(value, 200), [value]);
        assert_eq!(
            lines(value, 40),
            [
                "Ok(",
                "  {",
                "    \"id\":1,",
                "    \"list\":[1,2],",
                "    \"text\":\"a, {b}\",",
                "    \"deep\":{",
                "      \"key\":\"a long text\",",
                "      \"more\":[true,false]",
                "    }",
                "  }",
                ")"
            ]
        );
    }
}
