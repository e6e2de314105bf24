//! What is left, without a change to it.
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::scan::scan;
use super::written::take_written;
use crate::ring::file::{self, RingFile};

/// What a process that died has traced, but not written: see [`left_behind`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftBehind {
    /// The file that it goes to.
    pub output: PathBuf,
    /// The id that the process had.
    pub process: u32,
    /// When the process began to trace.
    pub started: SystemTime,
    /// How many lines are left.
    pub lines: u64,
    /// How many lines are lost, at least.
    pub lost: u64,
}

/// What [`recover_all`](crate::recover_all) would add, the oldest first; nothing is changed.
///
/// ```
/// for left in flowtrace_runtime::left_behind() {
///     println!("{}: {} lines of process {}", left.output.display(), left.lines, left.process);
/// }
/// ```
#[must_use]
pub fn left_behind() -> Vec<LeftBehind> {
    let rings = RingFile::all(&file::folders(), |_| true);
    let left = rings.into_iter().filter(|(ring, _)| ring.is_left()).filter_map(|(ring, identity)| {
        let mut left = scan(&ring.read().ok()?)?;
        take_written(&mut left, &identity.output).ok()?;
        let (output, process) = (identity.output, identity.process);
        let started = SystemTime::UNIX_EPOCH + Duration::from_nanos(identity.started);
        let (lines, lost) = (left.lines(), left.lost());
        (lines + lost > 0).then_some(LeftBehind { output, process, started, lines, lost })
    });
    left.collect()
}
