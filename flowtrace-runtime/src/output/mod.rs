//! Where the lines go: a stream or a file, opened, and seen to before each write.
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::file::asked::Asked;
use crate::file::format::Format;
use crate::file::held::Held;
use crate::file::{Limits, LogFile};
use crate::os::start;
use crate::os::{self, Descriptor, FileId, Number};
use crate::recovery::{self, BATCH, NotAdded};
use crate::ring::file::OwnRing;
use crate::ring::note::Place;
use crate::settings::config::{Config, Output};

/// As many bytes as a pipe holds, if nobody has it hold more.
const PIPE: usize = 64 * 1024;
/// How long one wait for a non-blocking pipe lasts.
const STALLED: Duration = Duration::from_millis(100);
/// How long a file that another process writes to is waited for: that one may be ending.
const WAIT_FOR_FILE: Duration = Duration::from_secs(1);
/// How long it is not told again that what processes left can't be added.
const SILENCE: Duration = Duration::from_secs(60);

/// An output that is open, or will be.
pub(crate) struct Target {
    kind: Kind,
    format: Format,
    /// The file as it was asked for.
    asked: Asked,
    limits: Limits,
    /// What the child of a fork must close.
    held: Arc<Held>,
    /// Where what is not written yet outlives the process.
    ring: Option<Arc<OwnRing>>,
    /// The file that the ring says its lines go to.
    told: PathBuf,
    /// When it was told that what processes left can't be added.
    complained: Option<Instant>,
}

enum Kind {
    /// stdout or stderr, and what it led to when the process began.
    Standard(Descriptor<'static>, FileId),
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
    Now { limit: usize },
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
        let (kind, asked) = match &config.output {
            Output::Stdout => (Kind::standard(os::STDOUT, start::stdout())?, Asked::default()),
            Output::Stderr => (Kind::standard(os::STDERR, start::stderr())?, Asked::default()),
            Output::File(template) => {
                // the program may change its working directory before the file can be opened
                let asked = Asked::new(&config.folder.join(template))?;
                let path = of_this_process(&asked.path);
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
                (kind, asked)
            }
        };
        let format = match &kind {
            Kind::File(file, _) => file.format(),
            Kind::Standard(..) => Format::Lines,
            Kind::Stream(_) | Kind::Later(_) => Format::of(&asked.path),
        };
        let held = Arc::clone(held);
        Ok(Self { kind, format, asked, limits, held, ring: None, told: PathBuf::new(), complained: None })
    }

    /// The file, if it is a regular one, and the output as it was asked for.
    pub(crate) fn file(&self) -> Option<(&Path, &Asked)> {
        match &self.kind {
            Kind::File(file, _) => Some((file.path(), &self.asked)),
            _ => None,
        }
    }

    /// What is written: lines or blocks.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Where the next write to a file begins, once that is prepared.
    pub(crate) fn place(&self) -> Option<Place> {
        match &self.kind {
            Kind::File(file, _) => Some(file.end()),
            _ => None,
        }
    }

    /// Adds what is left, or drops the oldest of it, if it is more than is kept: a process that dies before its drainer has
    /// come to that must not leave one ring more each time. How many lines were dropped is told to `lose`.
    pub(crate) fn bound(&mut self, lose: impl Fn(u64)) {
        let Kind::File(file, stage @ Stage::Lock(_)) = &mut self.kind else { return };
        if !os::without_signals(|| recovery::is_out_of_bounds(&self.asked)) {
            return;
        }
        let has_lock = file.lock();
        if has_lock {
            *stage = Stage::Recover;
        }
        os::without_signals(|| {
            if !has_lock || self.prepare(None, true, &lose).is_err() {
                recovery::bound(&self.asked, &lose);
            }
        });
    }

    /// What is not written yet lies in `ring`, which says that it goes to the file.
    pub(crate) fn keep_in(&mut self, ring: Arc<OwnRing>) {
        self.ring = Some(ring);
        if let Kind::File(file, _) = &self.kind {
            file.path().clone_into(&mut self.told);
        }
    }

