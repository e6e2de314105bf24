//! What Unix says of files beyond what std says of all.
use std::ffi::OsStr;
use std::fs::{DirEntry, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{
    DirEntryExt as _, FileExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _,
};
use std::path::{Path, PathBuf};

use super::user;

/// The device and the inode of a file: no two that are there at once have both in common.
pub(crate) fn id(meta: &Metadata) -> (u64, u64) {
    (meta.dev(), meta.ino())
}

/// Whether an entry of a folder may be the file with this inode.
pub(crate) fn may_be(entry: &DirEntry, inode: u64) -> bool {
    entry.ino() == inode
}

pub(crate) fn is_fifo(meta: &Metadata) -> bool {
    meta.file_type().is_fifo()
}

/// Whether a file still has a name.
pub(crate) fn has_name(meta: &Metadata) -> bool {
    meta.nlink() > 0
}

/// Whether this is a regular file of this user, which nobody else may read or write: the low six bits of its mode are 0.
pub(crate) fn is_private(meta: &Metadata) -> bool {
    meta.is_file() && meta.uid() == user() && meta.mode().trailing_zeros() >= 6
}

/// Has a file that is made be for this user alone.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600)
}

/// Has no link followed, no child given the descriptor, and no FIFO waited for.
pub(crate) fn strict(options: &mut OpenOptions) -> &mut OpenOptions {
    options.custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC | libc::O_NONBLOCK)
}

/// Has no FIFO waited for.
pub(crate) fn at_once(options: &mut OpenOptions) -> &mut OpenOptions {
    options.custom_flags(libc::O_NONBLOCK)
}

pub(crate) fn write_all_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    file.write_all_at(bytes, at)
}

pub(crate) fn read_exact_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    file.read_exact_at(bytes, at)
}

/// The path of these bytes, which are those of another's `as_encoded_bytes`.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere not all bytes are a path")]
pub(crate) fn path(bytes: &[u8]) -> Option<PathBuf> {
    Some(Path::new(OsStr::from_bytes(bytes)).to_owned())
}
