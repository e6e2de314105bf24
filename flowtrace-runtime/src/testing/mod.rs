//! For tests: the events of the code that a test runs, and of no other.
pub(crate) mod event;

use std::sync::atomic::{AtomicU32, Ordering};

use crate::call::callsite;
use crate::global::captures::listeners;
use crate::testing::event::Event;
use crate::thread::context::{Context, carry_future};

/// Runs `f` and returns the events of the calls it made, in order. They go nowhere else.
///
/// Other tests may run at the same time; `FLOWTRACE` may be off. Threads and tasks that `f` starts
/// belong to it if they carry its context ([`carry`](crate::carry), [`carry_future`]),
/// and are heard for as long as `f` runs.
///
/// ```
/// use flowtrace_runtime::{testing, trace};
///
/// #[trace]
/// fn half(n: u32) -> Result<u32, String> {
///     if n % 2 == 0 { Ok(n / 2) } else { Err(format!("{n} is odd")) }
/// }
///
/// let events = testing::capture(|| {
///     half(3).unwrap_err();
/// });
/// assert_eq!(events[0].args.as_deref(), Some(r#"{"n":3}"#));
/// assert_eq!(events[1].result.as_deref(), Some(r#"{"Err":"3 is odd"}"#));
/// assert_eq!(events[1].outcome.as_deref(), Some("error"));
/// ```
///
/// # Panics
/// If `f` does.
pub fn capture(f: impl FnOnce()) -> Vec<Event> {
    let listener = Listener::new();
    listener.context().run(f);
    listener.events()
}

/// As [`capture`], for a future.
///
/// ```
/// # async fn example() {
/// use flowtrace_runtime::{testing, trace};
///
/// #[trace]
/// async fn answer() -> u32 {
///     42
/// }
///
/// let events = testing::capture_future(async {
///     answer().await;
/// })
/// .await;
/// assert_eq!(events[1].result.as_deref(), Some("42"));
/// # }
/// ```
///
/// # Panics
/// If the future does.
pub async fn capture_future(future: impl Future<Output = ()>) -> Vec<Event> {
    let listener = Listener::new();
    let carried = listener.context().run(|| carry_future(future));
    carried.await;
    listener.events()
}

/// A place in `captures`, given back when dropped.
struct Listener(u32);

impl Listener {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        callsite::capture_everywhere();
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        listeners(|all| all.insert(id, Vec::new()));
        Self(id)
    }

    fn context(&self) -> Context {
        Context { listener: self.0, ..Context::ROOT }
    }

    fn events(self) -> Vec<Event> {
        let lines = listeners(|all| all.get_mut(&self.0).map(std::mem::take)).unwrap_or_default();
        String::from_utf8_lossy(&lines).lines().filter_map(Event::read).collect()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        listeners(|all| all.remove(&self.0));
    }
}

pub use crate::testing::event::Kind;
