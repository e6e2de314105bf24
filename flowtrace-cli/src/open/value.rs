//! The values of a call, as its lines have them.
use serde::Serialize;
use serde_json::value::RawValue;

use crate::index::{self, Index};
use crate::read::{Kind, Record};
use crate::text;

/// Deeper values are given as text: who reads them may have little stack.
const DEEPEST: usize = 100;

/// What the lines of a call say besides its times.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Values {
    pub(super) args: Option<Box<RawValue>>,
    pub(super) result: Option<Box<RawValue>>,
    /// The message of a panic.
    pub(super) error: Option<String>,
    /// A value is longer than what is given of it.
    pub(super) is_cut: bool,
    #[serde(skip)]
    pub(super) ids: Ids,
}

/// Ids and the place in the source.
#[derive(Debug, Default)]
pub(super) struct Ids {
    pub(super) trace: String,
    pub(super) parent_span: Option<String>,
    pub(super) source: Option<String>,
}

impl Values {
    /// Reads them from the trace, `longest` bytes of each.
    pub(super) fn of(index: &Index, call: u32, longest: usize) -> Self {
        let mut values = Self::default();
        for line in [index.enter_line(call), index.exit_line(call)].into_iter().flatten() {
            if let Some(record) = index::record(&line) {
                values.take(&record, longest);
            }
        }
        values
    }

    fn take(&mut self, record: &Record<'_>, longest: usize) {
        if let Some(value) = record.value {
            let text = value.decoded();
            let cut = cut(&text, longest);
            self.is_cut |= record.truncated || cut.is_some();
            match (record.kind, cut) {
                (Kind::Exception, cut) => self.error = Some(cut.unwrap_or_else(|| text.into_owned())),
                (kind, cut) => {
                    let json = cut.map_or_else(|| json(&text), |text| quoted(&text));
                    *(if kind == Kind::Enter { &mut self.args } else { &mut self.result }) = Some(json);
                }
            }
        }
        self.ids.trace = record.trace.decoded().into_owned();
        self.ids.parent_span = record.parent.map(|parent| format!("{parent:016x}"));
        if let Some(source) = record.source {
            self.ids.source = Some(text::name(source));
        }
    }
}

/// The begin of `text`, if it is longer.
fn cut(text: &str, longest: usize) -> Option<String> {
    (text.len() > longest).then(|| format!("{}…", &text[..text.floor_char_boundary(longest)]))
}

/// `text` as the JSON that it is, or as a string.
pub(super) fn json(text: &str) -> Box<RawValue> {
    if depth(text) > DEEPEST {
        return quoted(text);
    }
    RawValue::from_string(text.to_owned()).unwrap_or_else(|_| quoted(text))
}

fn quoted(text: &str) -> Box<RawValue> {
    let json = serde_json::to_string(text).expect("a string is JSON");
    RawValue::from_string(json).expect("a string is JSON")
}

/// How deep brackets nest outside of strings.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_json_or_text() {
        for (text, expected) in
            [("{\"b\":1,\"a\":[2]}", "{\"b\":1,\"a\":[2]}"), ("no", "\"no\""), ("{\"a", "\"{\\\"a\"")]
        {
            assert_eq!(json(text).get(), expected);
        }
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(json(&deep).get().starts_with('"'));
        assert_eq!(depth("[\"[[\\\"[\",{}]"), 2);
        assert_eq!(cut("größe", 3).as_deref(), Some("gr…"));
        assert_eq!(cut("größe", 7), None);
    }
}
