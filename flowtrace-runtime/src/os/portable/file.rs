//! What std says of files on every system.
use std::fs::{DirEntry, File, Metadata, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::time::SystemTime;

/// The time at which a file was made stands for what it is, where the system knows it.
pub(crate) fn id(meta: &Metadata) -> (u64, u64) {
    let made = meta.created().ok().and_then(|made| made.duration_since(SystemTime::UNIX_EPOCH).ok());
    let nanos = made.and_then(|made| u64::try_from(made.as_nanos()).ok());
    (0, nanos.unwrap_or_default())
}

pub(crate) fn may_be(_: &DirEntry, _: u64) -> bool {
    true
}

pub(crate) fn is_fifo(_: &Metadata) -> bool {
    false
}

pub(crate) fn has_name(_: &Metadata) -> bool {
    true
}

/// False: it can't be told whose a file is.
pub(crate) fn is_private(_: &Metadata) -> bool {
    false
}

pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

pub(crate) fn strict(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

pub(crate) fn at_once(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

pub(crate) fn write_all_at(mut file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(at))?;
    file.write_all(bytes)
}

pub(crate) fn read_exact_at(mut file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(bytes)
}

/// The path of these bytes, if they are UTF-8.
pub(crate) fn path(bytes: &[u8]) -> Option<PathBuf> {
    std::str::from_utf8(bytes).ok().map(PathBuf::from)
}
