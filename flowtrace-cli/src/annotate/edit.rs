//! Text is changed at places, and nowhere else.
use std::fs;
use std::io::{self, Write as _};
use std::ops::Range;
use std::path::Path;

use similar::TextDiff;
use tempfile::NamedTempFile;

use super::ATTRIBUTE;

/// `source` with the attribute at each of `places`: on a line of its own before a function that begins one, else
/// before it on the same.
pub(super) fn inserted(source: &str, places: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(source.len() + places.len() * 64);
    let mut done = 0;
    for place in places {
        out.push_str(&source[done..place.start]);
        out.push_str(ATTRIBUTE);
        match indent(source, place.start) {
            Some(indent) => out.extend([line_end(source, place.start), indent]),
            None => out.push(' '),
        }
        done = place.start;
    }
    out.push_str(&source[done..]);
    out
}

/// `source` without the attributes at `places`, and without the line or the blank that came with each.
pub(super) fn removed(source: &str, places: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(source.len());
    let mut done = 0;
    for place in places {
        out.push_str(&source[done..place.start]);
        let rest = &source[place.end..];
        let own_line = indent(source, place.start).and_then(|indent| {
            let next = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'))?;
            next.strip_prefix(indent)
        });
        let rest = own_line.or_else(|| rest.strip_prefix(' ')).unwrap_or(rest);
        done = source.len() - rest.len();
    }
    out.push_str(&source[done..]);
    out
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

/// What would change, as `diff -u` says it.
pub(super) fn diff(path: &Path, before: &str, after: &str) -> String {
    let name = path.display().to_string();
    TextDiff::from_lines(before, after).unified_diff().header(&name, &name).to_string()
}

/// Replaces the file as a whole, so that it is never there by half.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let mut beside = NamedTempFile::new_in(path.parent().unwrap_or(Path::new("/")))?;
    beside.write_all(text.as_bytes())?;
    beside.as_file().set_permissions(fs::metadata(&path)?.permissions())?;
    beside.persist(&path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use super::*;

    /// The text with the attribute, after making sure that all ways back and forth hold.
    fn annotated(source: &str) -> String {
        let places = find::functions(source, false).unwrap().places;
        let text = inserted(source, &places);
        assert!(find::functions(&text, false).unwrap().places.is_empty(), "again: {text}");
        let back = find::functions(&text, true).unwrap().places;
        assert_eq!(back.len(), places.len());
        assert_eq!(removed(&text, &back), source);
        text
    }

    #[test]
    fn the_attribute_stands_below_the_others_at_the_same_indent() {
        assert_eq!(
            annotated(
                "/// Says.\n#[inline]\npub fn a() {}\nimpl X {\n\t  /* c */ fn b() {}\n\tasync fn c() {}\n}\n"
            ),
            "/// Says.\n#[inline]\n#[flowtrace_runtime::trace]\npub fn a() {}\nimpl X {\n\t  /* c */ \
             #[flowtrace_runtime::trace] fn b() {}\n\t#[flowtrace_runtime::trace]\n\tasync fn c() {}\n}\n"
        );
    }

    #[test]
    fn lines_that_end_otherwise_marks_and_other_letters_change_nothing() {
        for source in [
            "\u{feff}fn a() {}\r\n// größe 大\r\n    fn b() { fn c() {} }\r\n",
            "#!/usr/bin/env run\n\nfn a() {}",
            "#![allow(unused)]\nfn a() {}",
            "// größe\nimpl G { fn größe(&self) -> &str { \"大\" } }\n",
            "fn a() {} fn b() {}\n",
            "pub(crate) unsafe fn a() {}\nimpl A for B {\n    default fn b() {}\n}\n",
            "#[a] // why\n#[b]\n\n\nfn c() { #![allow(unused)] }\n",
        ] {
            let text = annotated(source);
            let count = text.matches(ATTRIBUTE).count();
            assert_eq!(count, source.matches("fn ").count(), "{text}");
        }
    }
}
