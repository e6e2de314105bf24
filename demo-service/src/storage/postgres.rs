//! The engine for several instances: a `PostgreSQL` server.

mod migrations;
mod server;
mod sql;

use std::time::Duration;

use async_trait::async_trait;
use deadpool::{
    Runtime,
    managed::{Object, Pool, PoolError, QueueMode},
};
use tokio::time::{error::Elapsed, timeout};

use self::server::Server;
use super::{DatabaseError, Order, Storage};
use crate::model::{Product, Purchase};

/// Connections of one instance; a server takes 100 as it is set up.
const CONNECTIONS: usize = 8;
/// How long the server may take for one question. Longer than a purchase may wait for a lock.
const SILENCE: Duration = Duration::from_secs(10);

/// Products and purchases on a server.
#[derive(Debug)]
pub(super) struct Postgres {
    pool: Pool<Server>,
}

impl Postgres {
    /// Asks for a first connection; makes and fills the tables when they are not there.
    pub(super) async fn open(server: tokio_postgres::Config) -> Result<Self, DatabaseError> {
        let builder = Pool::builder(Server::new(server)).max_size(CONNECTIONS);
        let builder = builder.queue_mode(QueueMode::Lifo).runtime(Runtime::Tokio1);
        let pool = builder.build().expect("no timeout is set, so no runtime can be missing");
        let postgres = Self { pool };
        let mut client = postgres.client().await?;
        let outcome = timeout(SILENCE, migrations::run(&mut client)).await;
        settle(client, outcome)?;
        Ok(postgres)
    }

    async fn client(&self) -> Result<Object<Server>, DatabaseError> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => error,
            other => DatabaseError::Unusable(other.to_string()),
        })
    }
}

/// Lets go of a connection that is lost, or does not answer: what it was asked last may still come, to whoever asks
/// next.
fn settle<T>(
    client: Object<Server>,
    outcome: Result<Result<T, DatabaseError>, Elapsed>,
) -> Result<T, DatabaseError> {
    let outcome = outcome.unwrap_or(Err(DatabaseError::Silent));
    if outcome.as_ref().is_err_and(DatabaseError::is_broken) {
        drop(Object::take(client));
    }
    outcome
}

#[async_trait]
impl Storage for Postgres {
    async fn product(&self, product_id: i64) -> Result<Option<Product>, DatabaseError> {
        let client = self.client().await?;
        let outcome = timeout(SILENCE, sql::select_product(&client, product_id)).await;
        settle(client, outcome)
    }

    async fn products(&self) -> Result<Vec<Product>, DatabaseError> {
        let client = self.client().await?;
        let outcome = timeout(SILENCE, sql::select_all(&client)).await;
        settle(client, outcome)
    }

    async fn search(&self, query: &str) -> Result<Vec<Product>, DatabaseError> {
        let client = self.client().await?;
        let outcome = timeout(SILENCE, sql::search(&client, query)).await;
        settle(client, outcome)
    }

    async fn sell(&self, order: Order, new_epoch: bool) -> Result<Purchase, DatabaseError> {
        let turn = timeout(order.asker.left()?, self.client()).await;
        let mut client = turn.map_err(|_| DatabaseError::TooLate)??;
        let outcome = timeout(SILENCE, sql::sell(&mut client, &order, new_epoch)).await;
        settle(client, outcome)
    }

    async fn count(&self) -> Result<i64, DatabaseError> {
        let client = self.client().await?;
        let outcome = timeout(SILENCE, sql::count_products(&client)).await;
        settle(client, outcome)
    }

    async fn epoch(&self) -> Result<i64, DatabaseError> {
        let client = self.client().await?;
        let outcome = timeout(SILENCE, sql::select_epoch(&client)).await;
        settle(client, outcome)
    }

    async fn begin_epoch(&self) -> Result<(), DatabaseError> {
        let client = self.client().await?;
        let outcome = timeout(SILENCE, sql::begin_epoch(&client)).await;
        settle(client, outcome)
    }
}

#[cfg(test)]
mod tests;
