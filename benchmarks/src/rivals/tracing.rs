//! `#[tracing::instrument(ret)]` with the JSON layer of tracing-subscriber.
use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt::format::FmtSpan;

use super::{Plain, Running, Setup};

crate::subjects::subjects!(all [#[tracing::instrument(ret)]]);

/// As near to ENTER and EXIT as it gets: `new` with the arguments, an event with the result, `close` with the time.
pub fn direct(setup: &Setup) -> Box<dyn Running> {
    let file = Arc::new(setup.create());
    tracing_subscriber::fmt().json().with_span_events(FmtSpan::NEW | FmtSpan::CLOSE).with_writer(file).init();
    Box::new(Plain)
}

/// Two lines a call, without how long it took and without the list of callers in each.
pub fn least(setup: &Setup) -> Box<dyn Running> {
    let file = Arc::new(setup.create());
    let json = tracing_subscriber::fmt().json().with_span_list(false);
    json.with_span_events(FmtSpan::NEW).with_writer(file).init();
    Box::new(Plain)
}

/// A filter that wants nothing.
pub fn off(setup: &Setup) -> Box<dyn Running> {
    let file = Arc::new(setup.create());
    tracing_subscriber::fmt().json().with_max_level(LevelFilter::OFF).with_writer(file).init();
    Box::new(Plain)
}

/// A file that counts what it is given: a line with each call of `write`.
struct Counting {
    file: File,
    lines: Arc<AtomicU64>,
}

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_all(bytes)?;
        self.lines.fetch_add(1, Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct NonBlocking {
    lines: Arc<AtomicU64>,
    _guard: WorkerGuard,
}

impl Running for NonBlocking {
    fn settle(&self, calls: u64) {
        let start = Instant::now();
        while self.lines.load(Relaxed) < 3 * calls && start.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}

/// As `direct`, through a thread that writes; a caller waits where its queue is full.
pub fn non_blocking(setup: &Setup) -> Box<dyn Running> {
    let lines = Arc::new(AtomicU64::new(0));
    let file = Counting { file: setup.create(), lines: Arc::clone(&lines) };
    let (writer, guard) = NonBlockingBuilder::default().lossy(false).finish(file);
    let json = tracing_subscriber::fmt().json().with_span_events(FmtSpan::NEW | FmtSpan::CLOSE);
    json.with_writer(writer).init();
    Box::new(NonBlocking { lines, _guard: guard })
}
