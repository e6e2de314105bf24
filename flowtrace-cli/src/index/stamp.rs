//! Which files an index is of, and whether they are still the same.
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};

use serde::{Deserialize, Serialize};

use crate::read::Input;

/// So much of each end of a file is looked at.
const END: u64 = 64 * 1024;

/// What tells a file from what it was before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    pub(crate) path: String,
    pub(crate) bytes: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    /// A checksum of both ends.
    ends: u32,
}

impl Stamp {
    /// `None` of what is no file: its bytes come once.
    pub(super) fn of(input: &Input) -> Option<Self> {
        let Input::File(path) = input else { return None };
        let file = File::open(path).ok()?;
        let metadata = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
        let bytes = metadata.len();
        let path = path.canonicalize().ok()?.to_str()?.to_owned();
        let modified = (metadata.mtime(), metadata.mtime_nsec());
        Some(Self { path, bytes, modified, ends: ends(&file, bytes).ok()? })
    }

    /// Those of all inputs, if all are files.
    pub(crate) fn of_all(inputs: &[Input]) -> Option<Vec<Self>> {
        inputs.iter().map(Self::of).collect()
    }
}

fn ends(file: &File, bytes: u64) -> io::Result<u32> {
    let mut hasher = crc32fast::Hasher::new();
    for at in [0, bytes.saturating_sub(END)] {
        let mut part = vec![0; usize::try_from(END.min(bytes - at)).expect("a part is small")];
        file.read_exact_at(&mut part, at)?;
        hasher.update(&part);
    }
    Ok(hasher.finalize())
}
