//! A descriptor that this process opened, and whether it still is the one: a program may close all there are, and open
//! its own files under their numbers.
use std::fs::File;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

use crate::os::{self, FileId};

/// A descriptor by its number, what it was opened for, and how much the output has taken. What is shared is for the child of a fork.
#[derive(Debug)]
pub(crate) struct Held {
    fd: AtomicI32,
    device: AtomicU64,
    inode: AtomicU64,
    access: AtomicI32,
    taken: AtomicU64,
}

impl Default for Held {
    fn default() -> Self {
        let (number, id) = (|| AtomicI32::new(-1), || AtomicU64::new(0));
        Self { fd: number(), device: id(), inode: id(), access: number(), taken: id() }
    }
}

impl Held {
    /// From now on it is that of `file`, which has just been opened.
    pub(crate) fn set(&self, file: &File) {
        let fd = os::number(os::descriptor(file));
        if let Some(FileId { device, inode, access }) = os::file_id(fd) {
            self.fd.store(fd, Ordering::Relaxed);
            self.device.store(device, Ordering::Relaxed);
            self.inode.store(inode, Ordering::Relaxed);
            self.access.store(access, Ordering::Relaxed);
        }
    }

    /// Whether it leads to that file, in the same way.
    pub(crate) fn is_ours(&self) -> bool {
        let id = FileId {
            device: self.device.load(Ordering::Relaxed),
            inode: self.inode.load(Ordering::Relaxed),
            access: self.access.load(Ordering::Relaxed),
        };
        os::file_id(self.fd.load(Ordering::Relaxed)) == Some(id)
    }

    /// Bytes that the output has taken so far, whatever it is.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    pub(crate) fn take(&self, bytes: usize) {
        self.taken.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Closes the copy that a child got by `fork`.
    pub(crate) fn close_in_child(&self) {
        if self.is_ours() {
            os::close_in_child(self.fd.load(Ordering::Relaxed));
        }
    }
}
