//! The cache: what was read from the database, for a time. `CacheService` is what the other layers ask; below it
//! is one of the engines.

mod memory;
mod service;

use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;

pub(crate) use memory::Memory;
pub(crate) use service::{CacheService, Lookup};

/// What an engine can do. Values are JSON.
///
/// None returns a value that was read before the last `delete` of its key began.
#[async_trait]
pub(crate) trait Cache: Debug + Send + Sync {
    /// What is kept under `key`.
    async fn get(&self, key: &str) -> Found;

    /// Keeps `value` for `ttl`, unless `key` has been deleted since `ticket` was given out: `value` was read
    /// before that, and would bring back what the deletion was meant to end. Says whether it was kept.
    async fn set(&self, key: &str, value: String, ttl: Duration, ticket: &Ticket) -> bool;

    /// Forgets `key`, and what is being fetched for it. Says whether it was there.
    async fn delete(&self, key: &str) -> bool;

    /// The keys of what is kept, in order.
    async fn keys(&self) -> Vec<String>;
}

/// What `get` found.
#[derive(Debug)]
pub(crate) enum Found {
    Value(String),
    /// Nothing; the ticket is for the `set` of what is now fetched instead.
    Nothing(Ticket),
}

/// When a key was found missing, in the words of the engine.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ticket(u64);
