//! What a request asks: the words of its query.
use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

/// Why a question has no answer, as the page tells it.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) error: String,
    /// Where in the filter the error is, counted from 1.
    pub(super) column: Option<usize>,
    pub(super) is_missing: bool,
}

impl Refusal {
    pub(super) fn new(error: impl Display) -> Self {
        Self { error: error.to_string(), column: None, is_missing: false }
    }

    /// There is no such thing.
    pub(super) fn missing(error: impl Display) -> Self {
        Self { is_missing: true, ..Self::new(error) }
    }
}

/// What an answer comes to.
pub(super) type Answer<T> = Result<T, Refusal>;

/// A query: names with values.
#[derive(Debug, Default)]
pub(super) struct Ask<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Ask<'a> {
    pub(super) fn parse(query: &'a str) -> Self {
        let decoded = |text: &'a str| -> Cow<'a, str> {
            if text.contains('+') {
                let text = text.replace('+', " ");
                return Cow::Owned(percent_decode_str(&text).decode_utf8_lossy().into_owned());
            }
            percent_decode_str(text).decode_utf8_lossy()
        };
        let pair = |pair: &'a str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        };
        Self { pairs: query.split('&').filter(|pair| !pair.is_empty()).map(pair).collect() }
    }

    /// The value with this name, if it is there and not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let (_, value) = self.pairs.iter().find(|(own, _)| own == name)?;
        Some(&**value).filter(|value| !value.is_empty())
    }

    /// The number with this name.
    pub(super) fn number<T: FromStr>(&self, name: &str) -> Answer<Option<T>> {
        let number = |text: &str| {
            text.parse().map_err(|_| Refusal::new(format!("expected a number for `{name}`, found `{text}`")))
        };
        self.text(name).map(number).transpose()
    }

    /// Which rows of a list are asked for: how many to pass over, and how many to give.
    pub(super) fn page(&self) -> Answer<(usize, usize)> {
        let offset = self.number("offset")?.unwrap_or(0);
        Ok((offset, self.number("limit")?.unwrap_or(100).min(1_000)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_with_its_escapes() {
        let ask = Ask::parse("w=a%3D%22b+c%22&limit=7&empty=&x=no");
        assert_eq!(ask.text("w"), Some("a=\"b c\""));
        assert_eq!(ask.text("empty"), None);
        assert_eq!(ask.page().unwrap(), (0, 7));
        assert_eq!(ask.number::<u64>("x").unwrap_err().error, "expected a number for `x`, found `no`");
    }
}
