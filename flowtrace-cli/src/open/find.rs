//! Where a value stands among the arguments and the result of a call.
use memchr::memmem::Finder;
use serde_json::Value;

use super::value::Values;

/// A value that is looked for.
pub(super) struct Wanted {
    /// A string, or a number as it is written.
    text: String,
    /// Only a string will do.
    is_string: bool,
    /// Bytes that a line with the value has for certain.
    mark: Finder<'static>,
}

impl Wanted {
    /// `text` is a JSON string with its quotes, or the text of a string or number.
    pub(super) fn new(text: &str) -> Self {
        let string = text.starts_with('"').then(|| serde_json::from_str::<String>(text).ok()).flatten();
        let is_string = string.is_some();
        let text = string.unwrap_or_else(|| text.to_owned());
        // what has no escape stands in the line as it is
        let plain = |c: char| c.is_control() || c == '"' || c == '\\' || c == '/' || !c.is_ascii();
        let mark = text.split(plain).max_by_key(|part| part.len()).unwrap_or_default();
        let mark = Finder::new(mark).into_owned();
        Self { text, is_string, mark }
    }

    /// Whether a line can hold it.
    pub(super) fn may_be_in(&self, line: &[u8]) -> bool {
        self.mark.find(line).is_some()
    }

    /// Where it stands: `arg.id`, `result.Ok.order`.
    pub(super) fn places(&self, values: &Values) -> Vec<String> {
        let mut places = Vec::new();
        let parsed = |json: &Option<Box<serde_json::value::RawValue>>| {
            json.as_ref().and_then(|json| serde_json::from_str::<Value>(json.get()).ok())
        };
        for (name, value) in [("arg", parsed(&values.args)), ("result", parsed(&values.result))] {
            if let Some(value) = value {
                self.look(&value, &mut name.to_owned(), &mut places);
            }
        }
        if values.error.as_ref().is_some_and(|error| has_word(error, &self.text)) {
            places.push("error".to_owned());
        }
        places
    }

    fn look(&self, value: &Value, path: &mut String, places: &mut Vec<String>) {
        let length = path.len();
        match value {
            Value::String(text) if *text == self.text || has_word(text, &self.text) => {
                places.push(path.clone());
            }
            Value::Number(number) if !self.is_string && number.to_string() == self.text => {
                places.push(path.clone());
            }
            Value::Array(items) => items.iter().for_each(|item| self.look(item, path, places)),
            Value::Object(members) => {
                for (name, member) in members {
                    path.push('.');
                    path.push_str(name);
                    self.look(member, path, places);
                    path.truncate(length);
                }
            }
            _ => {}
        }
        // an array may hold it more than once
        places.dedup();
    }
}

/// Whether `word` stands in `text`, which may be what `Debug` wrote, and is no part of a longer word.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    !word.is_empty()
        && text.match_indices(word).any(|(at, _)| {
            !is_part(text[..at].chars().next_back()) && !is_part(text[at + word.len()..].chars().next())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open::value::json;

    fn places(wanted: &str) -> Vec<String> {
        let values = Values {
            args: Some(json(r#"{"id":42,"order":{"key":"ord_42"},"list":["ord_42",{"n":42}],"text":"42"}"#)),
            result: Some(json(r#"{"Ok":"Order { key: \"ord_42\", n: 420 }"}"#)),
            error: Some("no ord_42".to_owned()),
            ..Values::default()
        };
        Wanted::new(wanted).places(&values)
    }

    #[test]
    fn a_value_is_found_wherever_it_stands_and_not_as_a_part_of_another() {
        assert_eq!(places("ord_42"), ["arg.order.key", "arg.list", "result.Ok", "error"]);
        assert_eq!(places("42"), ["arg.id", "arg.list.n", "arg.text"]);
        assert_eq!(places("\"42\""), ["arg.text"]);
        assert_eq!(places("ord"), Vec::<String>::new());
        assert!(Wanted::new("a\"bcd").may_be_in(b"a\\\\\\\"bcd") && !Wanted::new("x").may_be_in(b"abc"));
    }
}
