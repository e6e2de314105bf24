//! The database as async code sees it: each question is asked on a thread where waiting is allowed.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use flowtrace_runtime::{carry, trace};
use once_cell::sync::OnceCell;
use rusqlite::Connection;
use tokio::{sync::Semaphore, task::spawn_blocking};

use super::{DatabaseError, Order, sql};
use crate::model::{DatabaseStats, Product, Purchase};

/// Products and purchases in a `SQLite` file.
#[derive(Debug)]
pub(crate) struct DatabaseService {
    /// Two connections, so that reading never waits for a purchase.
    reader: Arc<Lane>,
    writer: Arc<Lane>,
    queries: AtomicU64,
}

#[trace]
impl DatabaseService {
    /// Opens the file at `path`; makes and fills it when it is not there.
    #[trace(off)]
    pub(crate) async fn open(path: &Path) -> Result<Self, DatabaseError> {
        // Absolute, since SQLite takes some relative names (`:memory:`) for no file at all.
        let path = std::path::absolute(path).map_err(DatabaseError::Path)?;
        let writer = Arc::new(Lane::new(path.clone()));
        writer.run(sql::prepare).await?;
        Ok(Self { reader: Arc::new(Lane::new(path)), writer, queries: AtomicU64::new(0) })
    }

    /// One product.
    pub(crate) async fn get_product(&self, product_id: i64) -> Result<Option<Product>, DatabaseError> {
        self.queries.fetch_add(1, Relaxed);
        self.reader.run(move |connection| sql::select_product(connection, product_id)).await
    }

    /// All products, by id.
    pub(crate) async fn get_all_products(&self) -> Result<Vec<Product>, DatabaseError> {
        self.queries.fetch_add(1, Relaxed);
        self.reader.run(|connection| sql::select_all(connection)).await
    }

    /// The products whose name contains `query`, in whatever case.
    pub(crate) async fn search_products(&self, query: &str) -> Result<Vec<Product>, DatabaseError> {
        self.queries.fetch_add(1, Relaxed);
        let query = query.to_owned();
        self.reader.run(move |connection| sql::search(connection, &query)).await
    }

    /// Takes what `order` asks for out of the stock and records the sale: both, or nothing.
    pub(crate) async fn purchase(&self, order: Order) -> Result<Purchase, DatabaseError> {
        self.queries.fetch_add(1, Relaxed);
        self.writer.run(move |connection| sql::sell(connection, order.product_id, order.quantity)).await
    }

    /// Whether questions are answered.
    #[allow(dead_code, reason = "requests do not reach it yet")]
    pub(crate) async fn ready(&self) -> Result<(), DatabaseError> {
        self.reader.run(|connection| sql::count_products(connection)).await.map(drop)
    }

    /// How many products there are, and how often the database was asked.
    pub(crate) async fn stats(&self) -> Result<DatabaseStats, DatabaseError> {
        let total_products = self.reader.run(|connection| sql::count_products(connection)).await?;
        Ok(DatabaseStats { total_products, total_queries: self.queries.load(Relaxed) })
    }
}

/// One connection, opened when first used, and the queue for it.
#[derive(Debug)]
struct Lane {
    path: PathBuf,
    /// Opening may fail, and is then tried again by the next in the queue.
    connection: OnceCell<Mutex<Connection>>,
    /// Who waits, waits here and not on a thread: one lane never takes more than one.
    turn: Arc<Semaphore>,
}

impl Lane {
    fn new(path: PathBuf) -> Self {
        Self { path, connection: OnceCell::new(), turn: Arc::new(Semaphore::new(1)) }
    }

    async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Connection) -> Result<T, DatabaseError> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let lane = Arc::clone(self);
        let turn = Arc::clone(&self.turn).acquire_owned().await;
        let work = move || {
            // Held by the thread: it goes on working when the one who asked has given up.
            let _turn = turn;
            let connection = lane.connection.get_or_try_init(|| sql::open(&lane.path).map(Mutex::new))?;
            // A panic under the lock has rolled its transaction back.
            work(&mut connection.lock().unwrap_or_else(PoisonError::into_inner))
        };
        spawn_blocking(carry(work)).await?
    }
}

#[cfg(test)]
mod tests;
