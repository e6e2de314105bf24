//! The embedded engine: a map in memory, never with a value that is older than the last deletion.

use std::{
    collections::HashMap,
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;

use super::{Cache, CacheError, Found, Hold, Ticket};

/// Generations are counted per shard of keys, so that they need no more room the more keys there are. Two keys
/// in one shard cost each other a `set` now and then, and never a stale value. As many as a byte tells apart.
const SHARDS: usize = 256;

/// An in-memory cache.
pub(crate) struct Memory {
    capacity: usize,
    clock: Box<dyn Fn() -> Instant + Send + Sync>,
    state: Mutex<Contents>,
}

struct Contents {
    entries: HashMap<String, Entry>,
    /// Counts deletions.
    generations: [u64; SHARDS],
}

struct Entry {
    value: String,
    expires: Instant,
}

impl Memory {
    /// An empty cache for at most `capacity` entries.
    pub(crate) fn new(capacity: usize, clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        let state = Contents { entries: HashMap::new(), generations: [0; SHARDS] };
        Self { capacity, clock: Box::new(clock), state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, Contents> {
        // No step under the lock leaves the state half done, so a panic in one does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Cache for Memory {
    async fn get(&self, key: &str) -> Result<Found, CacheError> {
        let now = (self.clock)();
        let state = self.state();
        let fresh = state.entries.get(key).filter(|entry| entry.expires > now);
        if let Some(entry) = fresh {
            return Ok(Found::Value(entry.value.clone()));
        }
        let generation = state.generations[shard(key)];
        Ok(Found::Nothing(Some(Ticket { generation, epoch: 0 })))
    }

    async fn set(
        &self,
        key: &str,
        value: String,
        ttl: Duration,
        ticket: &Ticket,
    ) -> Result<bool, CacheError> {
        let now = (self.clock)();
        let mut state = self.state();
        if state.generations[shard(key)] != ticket.generation {
            return Ok(false);
        }
        if !state.entries.contains_key(key) {
            state.make_room(self.capacity, now);
        }
        state.entries.insert(key.to_owned(), Entry { value, expires: now + ttl });
        Ok(true)
    }

    /// Nothing to do: nobody else has this cache, and it dies with who holds it.
    async fn hold(&self, _: &[&str]) -> Result<Hold, CacheError> {
        Ok(Hold::new(0))
    }

    async fn delete(&self, key: &str, _: &Hold) -> Result<bool, CacheError> {
        let mut state = self.state();
        state.generations[shard(key)] += 1;
        Ok(state.entries.remove(key).is_some())
    }

    async fn keys(&self) -> Result<Vec<String>, CacheError> {
        let now = (self.clock)();
        let state = self.state();
        let fresh = state.entries.iter().filter(|(_, entry)| entry.expires > now);
        let mut keys: Vec<String> = fresh.map(|(key, _)| key.clone()).collect();
        keys.sort_unstable();
        Ok(keys)
    }

    /// There are no epochs: it always does what it is asked.
    async fn epoch_has_passed(&self) {}
}

impl Contents {
    /// Drops what has expired and, if that is not enough, what would expire first.
    fn make_room(&mut self, capacity: usize, now: Instant) {
        if self.entries.len() < capacity {
            return;
        }
        self.entries.retain(|_, entry| entry.expires > now);
        while self.entries.len() >= capacity {
            let first = self.entries.iter().min_by_key(|(_, entry)| entry.expires);
            let Some(key) = first.map(|(key, _)| key.clone()) else { return };
            self.entries.remove(&key);
        }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

fn shard(key: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    usize::from(hasher.finish().to_ne_bytes()[0])
}

#[cfg(test)]
mod tests;
