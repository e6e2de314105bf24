//! Whose a ring is: the first page of its file.
use std::io;
use std::path::{Path, PathBuf};

use crate::file::asked::Asked;
use crate::os;
use crate::ring::memory::HEADER;

pub(super) const MAGIC: &[u8; 16] = b"flowtrace ring 3";
/// Where the version stands in it.
pub(super) const VERSION: usize = 15;
/// Where the parts of the identity stand in the first page.
const CAPACITY: usize = 16;
const STARTED: usize = 24;
const PROCESS: usize = 32;
const KEY: usize = 40;
const ASKED: usize = 1024;
const RESOLVED: usize = 2048;
pub(super) const OUTPUT: usize = 3072;
const LONGEST_PATH: usize = 1020;

/// Whose a ring is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The output as it was asked for.
    pub(crate) asked: Asked,
    /// The file that its lines go to.
    pub(crate) output: PathBuf,
    /// When it began, in nanoseconds since the epoch.
    pub(crate) started: u64,
    /// The process id, for people.
    pub(crate) process: u32,
    pub(crate) capacity: u64,
    /// What makes the checks of its headers.
    pub(crate) key: u64,
}

impl Identity {
    pub(crate) fn encode(&self) -> io::Result<Vec<u8>> {
        let mut page = vec![0; usize::try_from(HEADER).unwrap_or_default()];
        page[..MAGIC.len()].copy_from_slice(MAGIC);
        page[CAPACITY..CAPACITY + 8].copy_from_slice(&self.capacity.to_ne_bytes());
        page[STARTED..STARTED + 8].copy_from_slice(&self.started.to_ne_bytes());
        page[PROCESS..PROCESS + 4].copy_from_slice(&self.process.to_ne_bytes());
        page[KEY..KEY + 8].copy_from_slice(&self.key.to_ne_bytes());
        let paths = [(ASKED, &self.asked.path), (RESOLVED, &self.asked.resolved), (OUTPUT, &self.output)];
        for (at, path) in paths {
            page[at..at + LONGEST_PATH + 4].copy_from_slice(&encode_path(path)?);
        }
        Ok(page)
    }

    /// Whether it was begun for `output`, or writes to it.
    pub(crate) fn is_of(&self, output: &Asked) -> bool {
        self.asked.path == output.path
            || self.asked.resolved == output.resolved
            || self.output == output.resolved
    }

    /// Whose a ring of another version is, if that one says so as this one does.
    pub(crate) fn of_another_version(page: &[u8]) -> Option<Self> {
        let rest =
            page.strip_prefix(&MAGIC[..VERSION]).filter(|rest| !rest.starts_with(&MAGIC[VERSION..]))?;
        let as_ours = [&MAGIC[..], rest.get(1..)?].concat();
        Self::decode(&as_ours)
    }

    /// `None` if this is no ring's first page.
    pub(crate) fn decode(page: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u64::from_ne_bytes(page.get(at..at + 8)?.try_into().ok()?));
        let process = u32::from_ne_bytes(page.get(PROCESS..PROCESS + 4)?.try_into().ok()?);
        let path = |at: usize| {
            let len = u32::from_ne_bytes(page.get(at..at + 4)?.try_into().ok()?);
            let len = usize::try_from(len).ok().filter(|len| (1..=LONGEST_PATH).contains(len))?;
            let path = os::file::path(page.get(at + 4..at + 4 + len)?)?;
            path.is_absolute().then_some(path)
        };
        let capacity = number(CAPACITY).filter(|capacity| capacity.is_power_of_two() && *capacity >= 8)?;
        let asked = Asked { path: path(ASKED)?, resolved: path(RESOLVED)? };
        let (output, started, key) = (path(OUTPUT)?, number(STARTED)?, number(KEY)?);
        page.starts_with(MAGIC).then_some(Self { asked, output, started, process, capacity, key })
    }
}

/// Its length, then its bytes, with zeros behind.
pub(super) fn encode_path(path: &Path) -> io::Result<Vec<u8>> {
    let path = path.as_os_str().as_encoded_bytes();
    let too_long = || io::Error::new(io::ErrorKind::InvalidFilename, "the path of the output is too long");
    let len = u32::try_from(path.len()).ok().filter(|_| path.len() <= LONGEST_PATH).ok_or_else(too_long)?;
    let mut field = vec![0; LONGEST_PATH + 4];
    field[..4].copy_from_slice(&len.to_ne_bytes());
    field[4..4 + path.len()].copy_from_slice(path);
    Ok(field)
}
