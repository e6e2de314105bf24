//! Text is changed at places, and nowhere else.
use std::ops::Range;

/// A part of a text and what takes its place.
#[derive(Debug)]
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

impl Edit {
    pub(super) fn insert(at: usize, text: String) -> Self {
        Self { range: at..at, text }
    }

    pub(super) fn delete(range: Range<usize>) -> Self {
        Self { range, text: String::new() }
    }
}

/// `source` with all `edits`, which do not overlap.
pub(super) fn apply(source: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| edit.range.start);
    let mut out =
        String::with_capacity(source.len() + edits.iter().map(|edit| edit.text.len()).sum::<usize>());
    let mut done = 0;
    for Edit { range, text } in edits {
        out.push_str(&source[done..range.start]);
        out.push_str(&text);
        done = range.end;
    }
    out.push_str(&source[done..]);
    out
}

/// `attribute` at `at`: where it gets an `own_line` and begins one, on that; else before what is there on the same.
pub(super) fn attribute(source: &str, at: usize, attribute: &str, own_line: bool) -> Edit {
    let text = match indent(source, at).filter(|_| own_line) {
        Some(indent) => format!("{attribute}{}{indent}", line_end(source, at)),
        None => format!("{attribute} "),
    };
    Edit::insert(at, text)
}

/// Takes the attribute at `place`, and the line or the blank that came with it.
pub(super) fn without_attribute(source: &str, place: Range<usize>) -> Edit {
    let rest = &source[place.end..];
    let own_line = indent(source, place.start).and_then(|indent| {
        let next = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'))?;
        next.strip_prefix(indent)
    });
    let rest = own_line.or_else(|| rest.strip_prefix(' ')).unwrap_or(rest);
    Edit::delete(place.start..source.len() - rest.len())
}

/// What stands between the begin of the line and `at`, if that is blank.
fn indent(source: &str, at: usize) -> Option<&str> {
    let begin = source[..at].rfind('\n').map_or(0, |end| end + 1);
    let indent = &source[begin..at];
    indent.chars().all(|c| c == ' ' || c == '\t').then_some(indent)
}

/// How the line of `at` ends.
fn line_end(source: &str, at: usize) -> &'static str {
    match source[at..].find('\n') {
        Some(end) if source[..at + end].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}
