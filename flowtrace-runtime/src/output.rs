//! Where the lines go: a stream or a file, opened, and seen to before each write.
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, RawFd};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::config::{Config, Output};
use crate::held::Held;
use crate::log_file::{Change, Limits, LogFile};
use crate::recover;
use crate::ring_file::OwnRing;
use crate::start;
use crate::sys::{self, FileId};

/// How many bytes are written at once.
const BATCH: usize = 256 * 1024;
/// As many bytes as a pipe takes in one piece, whoever else writes to it.
const PIECE: usize = libc::PIPE_BUF;
/// As many bytes as a pipe holds, if nobody has it hold more.
const PIPE: usize = 64 * 1024;
/// How long one wait for a non-blocking pipe lasts.
const STALLED: Duration = Duration::from_millis(100);
/// How long a file that another process writes to is waited for: that one may be ending.
const WAIT_FOR_FILE: Duration = Duration::from_secs(1);

/// An output that is open, or will be.
pub(crate) struct Target {
    kind: Kind,
    /// The output as it was asked for.
    template: PathBuf,
    limits: Limits,
    /// What the child of a fork must close.
    held: Arc<Held>,
    /// Where what is not written yet outlives the process.
    ring: Option<Arc<OwnRing>>,
}

enum Kind {
    /// stdout or stderr, and what it led to when the process began.
    Standard(BorrowedFd<'static>, FileId),
    /// A device or FIFO.
    Stream(File),
    /// A path that can't be opened yet: a FIFO is opened by whoever waits for its reader, which is not the program, and
    /// descriptors may be had again.
    Later(PathBuf),
    File(LogFile, Stage),
}

/// What is still to be done before a file can be written.
#[derive(Clone, Copy)]
enum Stage {
    /// To get it from another process, by then at the latest.
    Lock(Instant),
    /// To add what earlier processes left.
    Recover,
    Ready,
}

/// What the next write may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ready {
    /// So many bytes.
    Now { limit: usize, change: Change },
    /// None, for another process has the file.
    NotYet,
}

impl Target {
    /// Opens the output of `config`.
    ///
    /// # Errors
    /// It can't be opened, and that will not change by waiting.
    pub(crate) fn open(config: &Config, held: &Arc<Held>) -> io::Result<Self> {
        let limits = Limits { file_bytes: config.max_file_bytes, files: config.max_files };
        let (kind, template) = match &config.output {
            Output::Stdout => (Kind::standard(libc::STDOUT_FILENO, start::stdout())?, PathBuf::new()),
            Output::Stderr => (Kind::standard(libc::STDERR_FILENO, start::stderr())?, PathBuf::new()),
            Output::File(template) => {
                let path = of_this_process(template);
                let kind = match Kind::of_path(&path, limits, held) {
                    Err(error) if will_pass(&error) => {
                        let path_shown = path.display();
                        crate::complain(&format!(
                            "cannot open `{path_shown}` yet: {error}; until then lines wait in memory that dies with the process"
                        ));
                        Kind::Later(path)
                    }
                    kind => kind?,
                };
                (kind, recover::absolute(template)?)
            }
        };
        Ok(Self { kind, template, limits, held: Arc::clone(held), ring: None })
    }

    /// The file, if it is a regular one, and the output as it was asked for.
    pub(crate) fn file(&self) -> Option<(&Path, &Path)> {
        match &self.kind {
            Kind::File(file, _) => Some((file.path(), &self.template)),
            _ => None,
        }
    }

    pub(crate) fn keep_in(&mut self, ring: Arc<OwnRing>) {
        self.ring = Some(ring);
    }

    /// Sees to it that a line of `next` bytes can be written, or the rest of one; `in_haste`, without waiting for a file.
    ///
    /// # Errors
    /// The output can't be had now.
    pub(crate) fn prepare(&mut self, next: Option<usize>, in_haste: bool) -> io::Result<Ready> {
        if let Kind::Later(path) = &self.kind {
            self.kind = Kind::now(path, self.limits, &self.held)?;
        }
        let Kind::File(file, stage) = &mut self.kind else {
            let limit = if self.is_pipe() { PIECE } else { BATCH };
            return Ok(Ready::Now { limit, change: Change::Same });
        };
        if let Stage::Lock(until) = *stage {
            if !file.lock() {
                if Instant::now() < until && !in_haste {
                    return Ok(Ready::NotYet);
                }
                file.step_aside()?;
                Self::tell(self.ring.as_deref(), file);
            }
            *stage = Stage::Recover;
        }
        if let Stage::Recover = *stage {
            // whoever had the file before may have moved it meanwhile
            file.prepare(None)?;
            recover::at_start(file, &self.template, self.limits);
            file.end_torn_line()?;
            *stage = Stage::Ready;
        }
        let change = file.prepare(next)?;
        if change == Change::Fresh {
            Self::tell(self.ring.as_deref(), file);
        }
        Ok(Ready::Now { limit: file.room().min(BATCH), change })
    }

