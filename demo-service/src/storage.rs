//! The storage: products, their stock, and who has bought of it.

mod database;
mod error;
mod order;
mod sql;

pub(crate) use database::DatabaseService;
pub(crate) use error::DatabaseError;
pub(crate) use order::{IdempotencyKey, Order};
