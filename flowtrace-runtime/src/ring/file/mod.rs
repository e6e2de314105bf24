//! The file that a ring lies in, so that its lines outlive the process: where it is, whose it is, who may have it.
//!
//! It is locked (`flock`) for as long as its process lives; whoever gets the lock of one that was left has it for
//! himself. The process id in its name is for people: ids are used again, and mean nothing in another container.
mod identity;
mod state;

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::os;
use crate::ring::memory::{self, HEADER, Memory};
use crate::ring::note::Place;
pub(crate) use identity::Identity;
use identity::{MAGIC, OUTPUT, VERSION, encode_path};
use state::CHANGED;
pub(crate) use state::{State, defined};

const PREFIX: &str = "flowtrace-";
const SUFFIX: &str = ".ring";

/// The file of a ring that this process has made or taken over.
pub(crate) struct RingFile {
    path: PathBuf,
    file: File,
}

/// The ring that this process writes to. Its lock goes with its mapping, which needs no descriptor, where the
/// system has it so.
pub(crate) struct OwnRing {
    path: PathBuf,
    id: (u64, u64),
    /// Where a mapping does not keep the lock.
    lock: Option<File>,
}

impl OwnRing {
    /// Says that the lines go to another file than was thought.
    pub(crate) fn set_output(&self, output: &Path) -> io::Result<()> {
        let file = os::file::strict(OpenOptions::new().write(true)).open(&self.path)?;
        if os::file::id(&file.metadata()?) != self.id {
            return Err(io::ErrorKind::NotFound.into());
        }
        os::file::write_all_at(&file, &encode_path(output)?, OUTPUT as u64)
    }

    /// In the child of a fork: the lock is the parent's.
    pub(crate) fn leave_to_parent(&self) {
        if let Some(lock) = &self.lock {
            os::close_in_child(os::number(os::descriptor(lock)));
        }
    }

    /// Takes the file away: its lines are written.
    pub(crate) fn remove(&self) {
        let _ = fs::remove_file(&self.path);
    }
}

pub(crate) use os::ring_folders as folders;

