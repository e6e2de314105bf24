//! The business: products through the cache, purchases past it.

mod sale;

use std::{sync::Arc, time::Duration};

use flowtrace_runtime::{carry_future, trace};

use self::sale::Sale;
use crate::{
    cache::{CacheService, Lookup},
    logger::{Fields, LoggerService},
    model::{Product, Purchase, Stats},
    storage::{Asker, DatabaseError, DatabaseService, IdempotencyKey, Order},
};

const PRODUCT_TTL: Duration = Duration::from_secs(300);
const PRODUCTS_TTL: Duration = Duration::from_secs(60);
/// How long a purchase may wait for its turn and for the database, before it is given up without having begun.
/// Shorter than the time the service takes to end, so that nobody goes without an answer.
const PATIENCE: Duration = Duration::from_secs(5);
const PRODUCTS_KEY: &str = "products:all";

fn product_key(product_id: i64) -> String {
    format!("product:{product_id}")
}

/// What can be done with products.
#[derive(Debug)]
pub(crate) struct ProductService {
    database: Arc<DatabaseService>,
    cache: Arc<CacheService>,
    logger: Arc<LoggerService>,
}

#[trace]
impl ProductService {
    #[trace(off)]
    pub(crate) fn new(
        database: Arc<DatabaseService>,
        cache: Arc<CacheService>,
        logger: Arc<LoggerService>,
    ) -> Self {
        Self { database, cache, logger }
    }

    /// One product. That there is none is not cached: a guessed id would take an entry from a real one.
    pub(crate) async fn get_product(&self, product_id: i64) -> Result<Option<Product>, DatabaseError> {
        let key = product_key(product_id);
        let ticket = match self.cache.get(&key).await {
            Lookup::Hit(product) => {
                self.logger.info("Cache hit", Fields(&[("product_id", product_id.into())]));
                return Ok(Some(product));
            }
            Lookup::Miss(ticket) => ticket,
        };
        self.logger.info("Cache miss", Fields(&[("product_id", product_id.into())]));
        let product = self.database.get_product(product_id).await?;
        if let (Some(product), Some(ticket)) = (&product, &ticket) {
            self.cache.set(&key, product, PRODUCT_TTL, ticket).await;
        }
        Ok(product)
    }

    /// All products, by id.
    pub(crate) async fn get_all_products(&self) -> Result<Vec<Product>, DatabaseError> {
        let ticket = match self.cache.get(PRODUCTS_KEY).await {
            Lookup::Hit(products) => {
                self.logger.info("Cache hit products", Fields::NONE);
                return Ok(products);
            }
            Lookup::Miss(ticket) => ticket,
        };
        self.logger.info("Cache miss products", Fields::NONE);
        let products = self.database.get_all_products().await?;
        if let Some(ticket) = &ticket {
            self.cache.set(PRODUCTS_KEY, &products, PRODUCTS_TTL, ticket).await;
        }
        Ok(products)
    }

    /// The products whose name contains `query`, in whatever case.
    pub(crate) async fn search_products(&self, query: &str) -> Result<Vec<Product>, DatabaseError> {
        let results = self.database.search_products(query).await?;
        let count = i64::try_from(results.len()).unwrap_or(i64::MAX);
        self.logger.info("Search", Fields(&[("query", query.into()), ("results", count.into())]));
        Ok(results)
    }

    /// Buys `quantity` pieces, if there are that many.
    pub(crate) async fn purchase_product(
        &self,
        product_id: i64,
        quantity: i64,
        key: Option<IdempotencyKey>,
    ) -> Result<Purchase, DatabaseError> {
        let (asker, waiting) = Asker::new(PATIENCE);
        let sale = Sale {
            database: Arc::clone(&self.database),
            cache: Arc::clone(&self.cache),
            logger: Arc::clone(&self.logger),
            order: Order { product_id, quantity, key, asker },
        };
        // A task of its own: were it dropped with a request whose client is gone, the stock would change, the old
        // one stay in the cache, and the log not tell.
        let purchase = tokio::spawn(carry_future(sale.make())).await?;
        drop(waiting);
        purchase
    }

    /// Whether the layers below answer, which a service that is up may still have to wait for.
    pub(crate) async fn ready(&self) -> Result<(), DatabaseError> {
        self.database.ready().await
    }

    /// The counters of the layers below.
    pub(crate) async fn get_stats(&self) -> Result<Stats, DatabaseError> {
        Ok(Stats { database: self.database.stats().await?, cache: self.cache.stats().await })
    }
}

#[cfg(test)]
mod tests;
