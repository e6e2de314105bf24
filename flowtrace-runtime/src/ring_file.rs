//! The file that a ring lies in, so that its lines outlive the process: where it is, whose it is, who may have it.
//!
//! It is locked (`flock`) for as long as its process lives; whoever gets the lock of one that was left has it for
//! himself. The process id in its name is for people: ids are used again, and mean nothing in another container.
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Read as _};
use std::mem::offset_of;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::memory::{HEADER, Memory};
use crate::ring::Control;
use crate::sys;

const MAGIC: &[u8; 16] = b"flowtrace ring 1";
/// Where the parts of the identity stand in the first page.
const CAPACITY: usize = 16;
const STARTED: usize = 24;
const TEMPLATE: usize = 1024;
const OUTPUT: usize = 2560;
const LONGEST_PATH: usize = 1532;
const PREFIX: &str = "flowtrace-";
const SUFFIX: &str = ".ring";

/// The file of a ring that this process has made or taken over.
pub(crate) struct RingFile {
    path: PathBuf,
    file: File,
}

/// The ring that this process writes to. Its lock goes with its mapping, which needs no descriptor.
pub(crate) struct OwnRing {
    path: PathBuf,
    id: (u64, u64),
}

impl OwnRing {
    /// Says that the lines go to another file than was thought.
    pub(crate) fn set_output(&self, output: &Path) -> io::Result<()> {
        let file = OpenOptions::new().write(true).custom_flags(FLAGS).open(&self.path)?;
        let meta = file.metadata()?;
        if (meta.dev(), meta.ino()) != self.id {
            return Err(io::ErrorKind::NotFound.into());
        }
        file.write_all_at(&encode_path(output)?, OUTPUT as u64)
    }

    /// Takes the file away: its lines are written.
    pub(crate) fn remove(&self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Whose a ring is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The output as it was asked for, absolute: `{pid}` still stands in it.
    pub(crate) template: PathBuf,
    /// The file that its lines go to.
    pub(crate) output: PathBuf,
    /// When it began, in nanoseconds since the epoch.
    pub(crate) started: u64,
    pub(crate) capacity: u64,
}

impl Identity {
    pub(crate) fn encode(&self) -> io::Result<Vec<u8>> {
        let mut page = vec![0; usize::try_from(HEADER).unwrap_or_default()];
        page[..MAGIC.len()].copy_from_slice(MAGIC);
        page[CAPACITY..CAPACITY + 8].copy_from_slice(&self.capacity.to_ne_bytes());
        page[STARTED..STARTED + 8].copy_from_slice(&self.started.to_ne_bytes());
        for (at, path) in [(TEMPLATE, &self.template), (OUTPUT, &self.output)] {
            page[at..at + LONGEST_PATH + 4].copy_from_slice(&encode_path(path)?);
        }
        Ok(page)
    }

    /// Whether it was begun for `path`, or writes to it.
    pub(crate) fn is_of(&self, path: &Path) -> bool {
        self.template == path || self.output == path
    }

    /// `None` if this is no ring's first page.
    pub(crate) fn decode(page: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u64::from_ne_bytes(page.get(at..at + 8)?.try_into().ok()?));
        let path = |at: usize| {
            let len = u32::from_ne_bytes(page.get(at..at + 4)?.try_into().ok()?);
            let len = usize::try_from(len).ok().filter(|len| (1..=LONGEST_PATH).contains(len))?;
            Some(PathBuf::from(OsStr::from_bytes(page.get(at + 4..at + 4 + len)?)))
        };
        let capacity = number(CAPACITY).filter(|capacity| capacity.is_power_of_two() && *capacity >= 8)?;
        let (template, output) = (path(TEMPLATE)?, path(OUTPUT)?);
        let found = page.starts_with(MAGIC) && template.is_absolute() && output.is_absolute();
        found.then_some(Self { template, output, started: number(STARTED)?, capacity })
    }
}

/// Its length, then its bytes, with zeros behind.
fn encode_path(path: &Path) -> io::Result<Vec<u8>> {
    let path = path.as_os_str().as_bytes();
    let too_long = || io::Error::new(io::ErrorKind::InvalidFilename, "the path of the output is too long");
    let len = u32::try_from(path.len()).ok().filter(|_| path.len() <= LONGEST_PATH).ok_or_else(too_long)?;
    let mut field = vec![0; LONGEST_PATH + 4];
    field[..4].copy_from_slice(&len.to_ne_bytes());
    field[4..4 + path.len()].copy_from_slice(path);
    Ok(field)
}

/// Where rings may lie: in memory, so that no write to them ever waits for a disk.
pub(crate) fn folders() -> Vec<PathBuf> {
    let own = sys::variable("XDG_RUNTIME_DIR").map(PathBuf::from);
    // where that is at most, for whoever is started without it
    let users = PathBuf::from(format!("/run/user/{}", sys::user()));
    let mut folders = vec![users, PathBuf::from("/dev/shm")];
    if let Some(own) = own.filter(|path| path.is_absolute()) {
        folders.retain(|folder| *folder != own);
        folders.insert(0, own);
    }
    folders
}

impl RingFile {
    #[cfg(test)]
    pub(crate) fn of(path: PathBuf, file: File) -> Self {
        Self { path, file }
    }

