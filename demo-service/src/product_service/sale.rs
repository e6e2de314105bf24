//! A purchase from its beginning to its end, whether or not somebody still waits for it.

use std::sync::Arc;

use super::{PRODUCTS_KEY, product_key};
use crate::{
    cache::CacheService,
    logger::{Fields, LoggerService},
    model::Purchase,
    storage::{DatabaseError, DatabaseService, Order},
};

/// An order, and all that is needed to carry it out.
pub(super) struct Sale {
    pub(super) database: Arc<DatabaseService>,
    pub(super) cache: Arc<CacheService>,
    pub(super) logger: Arc<LoggerService>,
    pub(super) order: Order,
}

impl Sale {
    pub(super) async fn make(self) -> Result<Purchase, DatabaseError> {
        let product_key = product_key(self.order.product_id);
        let keys = [product_key.as_str(), PRODUCTS_KEY];
        let hold = self.cache.hold(&keys).await;
        let emptied = hold.is_sure();
        let mut outcome = self.database.purchase(self.order.clone(), !emptied).await;
        // Whatever came of it: a refusal has seen a stock that the cache may not know, and after an error it is not
        // known whether the stock has changed.
        for key in keys {
            self.cache.delete(key, &hold).await;
        }
        if !hold.is_sure() && outcome.as_ref().map_or(true, Purchase::is_sold) {
            outcome = self.end_epoch(emptied).await.and(outcome);
        }
        self.log(&outcome);
        outcome
    }

    /// Makes sure that nobody finds the old stock in a cache that could not be told of the new one.
    async fn end_epoch(&self, emptied: bool) -> Result<(), DatabaseError> {
        // Where the keys were not even emptied before, the sale has begun the new epoch itself.
        if emptied {
            self.database.begin_epoch().await?;
        }
        self.cache.epoch_has_passed().await;
        Ok(())
    }

    fn log(&self, outcome: &Result<Purchase, DatabaseError>) {
        let product_id = ("product_id", self.order.product_id.into());
        let mut order = vec![product_id, ("quantity", self.order.quantity.into())];
        // Tells a retry, which is answered and logged as the first time, from another sale.
        order.extend(self.order.key.as_ref().map(|key| ("idempotency_key", key.as_str().into())));
        let refused = |reason: &str, more: &[_]| {
            let context = [&order[..], &[("reason", reason.into())], more].concat();
            self.logger.warning("Purchase refused", Fields(&context));
        };
        match outcome {
            Ok(Purchase::Sold(receipt)) => {
                self.logger
                    .info("Purchase", Fields(&[&order[..], &[("total", receipt.total.into())]].concat()));
            }
            Ok(Purchase::NoProduct) => refused("no such product", &[]),
            Ok(Purchase::InsufficientStock { available }) => {
                refused("insufficient stock", &[("available", (*available).into())]);
            }
            Ok(Purchase::TotalTooLarge) => refused("total too large", &[]),
            Ok(Purchase::KeyReused) => refused("idempotency key of another purchase", &[]),
            // Nobody else is left to tell of it. That the client has left is no fault of the service.
            Err(error) if self.order.asker.is_gone() => {
                let cause = error.to_string();
                let context = [&order[..], &[("cause", cause.as_str().into())]].concat();
                if matches!(error, DatabaseError::Abandoned) {
                    self.logger.warning("Purchase given up", Fields(&context));
                } else {
                    self.logger.error("Purchase given up", Fields(&context));
                }
            }
            Err(_) => {}
        }
    }
}
