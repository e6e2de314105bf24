//! Where the lines go: the buffer, the output behind it, and the thread that moves one to the other.
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::fs::FileTypeExt as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::buffer::Buffer;
use crate::config::{Config, Output};
use crate::local;
use crate::sys;

/// How long a flush, and so the end of the process, waits for a reader that does not read.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one wait for a non-blocking pipe lasts before the buffer is looked at again.
const STALLED: Duration = Duration::from_millis(100);
/// How long after a failed write the next is tried.
const RETRY: Duration = Duration::from_millis(200);

/// Takes lines and sees to it that they are written, in order.
pub(crate) struct Sink {
    buffer: Buffer,
    /// Locked before lines are taken from the buffer, so that whoever writes keeps their order.
    target: Mutex<Target>,
    /// There is no drainer: each line is written by its own call.
    direct: AtomicBool,
    name: String,
}

impl Sink {
    /// Opens the output and starts the drainer.
    ///
    /// # Errors
    /// The output can't be opened.
    pub(crate) fn open(config: &Config) -> io::Result<Arc<Self>> {
        let sink = Arc::new(Self::with(config, Open::new(&config.output)?));
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
        let sink = Self::with(config, Open::Stderr(io::stderr()));
        sink.buffer.close();
        Arc::new(sink)
    }

    fn with(config: &Config, output: Open) -> Self {
        Self {
            buffer: Buffer::new(config.buffer_bytes, config.on_full),
            target: Mutex::new(Target { output, torn: Vec::new(), complained: false }),
            direct: AtomicBool::new(false),
            name: config.output.to_string(),
        }
    }

    /// Takes one line, LF included.
    pub(crate) fn push(&self, line: &[u8]) {
        self.buffer.push(line);
        if self.direct.load(Ordering::Relaxed) {
            self.write_out(&mut Vec::new());
        }
    }

    /// Waits until all that was pushed is written; false if some was lost or that took too long.
    pub(crate) fn flush(&self) -> bool {
        self.buffer.flush(PATIENCE)
    }

    /// Writes what is there and takes no more: after this the process may end at any moment, and no line
    /// is torn by it.
    pub(crate) fn end(&self) {
        if !self.buffer.end(PATIENCE) {
            crate::complain(&format!("the last lines could not be written to {}", self.name));
        }
    }

    /// The drainer's life.
    fn drain(&self) {
        // the allocator may be traced
        local::leave_untraced();
        let mut batch = Vec::new();
        while self.buffer.wait() {
            if !self.write_out(&mut batch) {
                self.buffer.pause(RETRY);
            }
        }
    }

    /// Whether all went well.
    fn write_out(&self, batch: &mut Vec<u8>) -> bool {
        let mut target = self.target.lock().unwrap_or_else(PoisonError::into_inner);
        self.buffer.take(batch);
        let outcome = target.write(batch);
        match &outcome {
            Ok(()) => self.buffer.done(batch.len(), 0, ""),
            Err(failure) if failure.error.kind() == io::ErrorKind::BrokenPipe => {
                self.buffer.close();
                crate::callsite::end_all();
            }
            Err(failure) => {
                if !std::mem::replace(&mut target.complained, true) {
                    let Failure { error, .. } = failure;
                    let problem = format!("cannot write the trace to {}: {error}", self.name);
                    crate::complain(&format!("{problem}; lines that are lost are counted in LOST lines"));
                }
                self.buffer.done(batch.len(), lines_in(&batch[failure.kept..]), reason(&failure.error));
            }
        }
        batch.clear();
        outcome.is_ok()
    }
}

/// How many lines are there, those included that a LOST line among them tells of.
fn lines_in(bytes: &[u8]) -> u64 {
    let count = |line: &[u8]| {
        let line = String::from_utf8_lossy(line);
        let lost =
            line.split_once(",\"event\":\"LOST\",").and_then(|(_, rest)| rest.split_once("\"count\":"));
        lost.and_then(|(_, rest)| rest.split(',').next()?.parse().ok()).unwrap_or(1)
    };
    bytes.split_inclusive(|byte| *byte == b'\n').map(count).sum()
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
    /// The rest of a line of which the last write took only a part.
    torn: Vec<u8>,
    /// Somebody was told that writing fails.
    complained: bool,
}

#[derive(Debug)]
struct Failure {
    error: io::Error,
    /// The bytes of the batch that are written, or will be as the rest of a torn line.
    kept: usize,
}

