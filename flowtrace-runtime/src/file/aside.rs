//! The files that a log file was moved aside to: `path.1`, then `path.2`, and so on.
use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::os;

/// A number with more digits is nobody's who counts from 1.
const DIGITS: usize = 15;

/// The numbers of the files that were moved aside, the oldest first.
pub(super) struct Aside {
    numbers: VecDeque<u64>,
}

impl Aside {
    /// Looks for those that there are of `path`.
    pub(super) fn find(path: &Path) -> io::Result<Self> {
        let (folder, name) = (path.parent(), path.file_name().unwrap_or_default());
        let number = |entry: fs::DirEntry| {
            let entry = entry.file_name();
            let number =
                entry.as_encoded_bytes().strip_prefix(name.as_encoded_bytes())?.strip_prefix(b".")?;
            let number = std::str::from_utf8(number).ok().filter(|number| number.len() <= DIGITS)?;
            number.parse().ok()
        };
        let entries = fs::read_dir(folder.unwrap_or(Path::new("/")))?;
        let mut numbers: Vec<u64> = entries.filter_map(Result::ok).filter_map(number).collect();
        numbers.sort_unstable();
        Ok(Self { numbers: numbers.into() })
    }

    /// Moves `path` to the next number that nobody has taken.
    pub(super) fn add(&mut self, path: &Path) -> io::Result<()> {
        loop {
            let next = self.numbers.back().map_or(1, |last| last + 1);
            let moved = os::rename_to_new(path, &numbered(path, next));
            let taken = moved.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::AlreadyExists);
            if taken || moved.is_ok() {
                self.numbers.push_back(next);
            }
            if !taken {
                return moved;
            }
        }
    }

    /// Removes the oldest until at most `most` are left.
    pub(super) fn keep(&mut self, most: usize, path: &Path) -> io::Result<()> {
        while self.numbers.len() > most {
            let Some(oldest) = self.numbers.pop_front() else { break };
            match fs::remove_file(numbered(path, oldest)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

fn numbered(path: &Path, number: u64) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(format!(".{number}"));
    PathBuf::from(path)
}
