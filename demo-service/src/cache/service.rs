//! The cache as the other layers see it: typed values, counted and traced, in whatever engine is below.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use flowtrace_runtime::trace;
use serde::{Serialize, de::DeserializeOwned};

use super::{Cache, CacheError, Found, Hold, Ticket};
use crate::{
    logger::{Fields, LoggerService},
    model::CacheStats,
};

/// What `get` found; the trace shows the value, or `null`.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Lookup<V> {
    Hit(V),
    /// Nothing; the ticket is for the `set` of what is now fetched instead. Without one it is not to be kept.
    Miss(#[serde(skip)] Option<Ticket>),
}

/// Keeps values under keys. A cache that does not answer is an empty one.
#[derive(Debug)]
pub(crate) struct CacheService {
    engine: Box<dyn Cache>,
    logger: Arc<LoggerService>,
    hits: AtomicU64,
    misses: AtomicU64,
    /// Whether the engine did not answer last, so that the log tells of it once.
    down: AtomicBool,
}

#[trace]
impl CacheService {
    #[trace(off)]
    pub(crate) fn new(engine: impl Cache + 'static, logger: Arc<LoggerService>) -> Self {
        let (hits, misses) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { engine: Box::new(engine), logger, hits, misses, down: AtomicBool::new(false) }
    }

    /// The value under `key`, if it is there and fresh.
    pub(crate) async fn get<V: DeserializeOwned + Serialize>(&self, key: &str) -> Lookup<V> {
        let ticket = match self.heard(self.engine.get(key).await) {
            Some(Found::Value(json)) => {
                if let Ok(value) = serde_json::from_str(&json) {
                    self.hits.fetch_add(1, Relaxed);
                    return Lookup::Hit(value);
                }
                // Another version of the service has other values.
                self.delete(key, &Hold::unsure()).await;
                None
            }
            Some(Found::Nothing(ticket)) => ticket,
            None => None,
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
        let Ok(json) = serde_json::to_string(value) else { return false };
        self.heard(self.engine.set(key, json, ttl, ticket).await).unwrap_or(false)
    }

    /// Forgets `keys` and keeps nothing under them from now on, until each is deleted.
    pub(crate) async fn hold(&self, keys: &[&str]) -> Hold {
        self.heard(self.engine.hold(keys).await).unwrap_or_else(Hold::unsure)
    }

    /// Forgets `key`, and what is being fetched for it. Says whether it was there.
    #[trace(skip(hold))]
    pub(crate) async fn delete(&self, key: &str, hold: &Hold) -> bool {
        let was_there = self.heard(self.engine.delete(key, hold).await);
        if was_there.is_none() {
            hold.doubt();
        }
        was_there.unwrap_or(false)
    }

    /// Completes once nobody uses what was kept in an epoch that has ended.
    pub(crate) async fn epoch_has_passed(&self) {
        self.engine.epoch_has_passed().await;
    }

    /// What is kept, and the counters.
    pub(crate) async fn stats(&self) -> CacheStats {
        let keys = self.heard(self.engine.keys().await).unwrap_or_default();
        let (hits, misses) = (self.hits.load(Relaxed), self.misses.load(Relaxed));
        CacheStats { size: keys.len(), keys, hits, misses }
    }

    #[trace(off)]
    fn heard<T>(&self, answer: Result<T, CacheError>) -> Option<T> {
        match answer {
            Ok(answer) => {
                if self.down.load(Relaxed) && self.down.swap(false, Relaxed) {
                    self.logger.info("Cache answers again", Fields::NONE);
                }
                Some(answer)
            }
            Err(error) => {
                if !self.down.swap(true, Relaxed) {
                    let cause = error.to_string();
                    let context = [("cause", cause.as_str().into())];
                    self.logger.error("Cache does not answer", Fields(&context));
                }
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{io::sink, time::Instant};

    use super::*;
    use crate::cache::Memory;

    const TTL: Duration = Duration::from_secs(60);

    fn cache() -> CacheService {
        let logger = LoggerService::new(sink()).expect("a logger");
        CacheService::new(Memory::new(8, Instant::now), Arc::new(logger))
    }

    async fn put<V: DeserializeOwned + Serialize + Sync>(cache: &CacheService, value: V) {
        let Lookup::Miss(Some(ticket)) = cache.get::<V>("a").await else { panic!("it is there") };
        assert!(cache.set("a", &value, TTL, &ticket).await);
    }

    #[tokio::test]
    async fn a_value_of_another_type_is_a_miss_and_makes_room() {
        crate::testing::untraced();
        let cache = cache();
        put(&cache, 7_u32).await;
        assert!(matches!(cache.get::<String>("a").await, Lookup::Miss(None)));
        put(&cache, "seven".to_owned()).await;
        assert!(matches!(cache.get::<String>("a").await, Lookup::Hit(seven) if seven == "seven"));
        let stats = cache.stats().await;
        assert_eq!(stats, CacheStats { size: 1, keys: vec!["a".to_owned()], hits: 1, misses: 3 });
    }

    #[tokio::test]
    async fn a_lookup_shows_as_the_value_or_null() {
        crate::testing::untraced();
        let cache = cache();
        assert_eq!(serde_json::to_string(&cache.get::<u32>("a").await).expect("JSON"), "null");
        put(&cache, 7_u32).await;
        assert_eq!(serde_json::to_string(&cache.get::<u32>("a").await).expect("JSON"), "7");
    }
}
