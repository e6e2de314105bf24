//! Percent-decoding, and reading parameters out of a query.

use std::{borrow::Cow, str::Utf8Error};

use percent_encoding::percent_decode_str;

use super::error::HttpError;

/// One part of a path. A `%` that starts no escape stands for itself, as it does in browsers.
pub(crate) fn decode(text: &str) -> Result<Cow<'_, str>, HttpError> {
    percent_decode_str(text).decode_utf8().map_err(|_: Utf8Error| HttpError::not_utf8())
}

/// The first parameter called `name`; a `+` in it is a space.
pub(crate) fn parameter(query: Option<&str>, name: &str) -> Result<Option<String>, HttpError> {
    for pair in query.unwrap_or_default().split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if decode(&key.replace('+', " "))? == name {
            return Ok(Some(decode(&value.replace('+', " "))?.into_owned()));
        }
    }
    Ok(None)
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
