//! The open connections: at most so many, and when one more comes, the one that has been idle longest makes room.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// How long to wait for room, before one more connection is told to make some.
const RETRY: Duration = Duration::from_millis(20);

/// Counts the connections, and knows which are idle.
#[derive(Debug)]
pub(super) struct Connections {
    most: u32,
    free: Arc<Semaphore>,
    begin: Instant,
    open: Mutex<HashMap<u64, Arc<Activity>>>,
    next_id: AtomicU64,
}

#[derive(Debug)]
struct Activity {
    /// Since when, in nanoseconds since `Connections::begin`; or `BUSY` or `CLOSING`.
    idle_since: AtomicU64,
    close: Notify,
}

const BUSY: u64 = u64::MAX;
/// Told to make room.
const CLOSING: u64 = BUSY - 1;

impl Connections {
    /// Room for `most` connections.
    pub(super) fn new(most: u32) -> Arc<Self> {
        let free = Arc::new(Semaphore::new(most as usize));
        Arc::new(Self {
            most,
            free,
            begin: Instant::now(),
            open: Mutex::default(),
            next_id: AtomicU64::new(0),
        })
    }

    /// A slot for one more connection, once there is one.
    pub(super) async fn slot(self: &Arc<Self>) -> Slot {
        let permit = loop {
            if self.free.available_permits() == 0 {
                self.close_longest_idle();
            }
            // The semaphore is never closed.
            if let Ok(Ok(permit)) = timeout(RETRY, Arc::clone(&self.free).acquire_owned()).await {
                break permit;
            }
        };
        let activity = Arc::new(Activity { idle_since: AtomicU64::new(self.now()), close: Notify::new() });
        let id = self.next_id.fetch_add(1, Relaxed);
        self.open().insert(id, Arc::clone(&activity));
        Slot { connections: Arc::clone(self), id, activity, _permit: permit }
    }

    /// Completes when no connection is open.
    pub(super) async fn all_closed(&self) {
        let _ = self.free.acquire_many(self.most).await;
    }

    /// Says whether there was one.
    fn close_longest_idle(&self) -> bool {
        let open = self.open();
        let longest = open.values().min_by_key(|activity| activity.idle_since.load(Relaxed));
        let Some(longest) = longest else { return false };
        let since = longest.idle_since.load(Relaxed);
        // Busy since the look at it, it is left alone.
        let idle =
            since < CLOSING && longest.idle_since.compare_exchange(since, CLOSING, Relaxed, Relaxed).is_ok();
        if idle {
            longest.close.notify_one();
        }
        idle
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begin.elapsed().as_nanos()).unwrap_or(CLOSING - 1)
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u64, Arc<Activity>>> {
        // No step under the lock leaves the map half done.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open connection's slot, free again when dropped.
#[derive(Debug)]
pub(super) struct Slot {
    connections: Arc<Connections>,
    id: u64,
    activity: Arc<Activity>,
    _permit: OwnedSemaphorePermit,
}

impl Slot {
    /// Marks the connection as busy until the guard is dropped.
    pub(super) fn busy(&self) -> Busy<'_> {
        self.activity.idle_since.store(BUSY, Relaxed);
        Busy(self)
    }

    /// Whether a request is being answered.
    pub(super) fn is_busy(&self) -> bool {
        self.activity.idle_since.load(Relaxed) == BUSY
    }

    /// Completes when the connection is to make room.
    pub(super) async fn wanted(&self) {
        self.activity.close.notified().await;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.connections.open().remove(&self.id);
    }
}

/// A request is being answered.
#[derive(Debug)]
pub(super) struct Busy<'a>(&'a Slot);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.activity.idle_since.store(self.0.connections.now(), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::future::{Future, ready};

    use tokio::select;

    use super::*;

    async fn is_ready(future: impl Future<Output = ()>) -> bool {
        select! {
            biased;
            () = future => true,
            () = ready(()) => false,
        }
    }

    #[tokio::test]
    async fn the_longest_idle_makes_room() {
        let connections = Connections::new(3);
        let first = connections.slot().await;
        let second = connections.slot().await;
        let third = connections.slot().await;
        // The first has been answered meanwhile, the second is being answered.
        drop(first.busy());
        let busy = second.busy();
        assert!(connections.close_longest_idle());
        assert!(is_ready(third.wanted()).await);
        assert!(connections.close_longest_idle());
        assert!(is_ready(first.wanted()).await);
        assert!(!connections.close_longest_idle(), "one is busy, two are closing");
        assert!(!is_ready(second.wanted()).await);
        drop(busy);
        assert!(connections.close_longest_idle());
        drop((first, second, third));
        connections.all_closed().await;
        assert!(connections.open().is_empty());
    }
}