    /// Adds what processes left that died since this one began: a child that took the short way out, say.
    pub(crate) fn recover(&mut self) {
        if let Kind::File(file, Stage::Ready) = &mut self.kind {
            recover::at_start(file, &self.template, self.limits);
        }
    }

    /// A ring that can't be told is still found by what was asked for.
    fn tell(ring: Option<&OwnRing>, file: &LogFile) {
        if let Some(ring) = ring {
            let _ = ring.set_output(file.path());
        }
    }

    fn is_pipe(&self) -> bool {
        self.descriptor().is_some_and(sys::is_pipe)
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        match &self.kind {
            Kind::Standard(fd, _) => Some(*fd),
            Kind::Stream(file) => Some(file.as_fd()),
            Kind::Later(_) | Kind::File(..) => None,
        }
    }

    /// Whether a descriptor of the program's has come in the place of the one that lines were written to.
    pub(crate) fn is_gone(&self) -> bool {
        match &self.kind {
            Kind::Standard(fd, id) => sys::file_id(fd.as_raw_fd()) != Some(*id),
            Kind::Stream(_) => !self.held.is_ours(),
            // a file is opened anew
            Kind::Later(_) | Kind::File(..) => false,
        }
    }

    /// Writes all of `bytes`, or says how many it did. What is not ours any more is not written to.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), (io::Error, usize)> {
        write_all(bytes, |bytes| {
            if let Kind::File(file, _) = &mut self.kind {
                let written = file.write(bytes)?;
                self.held.take(written);
                return Ok(written);
            }
            loop {
                let fd = self.descriptor().filter(|_| !self.is_gone()).ok_or(ErrorKind::NotConnected)?;
                // no more than a pipe holds, so that what a slow reader takes of a long line is seen
                let outcome = sys::write(fd, &bytes[..bytes.len().min(PIPE)]);
                self.held.take(*outcome.as_ref().unwrap_or(&0));
                match outcome {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        sys::wait_writable(fd, STALLED);
                    }
                    outcome => return outcome,
                }
            }
        })
    }
}

impl Kind {
    /// stdout or stderr, if it still leads to `given`.
    fn standard(fd: RawFd, given: Option<FileId>) -> io::Result<Self> {
        match given {
            Some(given) if sys::file_id(fd) == Some(given) => Ok(Self::Standard(sys::standard(fd), given)),
            _ => Err(io::Error::new(
                ErrorKind::NotConnected,
                "it is closed, or not the one that the program was given",
            )),
        }
    }

    fn of_path(path: &Path, limits: Limits, held: &Arc<Held>) -> io::Result<Self> {
        match fs::metadata(path) {
            Ok(meta) if meta.file_type().is_fifo() => Ok(Self::Later(path.to_owned())),
            _ => Self::now(path, limits, held),
        }
    }

    /// Waits for a FIFO's reader.
    fn now(path: &Path, limits: Limits, held: &Arc<Held>) -> io::Result<Self> {
        match fs::metadata(path) {
            Ok(meta) if !meta.is_file() => {
                let stream = OpenOptions::new().append(true).open(path)?;
                held.set(&stream);
                Ok(Self::Stream(stream))
            }
            _ => {
                let file = LogFile::open(path, limits, held)?;
                Ok(Self::File(file, Stage::Lock(Instant::now() + WAIT_FOR_FILE)))
            }
        }
    }
}

/// `{pid}` filled in.
fn of_this_process(template: &Path) -> PathBuf {
    match template.to_str().filter(|path| path.contains("{pid}")) {
        Some(path) => PathBuf::from(path.replace("{pid}", &std::process::id().to_string())),
        None => template.to_owned(),
    }
}

/// Whether the same may be well in a while.
fn will_pass(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::Interrupted)
        || matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::EIO))
}

/// Writes all of `bytes` by `write`, or says how many it did.
pub(crate) fn write_all(
    bytes: &[u8],
    mut write: impl FnMut(&[u8]) -> io::Result<usize>,
) -> Result<(), (io::Error, usize)> {
    let mut written = 0;
    while written < bytes.len() {
        match write(&bytes[written..]) {
            Ok(0) => return Err((ErrorKind::WriteZero.into(), written)),
            Ok(n) => written += n,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err((error, written)),
        }
    }
    Ok(())
}
