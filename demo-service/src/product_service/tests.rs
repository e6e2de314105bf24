//! What the cache is asked and told, and purchases that are given up.

use std::{io::sink, sync::Mutex, time::Instant};

use async_trait::async_trait;
use tempfile::{TempDir, tempdir};
use tokio::{spawn, sync::Notify, task::yield_now, time::timeout};

use super::*;
use crate::{
    cache::Memory,
    money::Money,
    storage::{Location, Storage},
};

async fn service() -> (Arc<ProductService>, TempDir) {
    crate::testing::untraced();
    let directory = tempdir().expect("a directory");
    let database =
        DatabaseService::open(&Location::File(directory.path().join("test.db"))).await.expect("a database");
    (over(database), directory)
}

fn over(database: DatabaseService) -> Arc<ProductService> {
    let logger = Arc::new(LoggerService::new(sink()).expect("a logger"));
    let cache = CacheService::new(Memory::new(8, Instant::now), Arc::clone(&logger));
    Arc::new(ProductService::new(Arc::new(database), Arc::new(cache), logger))
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

/// Has one product, and sells slowly.
#[derive(Debug, Default)]
struct Slow {
    begun: Notify,
    go_on: Notify,
    sold: Mutex<bool>,
}

#[async_trait]
impl Storage for Arc<Slow> {
    async fn product(&self, id: i64) -> Result<Option<Product>, DatabaseError> {
        let stock = if *self.sold.lock().expect("a stock") { 49 } else { 50 };
        Ok(Some(Product { id, name: "Laptop".to_owned(), price: Money::from_cents(1), stock }))
    }

    async fn products(&self) -> Result<Vec<Product>, DatabaseError> {
        Ok(Vec::from_iter(self.product(1).await?))
    }

    async fn search(&self, _: &str) -> Result<Vec<Product>, DatabaseError> {
        self.products().await
    }

    async fn sell(&self, _: Order, _: bool) -> Result<Purchase, DatabaseError> {
        self.begun.notify_one();
        self.go_on.notified().await;
        *self.sold.lock().expect("a stock") = true;
        Ok(Purchase::NoProduct)
    }

    async fn count(&self) -> Result<i64, DatabaseError> {
        Ok(1)
    }

    async fn epoch(&self) -> Result<i64, DatabaseError> {
        Ok(0)
    }

    async fn begin_epoch(&self) -> Result<(), DatabaseError> {
        Ok(())
    }
}

#[tokio::test]
async fn a_purchase_that_has_begun_drops_the_old_stock_though_nobody_waits_for_it() {
    crate::testing::untraced();
    let slow = Arc::new(Slow::default());
    let service = over(DatabaseService::over(Arc::clone(&slow)));
    assert_eq!(stock(&service).await, 50);
    let buyer = spawn({
        let service = Arc::clone(&service);
        async move { service.purchase_product(1, 1, None).await }
    });
    slow.begun.notified().await;
    buyer.abort();
    assert!(buyer.await.expect_err("given up").is_cancelled());
    slow.go_on.notify_one();
    let seen = async {
        while stock(&service).await != 49 {
            yield_now().await;
        }
    };
    timeout(Duration::from_secs(30), seen).await.expect("the new stock is seen");
}
