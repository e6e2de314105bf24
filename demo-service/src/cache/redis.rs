//! The engine for several instances: a `Redis` server.
//!
//! No instance finds a value that is older than the last purchase that was answered. What could bring one back, and
//! what prevents it:
//!
//! - A slow reader. It may set only with the ticket (a random number) that stood at the key before it asked the
//!   database; holding and deleting a key take the ticket away.
//! - An instance that dies between its purchase and the deletion. It has held the keys before; a held key is empty,
//!   and no ticket is given out for it until the hold ends or has expired.
//! - A server that restarts with what it had saved. Keys carry the number that a server gives to each of its runs.
//! - A server that cannot be reached from the instance that sells, though from others. The sale begins a new epoch,
//!   kept in the database, and is answered when all instances know of it. Values carry their epoch.

mod link;

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_trait::async_trait;
use redis::{Client, IntoConnectionInfo, Script};
use tokio::time::sleep;

use self::link::Link;
use super::{
    Cache, CacheError, Found, Hold, Ticket,
    epoch::{Epoch, TRUST},
};
use crate::storage::DatabaseService;

/// How long a ticket is good for: longer than the database takes to answer.
const TICKET_SECONDS: u64 = 10;
/// How long a hold lasts that nobody ends: longer than a purchase takes.
const HOLD_SECONDS: u64 = 60;

static GET: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("redis/get.lua")));
static SET: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("redis/set.lua")));
static HOLD: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("redis/hold.lua")));
static DELETE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("redis/delete.lua")));

/// A cache on a server.
#[derive(Debug)]
pub(crate) struct Redis {
    link: Link,
    epoch: Epoch,
}

impl Redis {
    /// Connects when first asked: the service starts without its cache, too.
    pub(crate) fn new(
        server: impl IntoConnectionInfo,
        database: Arc<DatabaseService>,
    ) -> Result<Self, CacheError> {
        let client = Client::open(server).map_err(|error| CacheError(error.to_string()))?;
        Ok(Self { link: Link::new(client), epoch: Epoch::new(database) })
    }
}

#[async_trait]
impl Cache for Redis {
    async fn get(&self, key: &str) -> Result<Found, CacheError> {
        let epoch = self.epoch.current().await?;
        let answer: Vec<Option<String>> = self
            .link
            .run(&GET, &["value", "ticket", "hold"], &[key], |call| {
                call.arg(epoch).arg(unique()).arg(TICKET_SECONDS);
            })
            .await?;
        let mut answer = answer.into_iter();
        if let Some(value) = answer.next().flatten() {
            return Ok(Found::Value(value));
        }
        let generation = answer.next().flatten().and_then(|ticket| ticket.parse().ok());
        Ok(Found::Nothing(generation.map(|generation| Ticket { generation, epoch })))
    }

    async fn set(
        &self,
        key: &str,
        value: String,
        ttl: Duration,
        ticket: &Ticket,
    ) -> Result<bool, CacheError> {
        self.link
            .run(&SET, &["value", "ticket"], &[key], |call| {
                call.arg(ticket.generation).arg(ticket.epoch).arg(value).arg(ttl.as_secs());
            })
            .await
    }

    async fn hold(&self, keys: &[&str]) -> Result<Hold, CacheError> {
        let token = unique();
        self.link
            .run::<()>(&HOLD, &["value", "ticket", "hold"], keys, |call| {
                call.arg(token).arg(HOLD_SECONDS);
            })
            .await?;
        Ok(Hold::new(token))
    }

    async fn delete(&self, key: &str, hold: &Hold) -> Result<bool, CacheError> {
        self.link
            .run(&DELETE, &["value", "ticket", "hold"], &[key], |call| {
                call.arg(hold.number);
            })
            .await
    }

    async fn keys(&self) -> Result<Vec<String>, CacheError> {
        self.link.keys("value").await
    }

    async fn epoch_has_passed(&self) {
        sleep(TRUST).await;
    }
}

/// A number that no other call in any process gives.
fn unique() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests;
