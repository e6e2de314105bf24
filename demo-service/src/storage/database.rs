//! The database as the other layers see it: questions, counted and traced, to whatever engine is below.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use flowtrace_runtime::trace;
use tokio::time::timeout;

use super::{DatabaseError, Location, Order, Storage, postgres::Postgres, sqlite::Sqlite};
use crate::model::{DatabaseStats, Product, Purchase};

/// How long the database may take to say that it is ready.
const READY: Duration = Duration::from_secs(2);

/// Products and purchases.
#[derive(Debug)]
pub(crate) struct DatabaseService {
    engine: Box<dyn Storage>,
    queries: AtomicU64,
}

#[trace]
impl DatabaseService {
    /// Opens the database; makes and fills it when it is not there.
    #[trace(off)]
    pub(crate) async fn open(location: &Location) -> Result<Self, DatabaseError> {
        Ok(match location {
            Location::File(path) => Self::over(Sqlite::open(path).await?),
            Location::Server(server) => Self::over(Postgres::open((**server).clone()).await?),
        })
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
    /// A sale that is made begins a new epoch, if asked to.
    pub(crate) async fn purchase(&self, order: Order, new_epoch: bool) -> Result<Purchase, DatabaseError> {
        self.queries.fetch_add(1, Relaxed);
        self.engine.sell(order, new_epoch).await
    }

    /// How many products there are, and how often the database was asked.
    pub(crate) async fn stats(&self) -> Result<DatabaseStats, DatabaseError> {
        let total_products = self.engine.count().await?;
        Ok(DatabaseStats { total_products, total_queries: self.queries.load(Relaxed) })
    }

    /// The number of the epoch. What a shared cache has from an earlier one may be out of date.
    pub(crate) async fn epoch(&self) -> Result<i64, DatabaseError> {
        self.engine.epoch().await
    }

    /// Begins a new epoch.
    pub(crate) async fn begin_epoch(&self) -> Result<(), DatabaseError> {
        self.engine.begin_epoch().await
    }

    /// Whether questions are answered, and soon.
    pub(crate) async fn ready(&self) -> Result<(), DatabaseError> {
        timeout(READY, self.engine.count()).await.map_err(|_| DatabaseError::Silent)?.map(drop)
    }
}
