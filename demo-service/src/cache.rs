//! The cache: what was read from the database, for a time. `CacheService` is what the other layers ask; below it
//! is one of the engines.

mod epoch;
mod memory;
mod place;
mod redis;
mod service;

use std::{
    error::Error,
    fmt::{self, Debug},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

use async_trait::async_trait;

pub(crate) use self::{
    memory::Memory,
    place::Place,
    redis::Redis,
    service::{CacheService, Lookup},
};

/// What an engine can do. Values are JSON.
///
/// None returns a value that was read before the last `delete` of its key began.
#[async_trait]
pub(crate) trait Cache: Debug + Send + Sync {
    /// What is kept under `key`.
    async fn get(&self, key: &str) -> Result<Found, CacheError>;

    /// Keeps `value` for `ttl`, unless `key` has been deleted since `ticket` was given out: `value` was read
    /// before that, and would bring back what the deletion was meant to end. Says whether it was kept.
    async fn set(&self, key: &str, value: String, ttl: Duration, ticket: &Ticket)
    -> Result<bool, CacheError>;

    /// Forgets `keys` and keeps nothing under them from now on, until each is deleted.
    async fn hold(&self, keys: &[&str]) -> Result<Hold, CacheError>;

    /// Forgets `key`, what is being fetched for it, and the hold. Says whether it was there.
    async fn delete(&self, key: &str, hold: &Hold) -> Result<bool, CacheError>;

    /// The keys of what is kept, in order.
    async fn keys(&self) -> Result<Vec<String>, CacheError>;

    /// Completes once nobody uses what was kept in an epoch that has ended.
    async fn epoch_has_passed(&self);
}

/// What `get` found.
#[derive(Debug)]
pub(crate) enum Found {
    Value(String),
    /// Nothing; the ticket is for the `set` of what is now fetched instead. Without one nothing is to be kept.
    Nothing(Option<Ticket>),
}

/// When a key was found missing, in the words of the engine.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    generation: u64,
    /// Of what is fetched; 0 where there are no epochs.
    epoch: i64,
}

/// Keys are held by this, which has a random number.
#[derive(Debug)]
pub(crate) struct Hold {
    number: u64,
    /// Whether the cache has done all it was asked with this hold.
    sure: AtomicBool,
}

impl Hold {
    fn new(number: u64) -> Self {
        Self { number, sure: AtomicBool::new(true) }
    }

    /// A hold that the cache has not confirmed.
    fn unsure() -> Self {
        Self { number: 0, sure: AtomicBool::new(false) }
    }

    fn doubt(&self) {
        self.sure.store(false, Relaxed);
    }

    /// Whether nothing old can be found under the keys that were held, then and later.
    pub(crate) fn is_sure(&self) -> bool {
        self.sure.load(Relaxed)
    }
}

/// Why a cache did not answer.
#[derive(Debug)]
pub(crate) struct CacheError(String);

impl fmt::Display for CacheError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for CacheError {}
