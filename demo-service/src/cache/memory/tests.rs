//! Time, races and bounds of the cache, on a clock that is set by hand.

use super::*;

const TTL: Duration = Duration::from_secs(60);

/// A cache, and the hand on its clock.
fn cache(capacity: usize) -> (CacheService, impl Fn(Duration)) {
    crate::untraced();
    let now = Arc::new(Mutex::new(Instant::now()));
    let clock = Arc::clone(&now);
    let cache = CacheService::new(capacity, move || *clock.lock().expect("clock"));
    (cache, move |step| *now.lock().expect("clock") += step)
}

fn found(cache: &CacheService, key: &str) -> Option<u32> {
    match cache.get(key) {
        Lookup::Hit(value) => Some(value),
        Lookup::Miss(_) => None,
    }
}

fn ticket(cache: &CacheService, key: &str) -> Ticket {
    match cache.get::<u32>(key) {
        Lookup::Hit(value) => panic!("{key} is there: {value}"),
        Lookup::Miss(ticket) => ticket,
    }
}

fn put(cache: &CacheService, key: &str, value: u32, ttl: Duration) -> bool {
    cache.set(key, value, ttl, &ticket(cache, key))
}

#[test]
fn an_entry_lives_for_its_time() {
    let (cache, pass) = cache(8);
    put(&cache, "short", 1, TTL);
    put(&cache, "long", 2, TTL * 5);
    pass(TTL.saturating_sub(Duration::from_millis(1)));
    assert_eq!(found(&cache, "short"), Some(1));
    pass(Duration::from_millis(1));
    assert_eq!(found(&cache, "short"), None);
    assert_eq!(found(&cache, "long"), Some(2));
}

#[test]
fn statistics_leave_out_what_has_expired() {
    let (cache, pass) = cache(8);
    put(&cache, "b", 1, TTL * 2);
    put(&cache, "a", 2, TTL * 2);
    put(&cache, "c", 3, TTL);
    found(&cache, "a");
    pass(TTL);
    let keys = vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(cache.stats(), CacheStats { size: 2, keys, hits: 1, misses: 3 });
}

#[test]
fn a_deleted_key_is_gone() {
    let (cache, _) = cache(8);
    put(&cache, "a", 1, TTL);
    assert!(cache.delete("a"));
    assert!(!cache.delete("a"));
    assert_eq!(found(&cache, "a"), None);
}

#[test]
fn a_slow_reader_cannot_bring_back_what_was_deleted() {
    let (cache, _) = cache(8);
    let slow = ticket(&cache, "a");
    cache.delete("a");
    assert!(!cache.set("a", 1_u32, TTL, &slow));
    assert_eq!(found(&cache, "a"), None);
    assert!(put(&cache, "a", 2, TTL), "a reader that began after the deletion may");
}

#[test]
fn the_slow_reader_cannot_overwrite_a_newer_value_either() {
    let (cache, _) = cache(8);
    let slow = ticket(&cache, "a");
    cache.delete("a");
    put(&cache, "a", 2, TTL);
    assert!(!cache.set("a", 1_u32, TTL, &slow));
    assert_eq!(found(&cache, "a"), Some(2));
}

#[test]
fn a_full_cache_drops_the_expired_first_then_the_next_to_expire() {
    let (cache, pass) = cache(2);
    put(&cache, "expired", 1, TTL);
    put(&cache, "soon", 2, TTL * 2);
    pass(TTL);
    put(&cache, "late", 3, TTL * 5);
    assert_eq!(cache.stats().keys, ["late", "soon"]);
    put(&cache, "later", 4, TTL * 6);
    assert_eq!(cache.stats().keys, ["late", "later"]);
}

#[test]
fn renewing_an_entry_costs_no_other() {
    let (cache, _) = cache(2);
    let renewal = ticket(&cache, "a");
    put(&cache, "a", 1, TTL);
    put(&cache, "b", 2, TTL);
    cache.set("a", 3_u32, TTL, &renewal);
    assert_eq!((found(&cache, "a"), found(&cache, "b")), (Some(3), Some(2)));
}

#[test]
fn a_value_of_another_type_is_a_miss() {
    let (cache, _) = cache(8);
    put(&cache, "a", 1, TTL);
    assert!(matches!(cache.get::<String>("a"), Lookup::Miss(_)));
}

#[test]
fn a_lookup_shows_as_the_value_or_null() {
    let (cache, _) = cache(8);
    assert_eq!(serde_json::to_string(&cache.get::<u32>("a")).expect("JSON"), "null");
    put(&cache, "a", 7, TTL);
    assert_eq!(serde_json::to_string(&cache.get::<u32>("a")).expect("JSON"), "7");
}
