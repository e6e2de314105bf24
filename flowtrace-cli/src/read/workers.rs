//! One input is read by all processors: each takes a block, and what they make of the blocks is put in order again.
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use flowtrace_runtime::compact::Damage;

use super::blocks::{Block, Blocks};

/// How many blocks may be ahead of the one that is waited for, for each worker.
const AHEAD: u64 = 4;

/// Threads that turn each block of an input into a `T`.
pub(crate) struct Workers<T> {
    shared: Arc<Shared<T>>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared<T> {
    source: Mutex<Source>,
    queue: Mutex<Queue<T>>,
    changed: Condvar,
}

struct Source {
    blocks: Blocks,
    taken: u64,
    ended: bool,
}

struct Queue<T> {
    ready: BTreeMap<u64, io::Result<T>>,
    /// The block that is waited for.
    next: u64,
    ahead: u64,
    working: usize,
    /// Nobody waits any more.
    stopped: bool,
}

impl<T: Send + 'static> Workers<T> {
    /// Starts `count` workers, each with what `reader` makes for it.
    pub(crate) fn start<R>(blocks: Blocks, count: usize, reader: impl Fn() -> R) -> Self
    where
        R: FnMut(&Block) -> T + Send + 'static,
    {
        let ahead = AHEAD * count as u64;
        let shared = Arc::new(Shared {
            source: Mutex::new(Source { blocks, taken: 0, ended: false }),
            queue: Mutex::new(Queue {
                ready: BTreeMap::new(),
                next: 0,
                ahead,
                working: count,
                stopped: false,
            }),
            changed: Condvar::new(),
        });
        let worker = |_| {
            let (shared, reader) = (Arc::clone(&shared), reader());
            std::thread::spawn(move || work(&shared, reader))
        };
        Self { threads: (0..count).map(worker).collect(), shared }
    }

    /// What became of the next block; `None` at the end.
    pub(crate) fn next(&mut self) -> Option<io::Result<T>> {
        let mut queue = lock(&self.shared.queue);
        loop {
            let next = queue.next;
            if let Some(done) = queue.ready.remove(&next) {
                queue.next += 1;
                self.shared.changed.notify_all();
                return Some(done);
            }
            if queue.working == 0 {
                break;
            }
            queue = self.shared.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        drop(queue);
        for thread in self.threads.drain(..) {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
        None
    }

    /// What could not be read, of a compact file.
    pub(crate) fn damage(&self) -> Damage {
        lock(&self.shared.source).blocks.damage()
    }
}

/// A worker may wait for its input for ever, so nobody waits for the worker.
impl<T> Drop for Workers<T> {
    fn drop(&mut self) {
        lock(&self.shared.queue).stopped = true;
        self.shared.changed.notify_all();
    }
}

/// Says that a worker has gone, in whatever way.
struct Leaving<'a, T>(&'a Shared<T>);

impl<T> Drop for Leaving<'_, T> {
    fn drop(&mut self) {
        lock(&self.0.queue).working -= 1;
        self.0.changed.notify_all();
    }
}

fn work<T>(shared: &Shared<T>, mut reader: impl FnMut(&Block) -> T) {
    let _leaving = Leaving(shared);
    let mut block = Block::default();
    loop {
        let mut source = lock(&shared.source);
        if source.ended {
            return;
        }
        let number = source.taken;
        source.taken += 1;
        let read = source.blocks.next(&mut block);
        source.ended = !matches!(read, Ok(true));
        drop(source);
        let done = match read {
            Ok(true) => Ok(reader(&block)),
            Ok(false) => return,
            Err(error) => Err(error),
        };
        let mut queue = lock(&shared.queue);
        while !queue.stopped && number >= queue.next + queue.ahead {
            queue = shared.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        if queue.stopped {
            return;
        }
        queue.ready.insert(number, done);
        shared.changed.notify_all();
    }
}

/// What is behind the locks is whole between any two statements.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
