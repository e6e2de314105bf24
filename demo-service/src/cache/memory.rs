//! The cache: values under keys, each for its time, never one that is older than the last deletion.

use std::{
    any::Any,
    collections::HashMap,
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use flowtrace_runtime::trace;
use serde::Serialize;

use crate::model::CacheStats;

/// Generations are counted per shard of keys, so that they need no more room the more keys there are. Two keys
/// in one shard cost each other a `set` now and then, and never a stale value. As many as a byte tells apart.
const SHARDS: usize = 256;

/// What `get` found; the trace shows the value, or `null`.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Lookup<V> {
    Hit(V),
    /// Nothing; the ticket is for the `set` of what is now fetched instead.
    Miss(#[serde(skip)] Ticket),
}

/// When a key was found missing: what is fetched on it is outdated once the key has been deleted meanwhile.
#[derive(Debug)]
pub(crate) struct Ticket {
    generation: u64,
}

/// An in-memory cache.
pub(crate) struct CacheService {
    capacity: usize,
    clock: Box<dyn Fn() -> Instant + Send + Sync>,
    state: Mutex<State>,
}

struct State {
    entries: HashMap<String, Entry>,
    /// Counts deletions.
    generations: [u64; SHARDS],
    hits: u64,
    misses: u64,
}

struct Entry {
    value: Arc<dyn Any + Send + Sync>,
    expires: Instant,
}

impl CacheService {
    /// An empty cache for at most `capacity` entries.
    pub(crate) fn new(capacity: usize, clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        let state = State { entries: HashMap::new(), generations: [0; SHARDS], hits: 0, misses: 0 };
        Self { capacity, clock: Box::new(clock), state: Mutex::new(state) }
    }

    /// The value under `key`, if it is there, fresh, and a `V`.
    #[trace]
    pub(crate) fn get<V: Any + Clone + Serialize>(&self, key: &str) -> Lookup<V> {
        let now = (self.clock)();
        let mut state = self.state();
        let fresh = state.entries.get(key).filter(|entry| entry.expires > now);
        if let Some(value) = fresh.and_then(|entry| entry.value.downcast_ref::<V>().cloned()) {
            state.hits += 1;
            return Lookup::Hit(value);
        }
        state.misses += 1;
        Lookup::Miss(Ticket { generation: state.generations[shard(key)] })
    }

    /// Keeps `value` for `ttl`, unless `key` has been deleted since `ticket` was given out: `value` was read
    /// before that, and would bring back what the deletion was meant to end. Says whether it was kept.
    #[trace(skip(ticket))]
    pub(crate) fn set<V>(&self, key: &str, value: V, ttl: Duration, ticket: &Ticket) -> bool
    where
        V: Any + Send + Sync + Serialize,
    {
        let now = (self.clock)();
        let mut state = self.state();
        if state.generations[shard(key)] != ticket.generation {
            return false;
        }
        if !state.entries.contains_key(key) {
            state.make_room(self.capacity, now);
        }
        state.entries.insert(key.to_owned(), Entry { value: Arc::new(value), expires: now + ttl });
        true
    }

    /// Forgets `key`, and what is being fetched for it. Says whether it was there.
    #[trace]
    pub(crate) fn delete(&self, key: &str) -> bool {
        let mut state = self.state();
        state.generations[shard(key)] += 1;
        state.entries.remove(key).is_some()
    }

    /// What is fresh, and the counters.
    #[trace]
    pub(crate) fn stats(&self) -> CacheStats {
        let now = (self.clock)();
        let state = self.state();
        let fresh = state.entries.iter().filter(|(_, entry)| entry.expires > now);
        let mut keys: Vec<String> = fresh.map(|(key, _)| key.clone()).collect();
        keys.sort_unstable();
        CacheStats { size: keys.len(), keys, hits: state.hits, misses: state.misses }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No step under the lock leaves the state half done, so a panic in one does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
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

impl fmt::Debug for CacheService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheService").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

fn shard(key: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    usize::from(hasher.finish().to_ne_bytes()[0])
}

#[cfg(test)]
mod tests;