impl RingFile {
    #[cfg(all(test, not(flowtrace_portable)))]
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
            if os::takes_rings(folder) {
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
        let lock = (!os::MAPPING_KEEPS_LOCK).then_some(ring.file);
        made.map(|memory| (OwnRing { path: ring.path, id: os::file::id(&meta), lock }, memory))
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
            let path = folder.join(format!("{PREFIX}{}-{process}-{random:016x}-{name}{SUFFIX}", os::user()));
            let mut options = OpenOptions::new();
            os::file::strict(os::file::private(options.read(true).write(true).create_new(true)));
            let file = match options.open(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                file => file?,
            };
            // somebody who recovers may have seen it before the lock, and taken it for one that was left
            if file.try_lock().is_ok() && os::file::has_name(&file.metadata()?) {
                return Ok(Self { path, file });
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Gives it its pages, all of them: a write into a hole of a full file system would be a SIGBUS.
    pub(crate) fn fill(&self, identity: &Identity) -> io::Result<Memory> {
        let zeros = vec![0; 64 * 1024];
        let (mut at, end) = (HEADER, memory::len(identity.capacity));
        while at < end {
            let len = usize::try_from(end - at).unwrap_or(usize::MAX).min(zeros.len());
            os::file::write_all_at(&self.file, &zeros[..len], at)?;
            at += len as u64;
        }
        os::file::write_all_at(&self.file, &identity.encode()?, 0)?;
        Memory::of_file(&self.file, identity.capacity)
    }

    /// Takes the file away: its lines are written.
    pub(crate) fn remove(&self) {
        let _ = fs::remove_file(&self.path);
    }

    /// The rings of this user that are `wanted`, whether their processes live or not, the oldest first.
    pub(crate) fn all(folders: &[PathBuf], wanted: impl Fn(&Identity) -> bool) -> Vec<(Self, Identity)> {
        let rings = Self::files(folders).filter_map(|ring| {
            let (identity, _) = ring.first_page()?;
            wanted(&identity).then_some((ring, identity))
        });
        let mut rings: Vec<_> = rings.collect();
        rings.sort_by_key(|(_, identity)| identity.started);
        rings
    }

    /// The rings of this user that another version wrote, that nobody holds and that are `wanted`.
    pub(crate) fn of_other_versions(
        folders: &[PathBuf],
        wanted: impl Fn(&Identity) -> bool,
    ) -> impl Iterator<Item = PathBuf> {
        Self::files(folders).filter_map(move |ring| {
            let identity = Identity::of_another_version(&ring.page()?)?;
            (wanted(&identity) && ring.is_left()).then_some(ring.path)
        })
    }

    /// Removes the files of this user that nobody holds and that tell nothing.
    pub(crate) fn sweep(folders: &[PathBuf]) {
        for ring in Self::files(folders) {
            match ring.first_page() {
                None => ring.clear_away(),
                Some((_, state)) if state.is_done() && ring.take() => {
                    // looked at again, since its owner may have been at work until the lock was had
                    if ring.first_page().is_none_or(|(_, state)| state.is_done()) {
                        ring.remove();
                    }
                }
                Some(_) => {}
            }
        }
    }

    fn files(folders: &[PathBuf]) -> impl Iterator<Item = Self> {
        let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
        entries.filter_map(|entry| Self::open(entry.ok()?.path()))
    }

    fn open(path: PathBuf) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        if !name.starts_with(PREFIX) || !name.ends_with(SUFFIX) {
            return None;
        }
        let file = os::file::strict(OpenOptions::new().read(true).write(true)).open(&path).ok()?;
        let meta = file.metadata().ok()?;
        // the folder may be everybody's: nobody else's file is believed
        os::file::is_private(&meta).then_some(Self { path, file })
    }

    /// Makes the ring this process's own; false if somebody holds it, or has removed it.
    pub(crate) fn take(&self) -> bool {
        while self.file.try_lock().is_err() {
            // whoever only looks whether it is held has it for a moment, and shares it
            if !self.is_left() {
                return false;
            }
            std::thread::yield_now();
        }
        self.file.metadata().is_ok_and(|meta| os::file::has_name(&meta))
    }

    /// Whether nobody holds it. It changes nothing.
    pub(crate) fn is_left(&self) -> bool {
        let left = self.file.try_lock_shared().is_ok();
        let _ = self.file.unlock();
        left
    }

    /// Whether a write that its reader noted covers `place`. Its process may live.
    pub(crate) fn tells_of(&self, place: Place) -> bool {
        self.first_page().is_some_and(|(_, state)| state.noted.covers(state.head, place))
    }

    /// Its process died before it was whole, so that it holds no line; unless it is of another version.
    fn clear_away(&self) {
        if self.file.try_lock().is_ok()
            && !self.read().is_ok_and(|bytes| bytes.starts_with(&MAGIC[..VERSION]))
        {
            self.remove();
        }
    }

    fn first_page(&self) -> Option<(Identity, State)> {
        let page = self.page()?;
        Identity::decode(&page).zip(State::decode(&page))
    }

    fn page(&self) -> Option<Vec<u8>> {
        let mut page = vec![0; usize::try_from(HEADER).ok()?];
        os::file::read_exact_at(&self.file, &mut page, 0).ok()?;
        Some(page)
    }

    /// The whole of it.
    pub(crate) fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut from_start = &self.file;
        io::Seek::rewind(&mut from_start)?;
        from_start.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Says how far this process has come with it.
    ///
    /// # Errors
    /// It can't be written, or the descriptor is that of another file by now.
    pub(crate) fn set_state(&self, state: &State) -> io::Result<()> {
        let (there, held) = (fs::metadata(&self.path)?, self.file.metadata()?);
        if os::file::id(&there) != os::file::id(&held) {
            return Err(io::ErrorKind::NotFound.into());
        }
        os::file::write_all_at(&self.file, &state.encode(), CHANGED.start as u64)
    }
}
