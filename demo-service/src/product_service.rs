//! The business: products through the cache, purchases past it.

use std::{sync::Arc, time::Duration};

use flowtrace_runtime::{carry_future, trace};

use crate::{
    cache::{CacheService, Lookup},
    logger::{Fields, LoggerService},
    model::{Product, Purchase, Stats},
    storage::{DatabaseError, DatabaseService, IdempotencyKey, Order},
};

const PRODUCT_TTL: Duration = Duration::from_secs(300);
const PRODUCTS_TTL: Duration = Duration::from_secs(60);
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
        let ticket = match self.cache.get(&key) {
            Lookup::Hit(product) => {
                self.logger.info("Cache hit", Fields(&[("product_id", product_id.into())]));
                return Ok(Some(product));
            }
            Lookup::Miss(ticket) => ticket,
        };
        self.logger.info("Cache miss", Fields(&[("product_id", product_id.into())]));
        let product = self.database.get_product(product_id).await?;
        if let Some(product) = &product {
            self.cache.set(&key, product.clone(), PRODUCT_TTL, &ticket);
        }
        Ok(product)
    }

    /// All products, by id.
    pub(crate) async fn get_all_products(&self) -> Result<Vec<Product>, DatabaseError> {
        let ticket = match self.cache.get(PRODUCTS_KEY) {
            Lookup::Hit(products) => {
                self.logger.info("Cache hit products", Fields::NONE);
                return Ok(products);
            }
            Lookup::Miss(ticket) => ticket,
        };
        self.logger.info("Cache miss products", Fields::NONE);
        let products = self.database.get_all_products().await?;
        self.cache.set(PRODUCTS_KEY, products.clone(), PRODUCTS_TTL, &ticket);
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
        let (database, cache) = (Arc::clone(&self.database), Arc::clone(&self.cache));
        // A task of its own: were it dropped with a request that takes too long or whose client is gone, the stock
        // would change and the old one stay in the cache.
        let purchase = tokio::spawn(carry_future(async move {
            let purchase = database.purchase(Order { product_id, quantity, key }).await;
            // After an error it is not known whether the stock has changed.
            if matches!(purchase, Ok(Purchase::Sold(_)) | Err(_)) {
                cache.delete(&product_key(product_id));
                cache.delete(PRODUCTS_KEY);
            }
            purchase
        }));
        let purchase = purchase.await??;
        self.log_purchase(product_id, quantity, &purchase);
        Ok(purchase)
    }

    /// Whether the layers below answer, which a service that is up may still have to wait for.
    #[allow(dead_code, reason = "requests do not reach it yet")]
    pub(crate) async fn ready(&self) -> Result<(), DatabaseError> {
        self.database.ready().await
    }

    #[trace(off)]
    fn log_purchase(&self, product_id: i64, quantity: i64, purchase: &Purchase) {
        let (product_id, quantity) = (("product_id", product_id.into()), ("quantity", quantity.into()));
        let refused = |reason: &str, more: &[_]| {
            let context = [&[product_id, quantity, ("reason", reason.into())], more].concat();
            self.logger.warning("Purchase refused", Fields(&context));
        };
        match purchase {
            Purchase::Sold(receipt) => {
                let total = ("total", receipt.total.into());
                self.logger.info("Purchase", Fields(&[product_id, quantity, total]));
            }
            Purchase::NoProduct => refused("no such product", &[]),
            Purchase::InsufficientStock { available } => {
                refused("insufficient stock", &[("available", (*available).into())]);
            }
            Purchase::TotalTooLarge => refused("total too large", &[]),
            Purchase::KeyReused => refused("idempotency key of another purchase", &[]),
        }
    }

    /// The counters of the layers below.
    pub(crate) async fn get_stats(&self) -> Result<Stats, DatabaseError> {
        Ok(Stats { database: self.database.stats().await?, cache: self.cache.stats() })
    }
}

#[cfg(test)]
mod tests {
    use std::{future::ready, io::sink, time::Instant};

    use tempfile::{TempDir, tempdir};
    use tokio::{select, task::yield_now, time::timeout};

    use super::*;

    async fn service() -> (ProductService, TempDir) {
        crate::untraced();
        let directory = tempdir().expect("a directory");
        let database = DatabaseService::open(&directory.path().join("test.db")).await.expect("a database");
        let cache = CacheService::new(8, Instant::now);
        let logger = LoggerService::new(sink()).expect("a logger");
        (ProductService::new(Arc::new(database), Arc::new(cache), Arc::new(logger)), directory)
    }

    async fn stock(service: &ProductService) -> i64 {
        service.get_product(1).await.expect("an answer").expect("a product").stock
    }

    #[tokio::test]
    async fn the_second_look_comes_from_the_cache() {
        let (service, _directory) = service().await;
        for _ in 0..2 {
            assert_eq!(stock(&service).await, 50);
            assert_eq!(service.get_all_products().await.expect("products").len(), 4);
        }
        let stats = service.get_stats().await.expect("stats");
        assert_eq!((stats.database.total_queries, stats.cache.hits, stats.cache.misses), (2, 2, 2));
    }

    #[tokio::test]
    async fn what_is_not_there_is_not_cached() {
        let (service, _directory) = service().await;
        assert_eq!(service.get_product(9).await.expect("an answer"), None);
        assert_eq!(service.get_stats().await.expect("stats").cache.size, 0);
    }

    #[tokio::test]
    async fn a_purchase_nobody_waits_for_drops_the_old_stock_all_the_same() {
        let (service, _directory) = service().await;
        assert_eq!(stock(&service).await, 50);
        // Begun, and given up at once.
        select! {
            biased;
            _ = service.purchase_product(1, 1, None) => panic!("too quick to be given up"),
            () = ready(()) => {}
        }
        let seen = async {
            while stock(&service).await != 49 {
                yield_now().await;
            }
        };
        timeout(Duration::from_secs(30), seen).await.expect("the new stock is seen");
    }
}
