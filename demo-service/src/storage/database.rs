//! The database as the other layers see it: questions, counted and traced, to whatever engine is below.

use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use flowtrace_runtime::trace;
use tokio::time::timeout;

use super::{DatabaseError, Order, Storage, sqlite::Sqlite};
use crate::model::{DatabaseStats, Product, Purchase};

/// How long the database may take to say that it is ready.
#[allow(dead_code, reason = "requests do not reach it yet")]
const READY: Duration = Duration::from_secs(2);

/// Products and purchases.
#[derive(Debug)]
pub(crate) struct DatabaseService {
    engine: Box<dyn Storage>,
    queries: AtomicU64,
}

#[trace]
impl DatabaseService {
    /// Opens the file at `path`; makes and fills it when it is not there.
    #[trace(off)]
    pub(crate) async fn open(path: &Path) -> Result<Self, DatabaseError> {
        Ok(Self::over(Sqlite::open(path).await?))
    }

    #[trace(off)]
    pub(crate) fn over(engine: impl Storage + 'static) -> Self {
        Self { engine: Box::new(engine), queries: AtomicU64::new(0) }
    }

    /// One product.
    pub(crate) async fn get_product(&self, product_id: i64) -> Result<Option<Product>, DatabaseError> {
        self.queries.fetch_add(1, Relaxed);
        self.engine.product(product_id).await
    }

    /// All products, by id.
    pub(crate) async fn get_all_products(&self) -> Result<Vec<Product>, DatabaseError> {
        self.queries.fetch_add(1, Relaxed);
        self.engine.products().await
    }

    /// The products whose name contains `query`, in whatever case.
    pub(crate) async fn search_products(&self, query: &str) -> Result<Vec<Product>, DatabaseError> {
        self.queries.fetch_add(1, Relaxed);
        self.engine.search(query).await
    }

    /// Takes what `order` asks for out of the stock and records the sale: both, or nothing.
    pub(crate) async fn purchase(&self, order: Order) -> Result<Purchase, DatabaseError> {
        self.queries.fetch_add(1, Relaxed);
        self.engine.sell(order).await
    }

    /// How many products there are, and how often the database was asked.
    pub(crate) async fn stats(&self) -> Result<DatabaseStats, DatabaseError> {
        let total_products = self.engine.count().await?;
        Ok(DatabaseStats { total_products, total_queries: self.queries.load(Relaxed) })
    }

    /// Whether questions are answered, and soon.
    #[allow(dead_code, reason = "requests do not reach it yet")]
    pub(crate) async fn ready(&self) -> Result<(), DatabaseError> {
        timeout(READY, self.engine.count()).await.map_err(|_| DatabaseError::TooLate)?.map(drop)
    }
}
