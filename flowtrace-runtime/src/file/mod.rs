//! A regular file that whole lines or blocks are appended to: one process at a time, whatever happens to the file, and in parts of a
//! bounded size if so configured.
mod aside;
pub(crate) mod asked;
pub(crate) mod format;
pub(crate) mod held;

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::file::held::Held;
use crate::os;
use crate::os::file::id;
use crate::ring::note::Place;
use aside::Aside;
use format::Format;

/// How large files get and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Limits {
    /// Bytes of a file; 0 is no limit.
    pub(crate) file_bytes: u64,
    /// Files, the one that is written to included; 0 is no limit.
    pub(crate) files: usize,
}

/// A file that is open for appending.
pub(crate) struct LogFile {
    path: PathBuf,
    format: Format,
    file: File,
    limits: Limits,
    held: Arc<Held>,
    /// The files that were moved aside, once they are known.
    aside: Option<Aside>,
    /// Where it is next tried to move the file aside, if it could not be.
    next_try: u64,
    /// No other process writes to it.
    locked: bool,
    /// It ends with a whole piece, or is empty.
    settled: bool,
    /// What it was when last looked at.
    id: (u64, u64),
    size: u64,
}

/// How often a file is opened that is moved aside meanwhile.
const TRIES: u32 = 10;
/// How many copies of this library may write to one output in a process.
const COPIES: u32 = 100;

/// What stands at the end of a file and is no whole piece of its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Torn {
    pub(crate) place: Place,
    /// It is the beginning of a piece of a trace.
    pub(crate) is_piece: bool,
}

impl LogFile {
    /// Opens `path`, and makes it if it is not there. It is not locked yet.
    ///
    /// # Errors
    /// It can't be opened.
    pub(crate) fn open(path: &Path, limits: Limits, held: &Arc<Held>) -> io::Result<Self> {
        // whoever writes to it may move it aside between the two steps
        let is_gone = |outcome: &io::Result<Self>| {
            outcome.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
        };
        let open = || Self::of(append(path)?, path, None, limits, held);
        (0..TRIES).map(|_| open()).find(|outcome| !is_gone(outcome)).unwrap_or_else(open)
    }

