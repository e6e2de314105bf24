//! Where the lines go: the buffer, the output behind it, and the thread that moves one to the other.
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::buffer::Buffer;
use crate::config::{Config, Output};
use crate::sys;

/// How long a flush, and so the end of the process, waits for a reader that does not read.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one wait for a non-blocking pipe lasts before the buffer is looked at again.
const STALLED: Duration = Duration::from_millis(100);

/// Takes lines and sees to it that they are written, in order.
pub(crate) struct Sink {
    buffer: Buffer,
    /// Locked before lines are taken from the buffer, so that whoever writes keeps their order.
    target: Mutex<Target>,
    /// The process is ending and the drainer may be gone: each line is written by its own call.
    direct: AtomicBool,
}

impl Sink {
    /// Opens the output and starts the drainer.
    ///
    /// # Errors
    /// The output can't be opened.
    pub(crate) fn open(config: &Config) -> io::Result<Arc<Self>> {
        let sink = Arc::new(Self {
            buffer: Buffer::new(config.buffer_bytes, config.on_full),
            target: Mutex::new(Target { output: Open::new(&config.output)?, torn: false }),
            direct: AtomicBool::new(false),
        });
        let its_own = Arc::clone(&sink);
        let drainer = sys::without_signals(|| {
            thread::Builder::new().name("flowtrace".to_owned()).spawn(move || its_own.drain())
        });
        if drainer.is_err() {
            sink.direct.store(true, Ordering::Relaxed);
        }
        Ok(sink)
    }

    /// A sink that keeps nothing.
    pub(crate) fn closed(config: &Config) -> Arc<Self> {
        let buffer = Buffer::new(1, config.on_full);
        buffer.close();
        let target = Mutex::new(Target { output: Open::Stderr(io::stderr()), torn: false });
        Arc::new(Self { buffer, target, direct: AtomicBool::new(false) })
    }

    /// Takes one line, LF included.
    pub(crate) fn push(&self, line: &[u8]) {
        self.buffer.push(line);
        if self.direct.load(Ordering::Relaxed) {
            self.write_out(&mut Vec::new());
        }
    }

    /// Waits until all that was pushed is written; false if that took too long.
    pub(crate) fn flush(&self) -> bool {
        self.buffer.flush(PATIENCE)
    }

    /// Writes what is there and has every later line written at once: after this the process may end.
    pub(crate) fn end(&self) {
        self.flush();
        self.direct.store(true, Ordering::Relaxed);
    }

    /// The drainer's life.
    fn drain(&self) {
        let mut batch = Vec::new();
        while self.buffer.wait() {
            self.write_out(&mut batch);
        }
    }

    fn write_out(&self, batch: &mut Vec<u8>) {
        let mut target = self.target.lock().unwrap_or_else(PoisonError::into_inner);
        self.buffer.take(batch);
        match target.write(batch) {
            Ok(()) => self.buffer.done(batch.len(), 0, ""),
            Err(failure) if failure.error.kind() == io::ErrorKind::BrokenPipe => {
                self.buffer.close();
                crate::callsite::end_all();
            }
            Err(failure) => {
                let lost = batch[failure.whole..].split_inclusive(|byte| *byte == b'\n').count();
                self.buffer.done(batch.len(), lost as u64, reason(&failure.error));
            }
        }
        batch.clear();
    }
}

fn reason(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "no space left",
        io::ErrorKind::FileTooLarge => "file size limit",
        _ => "write failed",
    }
}

struct Target {
    output: Open,
    /// The last write ended inside a line.
    torn: bool,
}

struct Failure {
    error: io::Error,
    /// The bytes of the batch that stand in the output as whole lines.
    whole: usize,
}

impl Target {
    fn write(&mut self, batch: &[u8]) -> Result<(), Failure> {
        if self.torn {
            // the torn line is ended, so that it spoils no other
            self.write_all(b"\n").map_err(|(error, _)| Failure { error, whole: 0 })?;
            self.torn = false;
        }
        self.write_all(batch).map_err(|(error, written)| {
            let whole = batch[..written].iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
            self.torn = whole < written;
            Failure { error, whole }
        })
    }

    fn write_all(&self, bytes: &[u8]) -> Result<(), (io::Error, usize)> {
        let mut written = 0;
        while written < bytes.len() {
            match sys::write(self.output.as_fd(), &bytes[written..]) {
                Ok(0) => return Err((io::ErrorKind::WriteZero.into(), written)),
                Ok(n) => written += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    sys::wait_writable(self.output.as_fd(), STALLED);
                }
                Err(error) => return Err((error, written)),
            }
        }
        Ok(())
    }
}

enum Open {
    Stdout(io::Stdout),
    Stderr(io::Stderr),
    File(File),
}

impl Open {
    fn new(output: &Output) -> io::Result<Self> {
        Ok(match output {
            Output::Stdout => Self::Stdout(io::stdout()),
            Output::Stderr => Self::Stderr(io::stderr()),
            Output::File(path) => Self::File(OpenOptions::new().create(true).append(true).open(path)?),
        })
    }
}

impl AsFd for Open {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Stdout(stdout) => stdout.as_fd(),
            Self::Stderr(stderr) => stderr.as_fd(),
            Self::File(file) => file.as_fd(),
        }
    }
}
