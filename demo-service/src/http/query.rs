//! Percent-decoding, and reading parameters out of a query or a form.

use std::{borrow::Cow, str::Utf8Error};

use percent_encoding::percent_decode_str;

use super::error::HttpError;

/// One part of a path. A `%` that starts no escape stands for itself, as it does in browsers.
pub(crate) fn decode(text: &str) -> Result<Cow<'_, str>, HttpError> {
    percent_decode_str(text).decode_utf8().map_err(|_: Utf8Error| HttpError::not_utf8())
}

/// The names and values of a query or a form; a `+` in them is a space.
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = Result<(String, String), HttpError>> {
    let plain = |text: &str| decode(&text.replace('+', " ")).map(Cow::into_owned);
    text.split('&').filter(|pair| !pair.is_empty()).map(move |pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((plain(name)?, plain(value)?))
    })
}

/// The first parameter called `name`.
pub(crate) fn parameter(query: Option<&str>, name: &str) -> Result<Option<String>, HttpError> {
    let mut pairs = pairs(query.unwrap_or_default());
    let found = pairs.find(|pair| pair.as_ref().map_or(true, |(key, _)| key == name)).transpose()?;
    Ok(found.map(|(_, value)| value))
}

/// A whole number above zero, digits alone: `parse` would take a `+` too.
pub(crate) fn positive(text: &str) -> Option<i64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|&number| digits && number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn q(query: &str) -> Option<String> {
        parameter(Some(query), "q").expect("valid UTF-8")
    }

    #[test]
    fn finds_and_decodes() {
        assert_eq!(q("q=laptop").as_deref(), Some("laptop"));
        assert_eq!(q("a=1&%71=two+words%2Bplus&q=later").as_deref(), Some("two words+plus"));
        assert_eq!(q("q=%C3%84rger").as_deref(), Some("Ärger"));
        assert_eq!(q("q=a=b").as_deref(), Some("a=b"));
    }

    #[test]
    fn empty_is_not_missing() {
        assert_eq!(q("q=").as_deref(), Some(""));
        assert_eq!(q("q").as_deref(), Some(""));
        assert_eq!(q("p=1&&=&"), None);
        assert_eq!(parameter(None, "q").expect("valid UTF-8"), None);
    }

    #[test]
    fn half_an_escape_stands_for_itself() {
        assert_eq!(q("q=100%").as_deref(), Some("100%"));
        assert_eq!(q("q=%zz%4").as_deref(), Some("%zz%4"));
    }

    #[test]
    fn invalid_utf8_is_an_error() {
        assert!(parameter(Some("q=%FF"), "q").is_err());
        assert!(decode("%C3%28").is_err());
    }
}
