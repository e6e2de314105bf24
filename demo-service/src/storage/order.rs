//! What a buyer asks for, and how long.

use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use serde::Serialize;

use super::DatabaseError;
use crate::model::{Product, Purchase, Receipt};

/// A purchase to be made.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Order {
    pub(crate) product_id: i64,
    /// How many pieces; above zero.
    pub(crate) quantity: i64,
    /// Names this purchase among all others, so that asking again does not buy again.
    pub(crate) key: Option<IdempotencyKey>,
    #[serde(skip)]
    pub(crate) asker: Asker,
}

impl Order {
    /// How the purchase ends, given the product as it is now.
    pub(super) fn decide(&self, product: Option<Product>) -> Purchase {
        let Some(mut product) = product else { return Purchase::NoProduct };
        if product.stock < self.quantity {
            return Purchase::InsufficientStock { available: product.stock };
        }
        let Some(total) = product.price.times(self.quantity) else { return Purchase::TotalTooLarge };
        product.stock -= self.quantity;
        Purchase::Sold(Receipt { success: true, product, quantity: self.quantity, total })
    }

    /// An answer as it is kept under a key.
    pub(super) fn keep(answer: &Purchase) -> Result<String, DatabaseError> {
        serde_json::to_string(answer).map_err(DatabaseError::Answer)
    }

    /// The answer that was kept with another order under this one's key, if that was the same order.
    pub(super) fn answer_again(
        &self,
        product_id: i64,
        quantity: i64,
        answer: &str,
    ) -> Result<Purchase, DatabaseError> {
        if (product_id, quantity) != (self.product_id, self.quantity) {
            return Ok(Purchase::KeyReused);
        }
        serde_json::from_str(answer).map_err(DatabaseError::Answer)
    }
}

/// The value of an `Idempotency-Key` header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct IdempotencyKey(String);

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

/// Who waits for a purchase, and until when.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    there: Weak<()>,
    until: Instant,
}

impl Asker {
    /// Waits for `patience`, and no longer than the returned value lives.
    pub(crate) fn new(patience: Duration) -> (Self, Arc<()>) {
        let there = Arc::new(());
        (Self { there: Arc::downgrade(&there), until: Instant::now() + patience }, there)
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.there.strong_count() == 0
    }

    /// How much longer the asker waits.
    ///
    /// # Errors
    ///
    /// When it waits no longer: what has not begun by then must not begin.
    pub(super) fn left(&self) -> Result<Duration, DatabaseError> {
        if self.is_gone() {
            return Err(DatabaseError::Abandoned);
        }
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(DatabaseError::TooLate) } else { Ok(left) }
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

    #[test]
    fn an_asker_waits_while_it_is_there_and_has_time() {
        let (asker, there) = Asker::new(Duration::from_secs(3600));
        assert!(asker.left().is_ok());
        drop(there);
        assert!(matches!(asker.left(), Err(DatabaseError::Abandoned)));
        let (late, _there) = Asker::new(Duration::ZERO);
        assert!(matches!(late.left(), Err(DatabaseError::TooLate)));
    }
}
