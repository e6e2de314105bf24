//! The queue between those who log and the thread that writes: bounded, and what finds no room is counted.

use std::{
    fmt,
    io::{self, Write},
    mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// The most text that waits, in bytes.
const CAPACITY: usize = 1024 * 1024;

/// Lines on their way to the writing thread.
pub(super) struct Queue {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<Backlog>,
    /// Something waits to be written.
    filled: Condvar,
    /// Nothing waits, and nothing is being written.
    idle: Condvar,
}

#[derive(Default)]
struct Backlog {
    /// Whole lines.
    text: String,
    /// Lines that found no room since `text` was last taken. They came after all of it.
    lost: u64,
    writing: bool,
}

impl Queue {
    /// A queue whose thread writes to `out`. The thread ends with the process.
    pub(super) fn start(mut out: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let writer = Arc::clone(&shared);
        thread::Builder::new().name("log".to_owned()).spawn(move || {
            loop {
                let text = writer.take();
                // Nobody left to read it is no reason to fail.
                let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
            }
        })?;
        Ok(Self { shared })
    }

    /// Adds a line, if there is room.
    pub(super) fn push(&self, line: &str) {
        let mut state = self.shared.state();
        // Otherwise the thread has been told already.
        let first = !state.has_work();
        if state.text.len() + line.len() < CAPACITY {
            state.text.push_str(line);
            state.text.push('\n');
        } else {
            state.lost += 1;
        }
        drop(state);
        if first {
            self.shared.filled.notify_one();
        }
    }

    /// Waits until all is written, for at most `patience`.
    pub(super) fn flush(&self, patience: Duration) {
        let busy = |state: &mut Backlog| state.writing || state.has_work();
        let state = self.shared.state();
        drop(self.shared.idle.wait_timeout_while(state, patience, busy));
    }
}

impl Shared {
    /// Waits for text and takes it. To ask again says that the last text is written.
    fn take(&self) -> String {
        let mut state = self.state();
        state.writing = false;
        if !state.has_work() {
            self.idle.notify_all();
        }
        let mut state =
            self.filled.wait_while(state, |state| !state.has_work()).unwrap_or_else(PoisonError::into_inner);
        state.writing = true;
        let mut text = mem::take(&mut state.text);
        match mem::take(&mut state.lost) {
            0 => {}
            lost => text.extend(["[WARNING] Log lines lost count=", &lost.to_string(), "\n"]),
        }
        text
    }

    fn state(&self) -> MutexGuard<'_, Backlog> {
        // No step under the lock leaves the state half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backlog {
    fn has_work(&self) -> bool {
        !self.text.is_empty() || self.lost > 0
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    /// Writes when it is told to, as a pipe whose reader stalls.
    struct Stalled {
        go: Receiver<()>,
        written: Sender<String>,
    }

    impl Write for Stalled {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.written.send(String::from_utf8(bytes.to_vec()).expect("UTF-8"));
            // A dropped sender lets everything through.
            let _ = self.go.recv();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn stalled() -> (Queue, Sender<()>, Receiver<String>) {
        let ((go, told), (written, seen)) = (channel(), channel());
        (Queue::start(Stalled { go: told, written }).expect("a thread"), go, seen)
    }

    #[test]
    fn a_stalled_reader_costs_lines_that_are_counted_and_never_a_wait() {
        let (queue, go, written) = stalled();
        queue.push("first");
        assert_eq!(written.recv_timeout(PATIENCE).expect("written"), "first\n");
        // The thread is stuck in its write: these fill the queue and go on.
        let line = "x".repeat(1023);
        let lines = CAPACITY / 1024;
        for _ in 0..lines + 7 {
            queue.push(&line);
        }
        go.send(()).expect("the thread goes on");
        let kept = written.recv_timeout(PATIENCE).expect("written");
        let expected = format!("{}[WARNING] Log lines lost count=7\n", format!("{line}\n").repeat(lines));
        assert!(kept == expected, "{} bytes, not {}", kept.len(), expected.len());
        // There is room again.
        queue.push("last");
        drop(go);
        assert_eq!(written.recv_timeout(PATIENCE).expect("written"), "last\n");
    }

    #[test]
    fn flush_waits_for_the_last_line_and_not_for_ever() {
        let (queue, go, written) = stalled();
        queue.push("line");
        written.recv_timeout(PATIENCE).expect("the thread is at it");
        queue.flush(Duration::from_millis(1));
        assert!(queue.shared.state().writing, "given up");
        drop(go);
        queue.flush(PATIENCE);
        assert!(!queue.shared.state().writing);
    }
}
