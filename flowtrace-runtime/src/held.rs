//! The descriptor of the output, and whether it still is: a program may close all there are, and open its own files under
//! their numbers.
use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

use crate::sys;

/// A descriptor by its number, and the file that it was opened for. What is shared is for the child of a fork.
#[derive(Debug)]
pub(crate) struct Held {
    fd: AtomicI32,
    device: AtomicU64,
    inode: AtomicU64,
}

impl Default for Held {
    fn default() -> Self {
        Self { fd: AtomicI32::new(-1), device: AtomicU64::new(0), inode: AtomicU64::new(0) }
    }
}

impl Held {
    /// From now on it is that of `file`, whose device and inode are `id`.
    pub(crate) fn set(&self, file: &File, id: (u64, u64)) {
        self.fd.store(file.as_raw_fd(), Ordering::Relaxed);
        self.device.store(id.0, Ordering::Relaxed);
        self.inode.store(id.1, Ordering::Relaxed);
    }

    /// Whether it leads to that file.
    pub(crate) fn is_ours(&self) -> bool {
        let id = (self.device.load(Ordering::Relaxed), self.inode.load(Ordering::Relaxed));
        sys::id_of(self.fd.load(Ordering::Relaxed)) == Some(id)
    }

    /// Closes the copy that a child got by `fork`.
    pub(crate) fn close_in_child(&self) {
        if self.is_ours() {
            sys::close_in_child(self.fd.load(Ordering::Relaxed));
        }
    }
}
