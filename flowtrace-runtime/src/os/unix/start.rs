//! What stdout, stderr and the working directory were when the process began, whatever the program has put in their
//! places since. An island of `unsafe`.
//!
//! A constructor looks before `main`, or when the library that this is a part of is loaded. Where a system has no
//! constructors, the first use looks.
//!
//! Invariant
//! 1. What stands in `.init_array` is an `extern "C"` function that lives as long as the code does, does not unwind,
//!    and needs nothing of std that is set up for `main`: it makes system calls and sets a `OnceLock`.
#![allow(unsafe_code)]

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::OnceLock;

use super::{FileId, LONGEST_PATH, STDERR, STDOUT, file_id, working_directory};

static START: OnceLock<Start> = OnceLock::new();

struct Start {
    /// Absent where it was closed.
    stdout: Option<FileId>,
    stderr: Option<FileId>,
    /// The working directory, and how long its path is. No allocation: the allocator may be traced.
    folder: [u8; LONGEST_PATH],
    folder_len: usize,
}

/// The stdout that the program was given; `None` if it was closed.
pub(crate) fn stdout() -> Option<FileId> {
    start().stdout
}

/// The stderr that the program was given; `None` if it was closed.
pub(crate) fn stderr() -> Option<FileId> {
    start().stderr
}

/// The working directory that the program was given; empty if there was none.
pub(crate) fn folder() -> &'static Path {
    let Start { folder, folder_len, .. } = start();
    Path::new(OsStr::from_bytes(&folder[..*folder_len]))
}

fn start() -> &'static Start {
    START.get_or_init(|| {
        let mut folder = [0; LONGEST_PATH];
        let folder_len = working_directory(&mut folder);
        let [stdout, stderr] = [STDOUT, STDERR].map(file_id);
        Start { stdout, stderr, folder, folder_len }
    })
}

#[cfg(not(miri))]
extern "C" fn look() {
    start();
}

// SAFETY: invariant 1.
#[cfg(all(
    not(miri),
    any(target_os = "linux", target_os = "android", target_os = "freebsd", target_os = "netbsd")
))]
#[unsafe(link_section = ".init_array")]
#[used]
static LOOK: extern "C" fn() = look;

// SAFETY: invariant 1.
#[cfg(all(not(miri), target_vendor = "apple"))]
#[unsafe(link_section = "__DATA,__mod_init_func")]
#[used]
static LOOK: extern "C" fn() = look;