    /// Makes a ring in the first of the folders that takes it.
    ///
    /// # Errors
    /// Why the last of them does not.
    pub(crate) fn create(folders: &[PathBuf], identity: &Identity) -> io::Result<(OwnRing, Memory)> {
        let mut outcome = Err(io::Error::new(io::ErrorKind::NotFound, "no such folder in memory"));
        for folder in folders {
            if sys::is_in_memory(folder) {
                outcome = Self::create_in(folder, identity);
            }
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    pub(crate) fn create_in(folder: &Path, identity: &Identity) -> io::Result<(OwnRing, Memory)> {
        let ring = Self::open_new(folder, &identity.output)?;
        let made = ring.fill(identity);
        if made.is_err() {
            ring.remove();
        }
        let meta = ring.file.metadata()?;
        made.map(|memory| (OwnRing { path: ring.path, id: (meta.dev(), meta.ino()) }, memory))
    }

    /// A new file, locked, that nobody has taken away again.
    fn open_new(folder: &Path, output: &Path) -> io::Result<Self> {
        // for people; cut, since a name has at most 255 bytes
        let name = output.file_name().unwrap_or_default().to_string_lossy();
        let name = &name[..name.floor_char_boundary(100)];
        let process = std::process::id();
        for _ in 0..100 {
            // the folder may be everybody's: a name that can be guessed could be taken before
            let random = RandomState::new().build_hasher().finish();
            let path = folder.join(format!("{PREFIX}{}-{process}-{random:016x}-{name}{SUFFIX}", sys::user()));
            let options = OpenOptions::new()
                .read(true)
                .write(true)
                .create_new(true)
                .mode(0o600)
                .custom_flags(FLAGS)
                .open(&path);
            let file = match options {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                file => file?,
            };
            // somebody who recovers may have seen it before the lock, and taken it for one that was left
            if file.try_lock().is_ok() && file.metadata()?.nlink() > 0 {
                return Ok(Self { path, file });
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Gives it its pages, all of them: a write into a hole of a full file system would be a SIGBUS.
    pub(crate) fn fill(&self, identity: &Identity) -> io::Result<Memory> {
        let zeros = vec![0; 64 * 1024];
        let (mut at, end) = (HEADER, HEADER + identity.capacity);
        while at < end {
            let len = usize::try_from(end - at).unwrap_or(usize::MAX).min(zeros.len());
            self.file.write_all_at(&zeros[..len], at)?;
            at += len as u64;
        }
        self.file.write_all_at(&identity.encode()?, 0)?;
        Memory::of_file(&self.file, identity.capacity)
    }

    /// Takes the file away: its lines are written.
    pub(crate) fn remove(&self) {
        let _ = fs::remove_file(&self.path);
    }

    /// The rings of this user that nobody holds any more and that are `wanted`, the oldest first; from here on this
    /// process holds them. Empty ones are removed, whatever they were for.
    pub(crate) fn left(folders: &[PathBuf], wanted: impl Fn(&Identity) -> bool) -> Vec<(Self, Identity)> {
        let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
        let rings = entries.filter_map(|entry| Self::take(entry.ok()?.path(), &wanted));
        let mut rings: Vec<_> = rings.collect();
        rings.sort_by_key(|(_, identity)| identity.started);
        rings
    }

    fn take(path: PathBuf, wanted: impl Fn(&Identity) -> bool) -> Option<(Self, Identity)> {
        let name = path.file_name()?.to_str()?;
        if !name.starts_with(PREFIX) || !name.ends_with(SUFFIX) {
            return None;
        }
        let file = OpenOptions::new().read(true).write(true).custom_flags(FLAGS).open(&path).ok()?;
        let meta = file.metadata().ok()?;
        // the folder may be everybody's: nobody else's file is believed
        if !meta.is_file() || meta.uid() != sys::user() || meta.mode() & 0o077 != 0 {
            return None;
        }
        let ring = Self { path, file };
        let Some(identity) = ring.identity() else {
            ring.clear_away();
            return None;
        };
        let wanted = wanted(&identity);
        let can_be_had = wanted || ring.is_empty();
        if !can_be_had || ring.file.try_lock().is_err() || ring.file.metadata().ok()?.nlink() == 0 {
            return None;
        }
        // looked at again, since its owner may have been at work until the lock was had
        if ring.is_empty() {
            ring.remove();
            return None;
        }
        ring.identity().filter(|_| wanted).map(|identity| (ring, identity))
    }

    /// Its process died before it was whole, so that it holds no line; unless it is of another version.
    fn clear_away(&self) {
        if self.file.try_lock().is_ok() && !self.read().is_ok_and(|bytes| bytes.starts_with(&MAGIC[..15])) {
            self.remove();
        }
    }

    fn identity(&self) -> Option<Identity> {
        let mut page = vec![0; usize::try_from(HEADER).ok()?];
        self.file.read_exact_at(&mut page, 0).ok()?;
        Identity::decode(&page)
    }

    /// The whole of it.
    pub(crate) fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut from_start = &self.file;
        io::Seek::rewind(&mut from_start)?;
        from_start.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Says that its lines up to `head` are written.
    pub(crate) fn set_head(&self, head: u64) -> io::Result<()> {
        self.file.write_all_at(&head.to_ne_bytes(), offset_of!(Control, head) as u64)
    }

    /// Says that it is told how many lines were lost.
    pub(crate) fn set_told(&self) -> io::Result<()> {
        self.file.write_all_at(&0_u64.to_ne_bytes(), offset_of!(Control, lost) as u64)
    }

    /// Whether all of it is written and told.
    fn is_empty(&self) -> bool {
        let number = |at: usize| {
            let mut bytes = [0; 8];
            self.file.read_exact_at(&mut bytes, at as u64).ok()?;
            Some(u64::from_ne_bytes(bytes))
        };
        // the low bits of the tail are flags
        let tail = number(offset_of!(Control, tail)).map(|tail| tail & !7);
        tail.is_some()
            && tail == number(offset_of!(Control, head))
            && number(offset_of!(Control, lost)) == Some(0)
    }
}

const FLAGS: i32 = libc::O_NOFOLLOW | libc::O_CLOEXEC | libc::O_NONBLOCK;
