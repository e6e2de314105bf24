//! The storage: products, their stock, and who has bought of it. `DatabaseService` is what the other layers ask;
//! below it is one of the engines.

mod database;
mod error;
mod location;
mod order;
mod postgres;
mod sqlite;

use std::fmt::Debug;

use async_trait::async_trait;

pub(crate) use database::DatabaseService;
pub(crate) use error::DatabaseError;
pub(crate) use location::Location;
pub(crate) use order::{Asker, IdempotencyKey, Order};

use crate::model::{Product, Purchase};

/// What an engine can do.
#[async_trait]
pub(crate) trait Storage: Debug + Send + Sync {
    /// One product.
    async fn product(&self, product_id: i64) -> Result<Option<Product>, DatabaseError>;

    /// All products, by id.
    async fn products(&self) -> Result<Vec<Product>, DatabaseError>;

    /// The products whose name contains `query`, in whatever case.
    async fn search(&self, query: &str) -> Result<Vec<Product>, DatabaseError>;

    /// In one transaction: takes the pieces out of the stock, records the sale, and keeps the answer under the
    /// order's key. What was answered under that key before is answered again. Does nothing when the asker is
    /// gone before the sale can begin. A sale that is made begins a new epoch, if asked to.
    async fn sell(&self, order: Order, new_epoch: bool) -> Result<Purchase, DatabaseError>;

    /// How many products there are.
    async fn count(&self) -> Result<i64, DatabaseError>;

    /// The number of the epoch. What a shared cache has from an earlier one may be out of date.
    async fn epoch(&self) -> Result<i64, DatabaseError>;

    /// Begins a new epoch.
    async fn begin_epoch(&self) -> Result<(), DatabaseError>;
}

/// The products whose name contains `query`. Compares here and not in SQL: engines differ in what they know of
/// letters, and `SQLite` knows the case of ASCII alone.
fn matching(mut products: Vec<Product>, query: &str) -> Vec<Product> {
    // Upper case, since some letters have two lower ones (σ and ς) and some become two (ß).
    let query = query.to_uppercase();
    products.retain(|product| product.name.to_uppercase().contains(&query));
    products
}
