//! Time, races and bounds of the cache, on a clock that is set by hand.

use std::sync::Arc;

use super::*;

const TTL: Duration = Duration::from_secs(60);

/// A cache, and the hand on its clock.
fn cache(capacity: usize) -> (Memory, impl Fn(Duration)) {
    let now = Arc::new(Mutex::new(Instant::now()));
    let clock = Arc::clone(&now);
    let cache = Memory::new(capacity, move || *clock.lock().expect("clock"));
    (cache, move |step| *now.lock().expect("clock") += step)
}

async fn found(cache: &Memory, key: &str) -> Option<u32> {
    match cache.get(key).await.expect("an answer") {
        Found::Value(json) => Some(json.parse().expect("a number")),
        Found::Nothing(_) => None,
    }
}

async fn ticket(cache: &Memory, key: &str) -> Ticket {
    match cache.get(key).await.expect("an answer") {
        Found::Value(value) => panic!("{key} is there: {value}"),
        Found::Nothing(ticket) => ticket.expect("a ticket"),
    }
}

async fn set(cache: &Memory, key: &str, value: u32, ttl: Duration, ticket: &Ticket) -> bool {
    cache.set(key, value.to_string(), ttl, ticket).await.expect("an answer")
}

async fn put(cache: &Memory, key: &str, value: u32, ttl: Duration) -> bool {
    set(cache, key, value, ttl, &ticket(cache, key).await).await
}

#[tokio::test]
async fn an_entry_lives_for_its_time() {
    let (cache, pass) = cache(8);
    put(&cache, "short", 1, TTL).await;
    put(&cache, "long", 2, TTL * 5).await;
    pass(TTL.saturating_sub(Duration::from_millis(1)));
    assert_eq!(found(&cache, "short").await, Some(1));
    pass(Duration::from_millis(1));
    assert_eq!(found(&cache, "short").await, None);
    assert_eq!(found(&cache, "long").await, Some(2));
}

#[tokio::test]
async fn keys_leave_out_what_has_expired() {
    let (cache, pass) = cache(8);
    put(&cache, "b", 1, TTL * 2).await;
    put(&cache, "a", 2, TTL * 2).await;
    put(&cache, "c", 3, TTL).await;
    pass(TTL);
    assert_eq!(cache.keys().await.expect("keys"), ["a", "b"]);
}

#[tokio::test]
async fn a_deleted_key_is_gone() {
    let (cache, _) = cache(8);
    put(&cache, "a", 1, TTL).await;
    assert!(cache.delete("a", &Hold::new(0)).await.expect("an answer"));
    assert!(!cache.delete("a", &Hold::new(0)).await.expect("an answer"));
    assert_eq!(found(&cache, "a").await, None);
}

#[tokio::test]
async fn a_slow_reader_cannot_bring_back_what_was_deleted() {
    let (cache, _) = cache(8);
    let slow = ticket(&cache, "a").await;
    cache.delete("a", &Hold::new(0)).await.expect("an answer");
    assert!(!set(&cache, "a", 1, TTL, &slow).await);
    assert_eq!(found(&cache, "a").await, None);
    assert!(put(&cache, "a", 2, TTL).await, "a reader that began after the deletion may");
}

#[tokio::test]
async fn the_slow_reader_cannot_overwrite_a_newer_value_either() {
    let (cache, _) = cache(8);
    let slow = ticket(&cache, "a").await;
    cache.delete("a", &Hold::new(0)).await.expect("an answer");
    put(&cache, "a", 2, TTL).await;
    assert!(!set(&cache, "a", 1, TTL, &slow).await);
    assert_eq!(found(&cache, "a").await, Some(2));
}

#[tokio::test]
async fn a_full_cache_drops_the_expired_first_then_the_next_to_expire() {
    let (cache, pass) = cache(2);
    put(&cache, "expired", 1, TTL).await;
    put(&cache, "soon", 2, TTL * 2).await;
    pass(TTL);
    put(&cache, "late", 3, TTL * 5).await;
    assert_eq!(cache.keys().await.expect("keys"), ["late", "soon"]);
    put(&cache, "later", 4, TTL * 6).await;
    assert_eq!(cache.keys().await.expect("keys"), ["late", "later"]);
}

#[tokio::test]
async fn renewing_an_entry_costs_no_other() {
    let (cache, _) = cache(2);
    let renewal = ticket(&cache, "a").await;
    put(&cache, "a", 1, TTL).await;
    put(&cache, "b", 2, TTL).await;
    set(&cache, "a", 3, TTL, &renewal).await;
    assert_eq!((found(&cache, "a").await, found(&cache, "b").await), (Some(3), Some(2)));
}
