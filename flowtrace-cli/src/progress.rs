//! A line on stderr that says how far long work has come, when stderr is a terminal.
use std::io::{self, IsTerminal, Read, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often it is told, and how long it takes until it is told at all.
const EVERY: Duration = Duration::from_millis(200);

/// Counts the bytes that are read.
pub(crate) struct Progress {
    counts: Arc<Counts>,
    /// Dropped to end the thread that tells.
    teller: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

#[derive(Default)]
struct Counts {
    read: AtomicU64,
    expected: AtomicU64,
    /// An input of unknown length is among them.
    unknown: AtomicBool,
}

impl Progress {
    /// Tells if stderr is a terminal, and `stdout_is_free`: lines on it would be mixed with these.
    pub(crate) fn new(stdout_is_free: bool) -> Self {
        let counts = Arc::new(Counts::default());
        let teller = (stdout_is_free && io::stderr().is_terminal()).then(|| {
            let counts = Arc::clone(&counts);
            let (sender, receiver) = mpsc::channel();
            (sender, std::thread::spawn(move || tell(&counts, &receiver)))
        });
        Self { counts, teller }
    }

    /// So many bytes are going to be read.
    pub(crate) fn expect(&self, bytes: u64) {
        self.counts.expected.fetch_add(bytes, Ordering::Relaxed);
        if bytes == 0 {
            self.counts.unknown.store(true, Ordering::Relaxed);
        }
    }

    /// The same reader, its bytes counted.
    pub(crate) fn watch(&self, reader: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        if self.teller.is_none() {
            return reader;
        }
        Box::new(Watched { reader, counts: Arc::clone(&self.counts) })
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.teller.take() {
            drop(sender);
            // it has nothing to tell that would be missed
            let _ = thread.join();
        }
    }
}

struct Watched {
    reader: Box<dyn Read + Send>,
    counts: Arc<Counts>,
}

impl Read for Watched {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(into)?;
        self.counts.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

fn tell(counts: &Counts, until: &mpsc::Receiver<()>) {
    let begin = Instant::now();
    let mut told = false;
    while until.recv_timeout(EVERY) == Err(mpsc::RecvTimeoutError::Timeout) {
        let read = counts.read.load(Ordering::Relaxed);
        let expected = counts.expected.load(Ordering::Relaxed);
        let known = !counts.unknown.load(Ordering::Relaxed) && expected > 0;
        let line = line(read, known.then_some(expected), begin.elapsed());
        told |= write!(io::stderr(), "\r\x1b[K{line}").is_ok();
    }
    if told {
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
}

fn line(read: u64, expected: Option<u64>, elapsed: Duration) -> String {
    let mib = read >> 20;
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
    let speed = mib.saturating_mul(1000) / millis;
    match expected {
        Some(expected) => {
            let percent = (u128::from(read) * 100 / u128::from(expected)).min(100);
            format!("{percent:3} %  {mib} of {} MiB  {speed} MiB/s", expected >> 20)
        }
        None => format!("{mib} MiB  {speed} MiB/s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_told_in_percent_where_the_end_is_known() {
        let second = Duration::from_secs(1);
        assert_eq!(line(300 << 20, Some(600 << 20), second), " 50 %  300 of 600 MiB  300 MiB/s");
        assert_eq!(line(300 << 20, None, second), "300 MiB  300 MiB/s");
    }
}
