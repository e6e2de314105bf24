//! The embedded engine: a `SQLite` file, asked on threads where waiting is allowed.

mod file;
mod sql;

use std::path::{Path, absolute};

use async_trait::async_trait;
use deadpool::{
    Runtime,
    managed::{Object, Pool, PoolError, QueueMode},
};
use flowtrace_runtime::carry;
use rusqlite::Connection;
use tokio::{task::spawn_blocking, time::timeout};

use self::file::File;
use super::{DatabaseError, Order, Storage};
use crate::model::{Product, Purchase};

/// Connections that read: as many queries run at once, and no further one takes a thread.
const READERS: usize = 4;

/// Products and purchases in a `SQLite` file.
#[derive(Debug)]
pub(super) struct Sqlite {
    readers: Pool<File>,
    /// Apart from the readers, so that reading never waits for a purchase. One, since `SQLite` has one writer.
    writer: Pool<File>,
}

impl Sqlite {
    /// Opens the file at `path`; makes and fills it when it is not there.
    pub(super) async fn open(path: &Path) -> Result<Self, DatabaseError> {
        // Absolute, since SQLite takes some relative names (`:memory:`) for no file at all.
        let path = absolute(path).map_err(DatabaseError::Path)?;
        let new = path.clone();
        spawn_blocking(move || sql::prepare(&mut sql::create(&new)?)).await??;
        Ok(Self { readers: pool(&path, READERS), writer: pool(&path, 1) })
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, DatabaseError> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        run(self.readers.get().await.map_err(cause)?, work).await
    }
}

fn pool(path: &Path, size: usize) -> Pool<File> {
    let builder = Pool::builder(File::new(path.to_owned())).max_size(size).queue_mode(QueueMode::Lifo);
    builder.runtime(Runtime::Tokio1).build().expect("no timeout is set, so no runtime can be missing")
}

fn cause(error: PoolError<DatabaseError>) -> DatabaseError {
    match error {
        PoolError::Backend(error) => error,
        other => DatabaseError::Unusable(other.to_string()),
    }
}

/// Asks on a thread of its own, which keeps the connection until it is done, whoever has given up meanwhile.
async fn run<T: Send + 'static>(
    mut connection: Object<File>,
    work: impl FnOnce(&mut Connection) -> Result<T, DatabaseError> + Send + 'static,
) -> Result<T, DatabaseError> {
    let work = move || {
        // A panic drops the transaction, which rolls it back, and then returns the connection.
        let outcome = work(&mut connection.connection);
        if outcome.as_ref().is_err_and(DatabaseError::is_broken) {
            drop(Object::take(connection));
        }
        outcome
    };
    spawn_blocking(carry(work)).await?
}

#[async_trait]
impl Storage for Sqlite {
    async fn product(&self, product_id: i64) -> Result<Option<Product>, DatabaseError> {
        self.read(move |connection| sql::select_product(connection, product_id)).await
    }

    async fn products(&self) -> Result<Vec<Product>, DatabaseError> {
        self.read(|connection| sql::select_all(connection)).await
    }

    async fn search(&self, query: &str) -> Result<Vec<Product>, DatabaseError> {
        let query = query.to_owned();
        self.read(move |connection| sql::search(connection, &query)).await
    }

    async fn sell(&self, order: Order, new_epoch: bool) -> Result<Purchase, DatabaseError> {
        let turn = timeout(order.asker.left()?, self.writer.get()).await;
        let connection = turn.map_err(|_| DatabaseError::TooLate)?.map_err(cause)?;
        run(connection, move |connection| sql::sell(connection, &order, new_epoch)).await
    }

    async fn count(&self) -> Result<i64, DatabaseError> {
        self.read(|connection| sql::count_products(connection)).await
    }

    async fn epoch(&self) -> Result<i64, DatabaseError> {
        self.read(|connection| sql::select_epoch(connection)).await
    }

    async fn begin_epoch(&self) -> Result<(), DatabaseError> {
        run(self.writer.get().await.map_err(cause)?, |connection| sql::begin_epoch(connection)).await
    }
}

#[cfg(test)]
mod tests;
