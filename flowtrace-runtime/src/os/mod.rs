//! What differs from system to system. No other file names one.
//!
//! Unix has a backend with what Linux offers (`unix/linux.rs`) and what the others do (`unix/other.rs`). Every other
//! target, and a build with `--cfg flowtrace_portable`, uses std alone (`portable/`).

#[cfg(all(unix, not(flowtrace_portable)))]
mod unix;
#[cfg(all(unix, not(flowtrace_portable)))]
pub(crate) use unix::*;

#[cfg(not(all(unix, not(flowtrace_portable))))]
mod portable;
#[cfg(not(all(unix, not(flowtrace_portable))))]
pub(crate) use portable::*;

use std::io;

/// What a descriptor leads to, and what may be done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct FileId {
    pub(crate) device: u64,
    pub(crate) inode: u64,
    /// `O_RDONLY`, `O_WRONLY` or `O_RDWR`.
    pub(crate) access: i32,
}

/// Writes all of `bytes` by `write`, or says how many it did.
pub(crate) fn write_all(
    bytes: &[u8],
    mut write: impl FnMut(&[u8]) -> io::Result<usize>,
) -> Result<(), (io::Error, usize)> {
    let mut written = 0;
    while written < bytes.len() {
        match write(&bytes[written..]) {
            Ok(0) => return Err((io::ErrorKind::WriteZero.into(), written)),
            Ok(n) => written += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err((error, written)),
        }
    }
    Ok(())
}
