//! What a control file says: settings to change while the program runs, in a strict subset of TOML.
//!
//! A line is empty, a comment, or `key = value`, where the value is a number or a string in quotes without a backslash.
//! A TOML parser that reads all of TOML would take longer to compile than it is worth to who depends on this crate.
use crate::settings::config::{Thin, share, thin};
use crate::settings::filter::Filter;
use crate::settings::keep::Keep;

/// Settings to change. What the file does not name stays as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Changes {
    pub(crate) filter: Option<Filter>,
    pub(crate) sample: Option<f64>,
    pub(crate) keep: Option<Keep>,
    pub(crate) thin: Option<Thin>,
}

impl Changes {
    /// Reads a control file.
    ///
    /// # Errors
    /// A sentence that quotes what can't be read. A file is taken whole or not at all.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut changes = Self::default();
        for (number, line) in (1..).zip(text.lines().map(str::trim)) {
            if !line.is_empty() && !line.starts_with('#') {
                changes.set(line).map_err(|problem| format!("line {number}: {problem}"))?;
            }
        }
        Ok(changes)
    }

    fn set(&mut self, line: &str) -> Result<(), String> {
        let (key, value) = line.split_once('=').ok_or_else(|| format!("`{line}` is not `key = value`"))?;
        let (key, value) = (key.trim(), value.trim());
        let is_first = match key {
            "filter" => self.filter.replace(Filter::parse(string(value)?)?.given_from_outside()).is_none(),
            "sample" => self.sample.replace(share(number(value)?)?).is_none(),
            "keep" => self.keep.replace(Keep::parse(string(value)?)?).is_none(),
            "thin" => self.thin.replace(thin(string(value)?)?.unwrap_or(Thin::OFF)).is_none(),
            _ => return Err(format!("`{key}` is none of `filter`, `sample`, `keep`, `thin`")),
        };
        if is_first { Ok(()) } else { Err(format!("`{key}` is set twice")) }
    }
}

fn string(value: &str) -> Result<&str, String> {
    let quoted = ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.split_once(quote));
    let is_end = |rest: &str| rest.trim_start().is_empty() || rest.trim_start().starts_with('#');
    let text = quoted.filter(|(text, rest)| is_end(rest) && !text.contains('\\')).map(|(text, _)| text);
    text.ok_or_else(|| format!("`{value}` is not a string; put it in quotes, without a backslash"))
}

fn number(value: &str) -> Result<&str, String> {
    let number = value.split('#').next().unwrap_or_default().trim();
    let is_digit = |c: char| c.is_ascii_digit();
    let is_number = number.starts_with(is_digit) && number.ends_with(is_digit);
    if is_number { Ok(number) } else { Err(format!("`{number}` is not a number")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_between_comments_and_empty_lines() {
        let text = "# for the night\n\nfilter = \"off,shop=on\" # only the shop\r\n  sample=0.5 # half\n";
        let changes = Changes::parse(text).unwrap();
        let filter = changes.filter.unwrap();
        assert!(filter.allows("shop", "f") && !filter.allows("other", "f"));
        assert_eq!(changes.sample, Some(0.5));
        assert_eq!(Changes::parse("filter = 'off'").unwrap().sample, None);
        assert_eq!(Changes::parse(""), Ok(Changes::default()));
        let thin = |text| Changes::parse(text).unwrap().thin;
        assert_eq!(thin("thin = \"100/10\""), Some(Thin { hot_after: 100, kept: 10 }));
        assert_eq!((thin("thin = 'off'"), thin("keep = 'all'")), (Some(Thin::OFF), None));
    }

    #[test]
    fn what_cannot_be_read_is_quoted_with_its_line() {
        for (text, problem) in [
            ("\nfilter", "line 2: `filter` is not `key = value`"),
            ("filtre = \"off\"", "line 1: `filtre` is none of `filter`, `sample`, `keep`, `thin`"),
            ("[flowtrace]", "line 1: `[flowtrace]` is not `key = value`"),
            ("filter = off", "line 1: `off` is not a string; put it in quotes, without a backslash"),
            ("filter = \"off", "line 1: `\"off` is not a string; put it in quotes, without a backslash"),
            (
                "filter = \"off\" on",
                "line 1: `\"off\" on` is not a string; put it in quotes, without a backslash",
            ),
            (
                "filter = \"o\\u0066f\"",
                "line 1: `\"o\\u0066f\"` is not a string; put it in quotes, without a backslash",
            ),
            ("filter = \"maybe\"", "line 1: `maybe` is none of `on`, `off`, `module::path=on|off`"),
            ("sample = \"1\"", "line 1: `\"1\"` is not a number"),
            ("sample = nan", "line 1: `nan` is not a number"),
            ("thin = 100", "line 1: `100` is not a string; put it in quotes, without a backslash"),
            ("sample = 2", "line 1: `2` is not a number from 0 to 1"),
            ("sample = 1\nsample = 0", "line 2: `sample` is set twice"),
        ] {
            assert_eq!(Changes::parse(text), Err(problem.to_owned()), "{text}");
        }
    }
}
