//! What a buyer asks for.

use serde::Serialize;

/// A purchase to be made.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Order {
    pub(crate) product_id: i64,
    /// How many pieces; above zero.
    pub(crate) quantity: i64,
    /// Names this purchase among all others, so that asking again does not buy again.
    pub(crate) key: Option<IdempotencyKey>,
}

/// The value of an `Idempotency-Key` header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct IdempotencyKey(String);

#[allow(dead_code, reason = "requests do not reach it yet")]
impl IdempotencyKey {
    /// The most characters a key may have.
    const LONGEST: usize = 255;

    /// Takes 1 to 255 visible ASCII characters; nothing else is a key.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let fits = (1..=Self::LONGEST).contains(&text.len());
        (fits && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_short_and_visible() {
        for key in ["a", "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", &"x".repeat(255)] {
            assert_eq!(IdempotencyKey::parse(key).as_ref().map(IdempotencyKey::as_str), Some(key));
        }
        for other in ["", "two words", "tab\t", "käse", "nul\0", &"x".repeat(256)] {
            assert_eq!(IdempotencyKey::parse(other), None, "{other:?}");
        }
    }
}
