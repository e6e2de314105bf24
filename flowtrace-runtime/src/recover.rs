//! What a process that died has left in its ring: read as whatever bytes they may be, and added to its output.
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::capture::json;
use crate::line;
use crate::log_file::{Limits, LogFile};
use crate::memory::HEADER;
use crate::output::write_all;
use crate::ring::{Control, Record, WORD};
use crate::ring_file::{self, Identity, RingFile};
use crate::sys;

const TORN: &str = "torn when the process died";

/// What [`recover`] found.
///
/// ```
/// let folder = std::env::temp_dir();
/// let found = flowtrace_runtime::recover(folder.join("never traced.jsonl"))?;
/// assert_eq!((found.processes, found.lines, found.lost), (0, 0, 0));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Recovered {
    /// How many processes had left something.
    pub processes: u64,
    /// How many lines were added to their output.
    pub lines: u64,
    /// How many lines are told as lost, at least: dropped before, or half written when the process died. Where half
    /// written ones stood side by side, they count as one.
    pub lost: u64,
}

/// Adds the lines to `output` that processes which died had committed, but not written; each exactly once and in order.
///
/// `output` is what `FLOWTRACE_OUTPUT` was, `{pid}` included, or one of the files that were written. A program that is
/// started again on the same output does this by itself. `FLOWTRACE_MAX_FILE_BYTES` is the program's, and not heeded here.
///
/// # Errors
/// A process that lives writes to the output, or it can't be written; what was left stays for the next try.
///
/// ```
/// # let folder = std::env::temp_dir();
/// # let path = folder.join("never traced.jsonl");
/// let found = flowtrace_runtime::recover(&path)?;
/// eprintln!("{} lines recovered", found.lines);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn recover(output: impl AsRef<Path>) -> io::Result<Recovered> {
    let wanted = absolute(output.as_ref())?;
    recover_those(|ring| ring.is_of(&wanted))
}

/// As [`recover`], for all outputs of this user.
///
/// # Errors
/// As there, at the first output that can't be written.
///
/// ```no_run
/// let found = flowtrace_runtime::recover_all()?;
/// eprintln!("{} lines recovered", found.lines);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn recover_all() -> io::Result<Recovered> {
    recover_those(|_| true)
}

fn recover_those(wanted: impl Fn(&Identity) -> bool) -> io::Result<Recovered> {
    // a limit on the size of files must be an error here, not a signal
    sys::without_signals(|| {
        let mut found = Recovered::default();
        for (ring, identity) in RingFile::left(&ring_file::folders(), wanted) {
            add_to_its_own(&ring, &identity, Limits::default(), &mut found)?;
        }
        Ok(found)
    })
}

/// Does the same for a process that starts, and holds `file`; what can't be written stays for the next.
pub(crate) fn at_start(file: &mut LogFile, template: &Path, limits: Limits) {
    for (ring, identity) in RingFile::left(&ring_file::folders(), |ring| ring.is_of(template)) {
        let mut found = Recovered::default();
        let added = if identity.output == file.path() {
            add(&ring, file, &mut found)
        } else {
            add_to_its_own(&ring, &identity, limits, &mut found)
        };
        if let Err(error) = added {
            let output = identity.output.display();
            crate::complain(&format!(
                "cannot add what a process has left to `{output}`: {error}; it is kept"
            ));
        }
    }
}

/// The output as it is asked for, whatever the working directory.
pub(crate) fn absolute(output: &Path) -> io::Result<PathBuf> {
    if let Ok(path) = fs::canonicalize(output) {
        return Ok(path);
    }
    let path = std::path::absolute(output)?;
    let folder = path.parent().and_then(|folder| fs::canonicalize(folder).ok());
    Ok(match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path,
    })
}

fn add_to_its_own(
    ring: &RingFile,
    identity: &Identity,
    limits: Limits,
    found: &mut Recovered,
) -> io::Result<()> {
    let mut file = LogFile::open(&identity.output, limits, &Arc::default())?;
    if !file.lock() {
        let why = format!("another process writes to `{}`", identity.output.display());
        return Err(io::Error::new(io::ErrorKind::ResourceBusy, why));
    }
    add(ring, &mut file, found)
}

fn add(ring: &RingFile, file: &mut LogFile, found: &mut Recovered) -> io::Result<()> {
    let left = scan(&ring.read()?).unwrap_or_default();
    let tail = file.tail(left.lines.len() as u64 + 1)?;
    let mut rest = &left.lines[written(&tail, &left.lines)..];
    if rest.len() < left.lines.len() {
        // the rest of a line comes first, if its beginning stands there
        let (line, lines) = rest.split_at(rest_of_line(&left.lines, rest.len()));
        write(file, line)?;
        rest = lines;
    } else {
        file.end_torn_line()?;
    }
    found.lines += lines_in(rest) as u64;
    while !rest.is_empty() {
        // before another file may be begun, in which nobody would look for what this one has
        if let Some(next) = left.starts.get(left.starts.len() - lines_in(rest)) {
            ring.set_head(*next)?;
        }
        file.prepare(Some(first_line(rest).len()))?;
        let (lines, behind) = rest.split_at(whole_lines(rest, file.room()));
        write(file, lines)?;
        rest = behind;
    }
    ring.set_head(left.end)?;
    if left.lost > 0 {
        let line = line::lost(crate::clock::now(), left.lost, if left.torn { TORN } else { "buffer full" });
        file.prepare(Some(line.len()))?;
        write(file, &line)?;
        ring.set_told()?;
    }
    ring.remove();
    found.processes += 1;
    found.lost += left.lost;
    Ok(())
}

