//! The cache as the other layers see it: typed values, counted and traced, in whatever engine is below.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use flowtrace_runtime::trace;
use serde::{Serialize, de::DeserializeOwned};

use super::{Cache, Found, Ticket};
use crate::model::CacheStats;

/// What `get` found; the trace shows the value, or `null`.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Lookup<V> {
    Hit(V),
    /// Nothing; the ticket is for the `set` of what is now fetched instead. Without one it is not to be kept.
    Miss(#[serde(skip)] Option<Ticket>),
}

/// Keeps values under keys.
#[derive(Debug)]
pub(crate) struct CacheService {
    engine: Box<dyn Cache>,
    hits: AtomicU64,
    misses: AtomicU64,
}

#[trace]
impl CacheService {
    #[trace(off)]
    pub(crate) fn new(engine: impl Cache + 'static) -> Self {
        Self { engine: Box::new(engine), hits: AtomicU64::new(0), misses: AtomicU64::new(0) }
    }

    /// The value under `key`, if it is there and fresh.
    pub(crate) async fn get<V: DeserializeOwned + Serialize>(&self, key: &str) -> Lookup<V> {
        let ticket = match self.engine.get(key).await {
            Found::Value(json) => {
                if let Ok(value) = serde_json::from_str(&json) {
                    self.hits.fetch_add(1, Relaxed);
                    return Lookup::Hit(value);
                }
                // Another version of the service has other values.
                self.engine.delete(key).await;
                None
            }
            Found::Nothing(ticket) => Some(ticket),
        };
        self.misses.fetch_add(1, Relaxed);
        Lookup::Miss(ticket)
    }

    /// Keeps `value` for `ttl`, unless `key` was deleted since `ticket` was given out. Says whether it was kept.
    #[trace(skip(ticket))]
    pub(crate) async fn set<V: Serialize + Sync>(
        &self,
        key: &str,
        value: &V,
        ttl: Duration,
        ticket: &Ticket,
    ) -> bool {
        match serde_json::to_string(value) {
            Ok(json) => self.engine.set(key, json, ttl, ticket).await,
            Err(_) => false,
        }
    }

    /// Forgets `key`, and what is being fetched for it. Says whether it was there.
    pub(crate) async fn delete(&self, key: &str) -> bool {
        self.engine.delete(key).await
    }

    /// What is kept, and the counters.
    pub(crate) async fn stats(&self) -> CacheStats {
        let keys = self.engine.keys().await;
        let (hits, misses) = (self.hits.load(Relaxed), self.misses.load(Relaxed));
        CacheStats { size: keys.len(), keys, hits, misses }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::cache::Memory;

    const TTL: Duration = Duration::from_secs(60);

    async fn put<V: DeserializeOwned + Serialize + Sync>(cache: &CacheService, value: V) {
        let Lookup::Miss(Some(ticket)) = cache.get::<V>("a").await else { panic!("it is there") };
        assert!(cache.set("a", &value, TTL, &ticket).await);
    }

    #[tokio::test]
    async fn a_value_of_another_type_is_a_miss_and_makes_room() {
        crate::untraced();
        let cache = CacheService::new(Memory::new(8, Instant::now));
        put(&cache, 7_u32).await;
        assert!(matches!(cache.get::<String>("a").await, Lookup::Miss(None)));
        put(&cache, "seven".to_owned()).await;
        assert!(matches!(cache.get::<String>("a").await, Lookup::Hit(seven) if seven == "seven"));
        let stats = cache.stats().await;
        assert_eq!(stats, CacheStats { size: 1, keys: vec!["a".to_owned()], hits: 1, misses: 3 });
    }

    #[tokio::test]
    async fn a_lookup_shows_as_the_value_or_null() {
        crate::untraced();
        let cache = CacheService::new(Memory::new(8, Instant::now));
        assert_eq!(serde_json::to_string(&cache.get::<u32>("a").await).expect("JSON"), "null");
        put(&cache, 7_u32).await;
        assert_eq!(serde_json::to_string(&cache.get::<u32>("a").await).expect("JSON"), "7");
    }
}