impl Target {
    fn write(&mut self, batch: &[u8]) -> Result<(), Failure> {
        let torn = std::mem::take(&mut self.torn);
        if let Err((error, written)) = self.write_all(&torn) {
            self.torn = torn[written..].to_vec();
            return Err(Failure { error, kept: 0 });
        }
        self.write_all(batch).map_err(|(error, written)| {
            let in_line = written > 0 && batch[written - 1] != b'\n';
            let rest = batch[written..].iter().position(|byte| *byte == b'\n').map_or(0, |last| last + 1);
            let kept = if in_line { written + rest } else { written };
            self.torn = batch[written..kept].to_vec();
            Failure { error, kept }
        })
    }

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), (io::Error, usize)> {
        let mut written = 0;
        while written < bytes.len() {
            let fd = self.output.ready().map_err(|error| (error, written))?;
            match sys::write(fd, &bytes[written..]) {
                Ok(0) => return Err((io::ErrorKind::WriteZero.into(), written)),
                Ok(n) => written += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    sys::wait_writable(fd, STALLED);
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
    /// A FIFO: to open it is to wait for a reader, which is not for the traced program to do.
    Later(PathBuf),
}

impl Open {
    fn new(output: &Output) -> io::Result<Self> {
        Ok(match output {
            Output::Stdout => Self::Stdout(io::stdout()),
            Output::Stderr => Self::Stderr(io::stderr()),
            Output::File(path) if fs::metadata(path).is_ok_and(|file| file.file_type().is_fifo()) => {
                Self::Later(path.clone())
            }
            Output::File(path) => Self::File(OpenOptions::new().create(true).append(true).open(path)?),
        })
    }

    fn ready(&mut self) -> io::Result<BorrowedFd<'_>> {
        if let Self::Later(path) = self {
            *self = Self::File(OpenOptions::new().append(true).open(path)?);
        }
        Ok(match &*self {
            Self::Stdout(stdout) => stdout.as_fd(),
            Self::Stderr(stderr) => stderr.as_fd(),
            Self::File(file) => file.as_fd(),
            Self::Later(_) => return Err(io::ErrorKind::NotConnected.into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::os::fd::OwnedFd;

    use super::*;
    use crate::config::OnFull;

    fn target(output: impl Into<OwnedFd>) -> Target {
        Target { output: Open::File(File::from(output.into())), torn: Vec::new(), complained: false }
    }

    #[test]
    fn lost_lines_are_counted_with_those_that_a_lost_line_tells_of() {
        let lost = crate::line::lost(1, 41, "no space left");
        let batch = [b"{\"a\":1}\n".as_slice(), &lost, b"{\"b\":2}\n"].concat();
        assert_eq!((lines_in(&batch), lines_in(b"")), (43, 0));
    }

    #[test]
    fn a_line_that_a_full_pipe_tears_is_ended_before_the_next() {
        let (mut reader, writer) = io::pipe().expect("a pipe");
        let big = [vec![b'x'; 1 << 20], b"\n".to_vec()].concat();
        let mut target = target(writer);
        let reads = std::thread::spawn(move || {
            let mut some = [0; 1000];
            reader.read_exact(&mut some).expect("some");
        });
        // the reader goes away in the middle of a line
        let failure = target.write(&big).expect_err("nobody reads");
        reads.join().expect("no panic");
        assert_eq!(failure.error.kind(), io::ErrorKind::BrokenPipe);
        assert_eq!((failure.kept, target.torn.last()), (big.len(), Some(&b'\n')));
        // another takes its place
        let (mut reader, writer) = io::pipe().expect("a pipe");
        target.output = Open::File(File::from(OwnedFd::from(writer)));
        let reads = std::thread::spawn(move || {
            let mut text = String::new();
            reader.read_to_string(&mut text).expect("UTF-8");
            text
        });
        let rest = target.torn.len();
        target.write(b"next\n").map_err(|failure| failure.error).expect("somebody reads");
        drop(target);
        let text = reads.join().expect("no panic");
        assert!(text.len() == rest + 5 && text.ends_with("x\nnext\n"), "{}", text.len());
    }

    #[test]
    fn a_device_that_is_full_loses_and_counts() {
        let output = Output::File("/dev/full".into());
        let config = Config { output, on_full: OnFull::Block, ..Config::default() };
        let sink = Sink::open(&config).expect("a device");
        sink.push(b"{\"a\":1}\n");
        assert!(!sink.flush(), "a lost line is no success");
    }
}
