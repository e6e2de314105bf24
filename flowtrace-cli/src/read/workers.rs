//! One input is read by all processors: each takes a block, and what they make of the blocks is put in order again.
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use flowtrace_runtime::compact::Damage;

use super::blocks::{Block, Blocks};
use super::brief::{Brief, By};
use super::line::Line;
use super::record::{Path, Record, Text};
use super::tally::Other;
use crate::names::Names;

/// How many blocks may be ahead of the one that is waited for, for each worker.
const AHEAD: u64 = 4;

/// Threads that turn the blocks of an input into briefs.
pub(super) struct Workers {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    by: By,
    source: Mutex<Source>,
    names: Mutex<Names>,
    queue: Mutex<Queue>,
    changed: Condvar,
}

struct Source {
    blocks: Blocks,
    taken: u64,
    ended: bool,
}

#[derive(Default)]
struct Queue {
    ready: BTreeMap<u64, io::Result<Done>>,
    /// The block that is waited for.
    next: u64,
    ahead: u64,
    working: usize,
    /// Nobody waits any more.
    stopped: bool,
}

/// What became of a block.
#[derive(Default)]
pub(super) struct Done {
    pub(super) briefs: Vec<Brief>,
    /// How many lines it had.
    pub(super) lines: u64,
    /// Those that are no calls, by their number in the block.
    pub(super) others: Vec<(u64, Other)>,
}

impl Workers {
    pub(super) fn start(blocks: Blocks, by: By, count: usize) -> Self {
        let ahead = AHEAD * count as u64;
        let shared = Arc::new(Shared {
            by,
            source: Mutex::new(Source { blocks, taken: 0, ended: false }),
            names: Mutex::default(),
            queue: Mutex::new(Queue { working: count, ahead, ..Queue::default() }),
            changed: Condvar::new(),
        });
        let worker = |_| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || work(&shared))
        };
        Self { threads: (0..count).map(worker).collect(), shared }
    }

    /// What became of the next block; `None` at the end.
    pub(super) fn next(&mut self) -> Option<io::Result<Done>> {
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
    pub(super) fn damage(&self) -> Damage {
        lock(&self.shared.source).blocks.damage()
    }

    /// The names that the briefs' keys stand for.
    pub(super) fn names(&self) -> Names {
        std::mem::take(&mut lock(&self.shared.names))
    }
}

/// A worker may wait for its input for ever, so nobody waits for the worker.
impl Drop for Workers {
    fn drop(&mut self) {
        lock(&self.shared.queue).stopped = true;
        self.shared.changed.notify_all();
    }
}

/// Says that a worker has gone, in whatever way.
struct Leaving<'a>(&'a Shared);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        lock(&self.0.queue).working -= 1;
        self.0.changed.notify_all();
    }
}

fn work(shared: &Shared) {
    let _leaving = Leaving(shared);
    let mut block = Block::default();
    let mut reader = BlockReader { shared, known: Names::default(), keys: Vec::new() };
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
            Ok(true) => Ok(reader.read(block.lines())),
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

/// Reads blocks, and keeps the names that it has met so that the shared ones are seldom asked.
struct BlockReader<'a> {
    shared: &'a Shared,
    known: Names,
    /// The shared number of each.
    keys: Vec<u32>,
}

impl BlockReader<'_> {
    fn read(&mut self, block: &[u8]) -> Done {
        let mut done = Done { briefs: Vec::with_capacity(block.len() / 256), ..Done::default() };
        let mut rest = block;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest);
            let line = &rest[..end.unwrap_or(rest.len())];
            rest = &rest[end.map_or(rest.len(), |end| end + 1)..];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            done.lines += 1;
            let read = Line::of(line);
            match &read {
                Line::Call(record) => self.call(record, &mut done),
                Line::LeftOut(_) | Line::Lost(_) => self.ours(&read, &mut done),
                other => {
                    done.others.push((done.lines, Other::of(other, end.is_none())));
                    if let Some(ours) = Line::at_the_end_of(line) {
                        self.ours(&ours, &mut done);
                    }
                }
            }
        }
        done
    }

    #[cold]
    fn ours(&mut self, line: &Line<'_>, done: &mut Done) {
        match line {
            Line::Call(record) => self.call(record, done),
            Line::LeftOut(left_out) => {
                let key = self.key(&left_out.path, left_out.thread);
                done.briefs.push(Brief::of_left_out(left_out, key));
            }
            other => done.others.push((done.lines, Other::of(other, false))),
        }
    }

    fn call(&mut self, record: &Record<'_>, done: &mut Done) {
        let key = self.key(&record.path, record.thread);
        done.briefs.push(Brief::of(record, key));
    }

    fn key(&mut self, path: &Path<'_>, thread: Text<'_>) -> u32 {
        let known = self.shared.by.key(path, thread, &mut self.known) as usize;
        if known == self.keys.len() {
            let key = self.shared.by.key(path, thread, &mut lock(&self.shared.names));
            self.keys.push(key);
        }
        self.keys[known]
    }
}

/// What is behind the locks is whole between any two statements.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