    /// As [`LogFile::open`], of a file that must be there, and whose name does not tell its format.
    pub(crate) fn open_old(path: &Path, format: Format) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).open(path)?;
        let meta = file.metadata()?;
        Self::of((file, meta), path, Some(format), Limits::default(), &Arc::default())
    }

    fn of(
        (file, meta): (File, Metadata),
        path: &Path,
        format: Option<Format>,
        limits: Limits,
        held: &Arc<Held>,
    ) -> io::Result<Self> {
        let (path, held) = (fs::canonicalize(path)?, Arc::clone(held));
        let format = format.unwrap_or_else(|| Format::of(&path));
        let (id, size) = (id(&meta), meta.len());
        held.set(&file);
        let (aside, next_try, locked) = (None, 0, false);
        Ok(Self { path, format, file, limits, held, aside, next_try, locked, settled: size == 0, id, size })
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Its end, when last looked at.
    pub(crate) fn end(&self) -> Place {
        Place { device: self.id.0, inode: self.id.1, offset: self.size }
    }

    /// Makes this process the only one that writes to the file; false if another one is. Where the file system knows no
    /// locks, nobody can be kept off. A descriptor that is the program's by now gets no lock: `follow` opens the file again.
    pub(crate) fn lock(&mut self) -> bool {
        self.locked = false;
        if !self.held.is_ours() {
            return true;
        }
        let lock = os::lock_for_writing(&self.file);
        self.locked = lock.is_ok();
        !matches!(lock, Err(fs::TryLockError::WouldBlock))
    }

    /// Sees to it that the next write goes to where the path leads, whoever moved, removed or cut the file.
    ///
    /// # Errors
    /// There is no such file any more, and none can be made.
    pub(crate) fn follow(&mut self) -> io::Result<()> {
        match fs::metadata(&self.path) {
            Ok(meta) if id(&meta) == self.id => {
                if !self.held.is_ours() {
                    self.reopen()?;
                }
                self.size = meta.len();
                Ok(())
            }
            // what can't be looked at can still be written
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => self.reopen(),
        }
    }

    /// Begins another file if a line of `next` bytes would make this one outgrow its limit; whether it did. A file that
    /// can't be moved aside is gone on with, and that is told once.
    ///
    /// # Errors
    /// It was moved aside, and no new one can be made.
    pub(crate) fn make_room(&mut self, next: usize) -> io::Result<bool> {
        let most = self.limits.file_bytes.max(self.next_try);
        if self.limits.file_bytes == 0 || self.size == 0 || self.size + next as u64 <= most {
            return Ok(false);
        }
        if let Err(error) = self.move_aside() {
            if error.kind() == io::ErrorKind::NotFound {
                return Err(error);
            }
            if self.next_try == 0 {
                let path = self.path.display();
                crate::complain(&format!("cannot move `{path}` aside: {error}; it grows beyond its limit"));
            }
            self.next_try = self.size.saturating_add(self.limits.file_bytes);
            return Ok(false);
        }
        self.reopen()?;
        Ok(true)
    }

    fn move_aside(&mut self) -> io::Result<()> {
        let aside = match &mut self.aside {
            Some(aside) => aside,
            none => none.insert(Aside::find(&self.path)?),
        };
        aside.add(&self.path)?;
        self.next_try = 0;
        if let Some(most) = self.limits.files.checked_sub(1)
            && let Err(error) = aside.keep(most, &self.path)
        {
            let path = self.path.display();
            crate::complain(&format!("cannot remove the oldest file of `{path}`: {error}; it stays"));
        }
        Ok(())
    }

    /// How many bytes the file may still take.
    pub(crate) fn room(&self) -> usize {
        match self.limits.file_bytes {
            0 => usize::MAX,
            most => usize::try_from(most.max(self.next_try).saturating_sub(self.size)).unwrap_or(usize::MAX),
        }
    }

    /// Appends whole lines, or a block. If not all can be written, the part of a piece that was is taken back.
    ///
    /// # Errors
    /// Why not all were written, and how many bytes were.
    pub(crate) fn append(&mut self, pieces: &[u8]) -> Result<(), (io::Error, usize)> {
        let outcome = os::write_all(pieces, |bytes| {
            if !self.held.is_ours() {
                return Err(io::ErrorKind::NotConnected.into());
            }
            os::write(os::descriptor(&self.file), bytes)
        });
        let written = outcome.as_ref().map_or_else(|(_, written)| *written, |()| pieces.len());
        self.size += written as u64;
        let Err((error, _)) = outcome else { return Ok(()) };
        let whole = self.format.whole(pieces, written);
        if written > whole {
            self.settled = false;
            self.take_back((written - whole) as u64);
        }
        Err((error, whole))
    }

    /// Takes back what was just written, unless somebody else has written behind it.
    fn take_back(&mut self, len: u64) {
        let (Ok(end), Ok(meta)) = ((&self.file).stream_position(), self.file.metadata()) else { return };
        if end == meta.len() && end >= len {
            self.size = end;
            let _ = self.cut(end - len);
        }
    }

    /// Cuts the file at `at`, where a piece begins.
    ///
    /// # Errors
    /// It can't be cut, or somebody else may be writing, or has since its end was last looked at.
    pub(crate) fn cut(&mut self, at: u64) -> io::Result<()> {
        if !self.locked || !self.held.is_ours() || self.file.metadata()?.len() != self.size {
            return Err(io::ErrorKind::ResourceBusy.into());
        }
        self.file.set_len(at)?;
        (self.size, self.settled) = (at, true);
        Ok(())
    }

    /// What stands unended at its end; `None` once it was settled. What can't be read back is taken for well ended.
    ///
    /// # Errors
    /// Reading fails.
    pub(crate) fn torn(&mut self) -> io::Result<Option<Torn>> {
        if self.settled {
            return Ok(None);
        }
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(None),
            Err(error) => return Err(error),
        };
        let meta = file.metadata()?;
        if id(&meta) != self.id {
            // the file was moved in this moment; `follow` sees to that
            return Ok(None);
        }
        self.size = meta.len();
        let Some((offset, is_piece)) = self.format.unended(&file, self.size)? else {
            self.settled = true;
            return Ok(None);
        };
        Ok(Some(Torn { place: Place { offset, ..self.end() }, is_piece }))
    }

    /// Ends what is not ended, so that the next line does not become a part of it. A block is found behind anything.
    pub(crate) fn end_line(&mut self) -> io::Result<()> {
        if self.format == Format::Lines {
            self.append(b"\n").map_err(|(error, _)| error)?;
        }
        self.settled = true;
        Ok(())
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.take(append(&self.path)?);
        if self.lock() { Ok(()) } else { self.step_aside() }
    }

    /// Goes on with a file of this process's own, since another process writes to the one that was asked for.
    ///
    /// # Errors
    /// There is none to be had.
    pub(crate) fn step_aside(&mut self) -> io::Result<()> {
        let asked = self.path.clone();
        self.aside = None;
        let of_this = of_process(&asked, std::process::id());
        // a process may hold several copies of this library
        for number in 1..COPIES {
            self.path = if number == 1 { of_this.clone() } else { of_process(&of_this, number) };
            let Ok(opened) = append(&self.path) else { break };
            self.take(opened);
            if self.lock() {
                let (asked, own) = (asked.display(), self.path.display());
                crate::complain(&format!("another process writes to `{asked}`; this one goes on in `{own}`"));
                return Ok(());
            }
        }
        // not to be taken for ours by the next try
        (self.path, self.id) = (asked, (0, 0));
        Err(io::ErrorKind::ResourceBusy.into())
    }

    fn take(&mut self, (file, meta): (File, Metadata)) {
        let before = std::mem::replace(&mut self.file, file);
        if os::share_a_number(&before, &self.file) || !self.held.is_ours() {
            // the program has closed it: its number is that of the new file, or of one of the program's
            std::mem::forget(before);
        }
        (self.id, self.size, self.settled) = (id(&meta), meta.len(), meta.len() == 0);
        self.held.set(&self.file);
    }
}

/// A new one is for this user alone, since a trace holds values.
fn append(path: &Path) -> io::Result<(File, Metadata)> {
    let file = os::file::private(OpenOptions::new().create(true).append(true)).open(path)?;
    let meta = file.metadata()?;
    Ok((file, meta))
}

/// `trace-4711.jsonl` for `trace.jsonl`: the file of a process that finds another one at its output.
pub(crate) fn of_process(path: &Path, process: u32) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map(|extension| format!(".{}", extension.to_string_lossy()));
    path.with_file_name(format!("{stem}-{process}{}", extension.unwrap_or_default()))
}

#[cfg(test)]
mod tests;