fn write(file: &mut LogFile, bytes: &[u8]) -> io::Result<()> {
    write_all(bytes, |bytes| file.write(bytes)).map_err(|(error, _)| error)
}

fn lines_in(lines: &[u8]) -> usize {
    lines.split_inclusive(|byte| *byte == b'\n').count()
}

fn first_line(lines: &[u8]) -> &[u8] {
    lines.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default()
}

/// How many bytes of `lines` are whole lines within `room`, or the first line.
fn whole_lines(lines: &[u8], room: usize) -> usize {
    let within = &lines[..room.min(lines.len())];
    within.iter().rposition(|byte| *byte == b'\n').map_or(first_line(lines).len(), |last| last + 1)
}

/// How long the rest of the line is that was cut where `rest` bytes of `lines` are left.
fn rest_of_line(lines: &[u8], rest: usize) -> usize {
    let (before, rest) = lines.split_at(lines.len() - rest);
    if before.ends_with(b"\n") { 0 } else { first_line(rest).len() }
}

/// How many bytes of `lines` stand at the end of a file already, of which `tail` is the end: the process may have died
/// between writing them and saying so. No two lines are equal, so that one is enough to tell.
fn written(tail: &[u8], lines: &[u8]) -> usize {
    let first = first_line(lines);
    if first.is_empty() {
        return 0;
    }
    let starts = std::iter::once(0).chain((0..tail.len()).filter(|at| tail[*at] == b'\n').map(|at| at + 1));
    let mut torn = 0;
    for start in starts {
        let there = &tail[start..];
        if there.starts_with(first) {
            let same = there.iter().zip(lines).take_while(|(a, b)| a == b).count();
            // up to the end of the file, or else of the last line that is the same
            let whole = || lines[..same].iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
            return if same == there.len() { same } else { whole() };
        }
        torn = if first.starts_with(there) { there.len() } else { 0 };
    }
    torn
}

/// What is left in a ring.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Left {
    /// Lines that are committed and not read, in order.
    pub(crate) lines: Vec<u8>,
    /// Where the record of each stands.
    pub(crate) starts: Vec<u64>,
    /// How many are not there.
    pub(crate) lost: u64,
    /// Some of those were claimed and not committed, or are damaged.
    pub(crate) torn: bool,
    /// Where the ring ends.
    pub(crate) end: u64,
}

/// Reads a ring file, whatever its bytes are; `None` if it is none.
pub(crate) fn scan(bytes: &[u8]) -> Option<Left> {
    let identity = Identity::decode(bytes)?;
    let capacity = identity.capacity;
    if (bytes.len() as u64).checked_sub(HEADER)? != capacity {
        return None;
    }
    let (control, records) = bytes.split_at(usize::try_from(HEADER).ok()?);
    let number = |at: usize| Some(u64::from_ne_bytes(control.get(at..at + 8)?.try_into().ok()?));
    let head = number(std::mem::offset_of!(Control, head))? & !(WORD - 1);
    let tail = number(std::mem::offset_of!(Control, tail))? & !(WORD - 1);
    let claimed = tail.checked_sub(head).unwrap_or(capacity);
    let ring = Bytes { records, capacity };
    let mut left = Left { end: tail, lost: number(std::mem::offset_of!(Control, lost))?, ..Left::default() };
    let (mut at, mut in_gap) = (0, false);
    while at < claimed {
        // writers that waited for room had claimed more than there is
        let within = claimed.min(capacity) - at;
        let (size, kept) = match within {
            0 => (claimed, false),
            within => ring.take(head.wrapping_add(at), within, &mut left.lines),
        };
        if kept {
            left.starts.push(head.wrapping_add(at));
        }
        left.lost = left.lost.saturating_add(u64::from(!kept && !in_gap));
        left.torn |= !kept;
        in_gap = !kept;
        at = at.saturating_add(size);
    }
    Some(left)
}

struct Bytes<'a> {
    records: &'a [u8],
    capacity: u64,
}

impl Bytes<'_> {
    /// The next line, if a whole one stands at `at` and within `most` bytes; how far to go on, and whether it did.
    fn take(&self, at: u64, most: u64, lines: &mut Vec<u8>) -> (u64, bool) {
        let record = Record::parse(self.word(at), at, self.capacity);
        let Some(record @ Record::Line(len)) = record.filter(|record| record.size() <= most) else {
            return (WORD, false);
        };
        let before = lines.len();
        let start = self.offset(at + WORD);
        let first = len.min(self.records.len() - start);
        lines.extend_from_slice(&self.records[start..start + first]);
        lines.extend_from_slice(&self.records[..len - first]);
        if is_line(&lines[before..]) {
            return (record.size(), true);
        }
        lines.truncate(before);
        (WORD, false)
    }

    fn word(&self, at: u64) -> u64 {
        let start = self.offset(at);
        self.records[start..start + 8].try_into().map_or(0, u64::from_ne_bytes)
    }

    fn offset(&self, at: u64) -> usize {
        usize::try_from(at & (self.capacity - 1)).unwrap_or_default()
    }
}

/// Whether this is a line that a reader of the trace can take.
fn is_line(bytes: &[u8]) -> bool {
    let text = bytes.strip_suffix(b"\n").filter(|text| text.starts_with(b"{\"timestamp\":"));
    let text = text.and_then(|text| std::str::from_utf8(text).ok());
    text.is_some_and(|text| !text.contains(|c: char| c.is_control()) && json::is_json(text))
}

#[cfg(fuzzing)]
pub(crate) mod fuzzing;
#[cfg(all(test, not(loom)))]
mod tests;