    /// Sees to it that a line of `next` bytes can be written, or the rest of one; `in_haste`, without waiting for a file.
    /// How many lines of other processes had to be dropped is told to `lose`.
    ///
    /// # Errors
    /// The output can't be had now.
    pub(crate) fn prepare(
        &mut self,
        next: Option<usize>,
        in_haste: bool,
        lose: impl Fn(u64),
    ) -> io::Result<Ready> {
        if let Kind::Later(path) = &self.kind {
            self.kind = Kind::now(path, self.limits, &self.held)?;
        }
        let Kind::File(file, stage) = &mut self.kind else {
            let limit = if self.is_pipe() { os::PIPE_PIECE } else { BATCH };
            return Ok(Ready::Now { limit });
        };
        if let Stage::Lock(until) = *stage {
            if !file.lock() {
                if Instant::now() < until && !in_haste {
                    return Ok(Ready::NotYet);
                }
                file.step_aside()?;
            }
            *stage = Stage::Recover;
        }
        if let Stage::Recover = *stage {
            // whoever had the file before may have moved it meanwhile, or left it torn
            recovery::ready(file, None)?;
            *stage = Stage::Ready;
            self.recover(lose);
        }
        let Kind::File(file, _) = &mut self.kind else { return Ok(Ready::NotYet) };
        recovery::ready(file, next)?;
        if let Some(ring) = self.ring.as_ref().filter(|_| file.path() != self.told) {
            // a ring that can't be told is still found by what was asked for
            let _ = ring.set_output(file.path());
            file.path().clone_into(&mut self.told);
        }
        Ok(Ready::Now { limit: file.room().min(BATCH) })
    }

    /// Adds what processes left that died: before this one began, or since, as a child that took the short way out.
    pub(crate) fn recover(&mut self, lose: impl Fn(u64)) {
        let Kind::File(file, Stage::Ready) = &mut self.kind else { return };
        let Err(NotAdded { error, output }) = recovery::at_start(file, &self.asked, self.limits) else {
            return;
        };
        recovery::bound(&self.asked, lose);
        if self.complained.is_none_or(|at| at.elapsed() >= SILENCE) {
            let output = output.display();
            crate::complain(&format!(
                "cannot add what a process has left to `{output}`: {error}; it is kept"
            ));
            self.complained = Some(Instant::now());
        }
    }

    fn is_pipe(&self) -> bool {
        self.descriptor().is_some_and(os::is_pipe)
    }

    fn descriptor(&self) -> Option<Descriptor<'_>> {
        match &self.kind {
            Kind::Standard(fd, _) => Some(*fd),
            Kind::Stream(file) => Some(os::descriptor(file)),
            Kind::Later(_) | Kind::File(..) => None,
        }
    }

    /// Whether a descriptor of the program's has come in the place of the one that lines were written to.
    pub(crate) fn is_gone(&self) -> bool {
        match &self.kind {
            Kind::Standard(fd, id) => os::file_id(os::number(*fd)) != Some(*id),
            Kind::Stream(_) => !self.held.is_ours(),
            // a file is opened anew
            Kind::Later(_) | Kind::File(..) => false,
        }
    }

    /// Writes all of `bytes`, or says how many it did: to a file, whole lines or blocks. What is not ours any more is not
    /// written to.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), (io::Error, usize)> {
        if let Kind::File(file, _) = &mut self.kind {
            let outcome = file.append(bytes);
            self.held.take(outcome.as_ref().map_or_else(|(_, written)| *written, |()| bytes.len()));
            return outcome;
        }
        os::write_all(bytes, |bytes| {
            loop {
                let fd = self.descriptor().filter(|_| !self.is_gone()).ok_or(ErrorKind::NotConnected)?;
                // no more than a pipe holds, so that what a slow reader takes of a long line is seen
                let outcome = os::write(fd, &bytes[..bytes.len().min(PIPE)]);
                self.held.take(*outcome.as_ref().unwrap_or(&0));
                match outcome {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        os::wait_writable(fd, STALLED);
                    }
                    outcome => return outcome,
                }
            }
        })
    }
}

impl Kind {
    /// stdout or stderr, if it still leads to `given`.
    fn standard(fd: Number, given: Option<FileId>) -> io::Result<Self> {
        match given {
            Some(given) if os::file_id(fd) == Some(given) => Ok(Self::Standard(os::standard(fd), given)),
            _ => Err(io::Error::new(
                ErrorKind::NotConnected,
                "it is closed, or not the one that the program was given",
            )),
        }
    }

    fn of_path(path: &Path, limits: Limits, held: &Arc<Held>) -> io::Result<Self> {
        match fs::metadata(path) {
            Ok(meta) if os::file::is_fifo(&meta) => Ok(Self::Later(path.to_owned())),
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
        || os::is_short_of(error)
}
