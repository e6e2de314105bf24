//! What processes that died have left in their rings, added to their outputs.
//!
//! Whoever has an output's lock, and nobody else, settles its end and adds to it what is left. Half a line at its end is
//! cut off: its ring has it whole, or else it is counted.
mod add;
mod bound;
mod list;
mod scan;
mod written;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::clock;
use crate::file::asked::Asked;
use crate::file::{Limits, LogFile, Torn};
use crate::os;
use crate::render;
use crate::ring::file::{self, Identity, RingFile};
use crate::ring::note::Place;
use crate::ring::reason::Reason;
pub use list::{LeftBehind, left_behind};

/// How many bytes are written at once.
pub(crate) const BATCH: usize = 256 * 1024;

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
/// A process that lives writes to the output, or it can't be written; what was left stays for the next try. What a
/// program with another version of flowtrace has left stays as well, and is named.
///
/// ```
/// # let folder = std::env::temp_dir();
/// # let path = folder.join("never traced.jsonl");
/// let found = flowtrace_runtime::recover(&path)?;
/// eprintln!("{} lines recovered", found.lines);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn recover(output: impl AsRef<Path>) -> io::Result<Recovered> {
    let wanted = Asked::new(output.as_ref())?;
    recover_those(|ring| ring.is_of(&wanted))
}

/// As [`recover`], for all outputs of this user.
///
/// # Errors
/// Why the first of the outputs that can't be written can't; the others are. What a program with another version of
/// flowtrace has left stays, and is named.
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
    os::without_signals(|| {
        let mut found = Recovered::default();
        let mut outcome = Ok(());
        for output in outputs(&wanted) {
            let added = add_to_its_own(&output, Limits::default(), &wanted, &mut found);
            outcome = outcome.and(added);
        }
        let folders = file::folders();
        RingFile::sweep(&folders);
        outcome?;
        let other = RingFile::of_other_versions(&folders, &wanted).next();
        other.map_or(Ok(found), |ring| Err(of_another_version(&ring)))
    })
}

fn of_another_version(ring: &Path) -> io::Error {
    let why = format!(
        "`{}` was left by a program with another version of flowtrace: recover it with that version",
        ring.display()
    );
    io::Error::new(io::ErrorKind::Unsupported, why)
}

/// The outputs that somebody has left something for.
fn outputs(wanted: impl Fn(&Identity) -> bool) -> BTreeSet<PathBuf> {
    let rings = RingFile::all(&file::folders(), wanted);
    rings.into_iter().filter(|(ring, _)| ring.is_left()).map(|(_, identity)| identity.output).collect()
}

/// Does the same for a process that starts, and holds `file`; what can't be written stays for the next, which is the
/// error.
pub(crate) fn at_start(file: &mut LogFile, asked: &Asked, limits: Limits) -> Result<(), NotAdded> {
    let mut outcome = Ok(());
    let wanted = |ring: &Identity| ring.is_of(asked);
    for output in outputs(wanted) {
        let mut found = Recovered::default();
        let mut added = if output == file.path() {
            add_those(file, |ring| wanted(ring) && ring.output == output, &mut found)
        } else {
            add_to_its_own(&output, limits, wanted, &mut found)
        };
        if added.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            // its folder is gone: what was asked for leads to another by now
            added = add_those(file, |ring| wanted(ring) && ring.output == output, &mut found);
        }
        match added {
            // whoever writes there adds it
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {}
            added => outcome = outcome.and(added.map_err(|error| NotAdded { error, output })),
        }
    }
    RingFile::sweep(&file::folders());
    outcome
}

/// Why what was left was not added to an output.
pub(crate) struct NotAdded {
    pub(crate) error: io::Error,
    pub(crate) output: PathBuf,
}

/// Whether so much is left for an output that a process has to see to it before it leaves a ring of its own.
pub(crate) fn is_out_of_bounds(asked: &Asked) -> bool {
    bound::is_exceeded(|ring| ring.is_of(asked))
}

/// Keeps what is left for an output that can't be written within bounds; how many lines are dropped for that is told to
/// `lose` first.
pub(crate) fn bound(asked: &Asked, lose: impl Fn(u64)) {
    bound::bound(|ring| ring.is_of(asked), lose);
}

fn add_to_its_own(
    output: &Path,
    limits: Limits,
    wanted: impl Fn(&Identity) -> bool,
    found: &mut Recovered,
) -> io::Result<()> {
    let mut file = LogFile::open(output, limits, &Arc::default())?;
    if !file.lock() {
        let why = format!("another process writes to `{}`", output.display());
        return Err(io::Error::new(io::ErrorKind::ResourceBusy, why));
    }
    add_those(&mut file, |ring| wanted(ring) && ring.output == output, found)
}

/// Adds the rings that are wanted, and that nobody holds, to a file whose lock this process has. Only who has that takes
/// a ring.
fn add_those(
    file: &mut LogFile,
    wanted: impl Fn(&Identity) -> bool,
    found: &mut Recovered,
) -> io::Result<()> {
    ready(file, None)?;
    for (ring, identity) in RingFile::all(&file::folders(), wanted) {
        if ring.take() {
            add::add(&ring, &identity.output, file, found)?;
        }
    }
    Ok(())
}

/// Sees to it that a line of `next` bytes can be written to the end of `file`, wherever that is by now.
///
/// # Errors
/// It can't.
pub(crate) fn ready(file: &mut LogFile, next: Option<usize>) -> io::Result<()> {
    loop {
        file.follow()?;
        settle(file, any_tells)?;
        if !file.make_room(next.unwrap_or(0))? {
            return Ok(());
        }
    }
}

/// Sees to it that `file` ends with a whole line or block. The beginning of one of a trace is cut off, and counted unless a ring
/// `tells` of it. Other text is ended.
fn settle(file: &mut LogFile, tells: impl Fn(Place) -> bool) -> io::Result<()> {
    let Some(Torn { place, is_piece }) = file.torn()? else { return Ok(()) };
    if !is_piece {
        return file.end_line();
    }
    let is_told = tells(place);
    if file.cut(place.offset).is_err() {
        return file.end_line();
    }
    if is_told {
        return Ok(());
    }
    let lost = render::lost(clock::now(), 1, Reason::Torn.name());
    file.append(&file.format().piece(&lost)).map_err(|(error, _)| error)
}

/// Whether a ring tells of a write to `place`. Its process may live on for a moment after it lost the file.
fn any_tells(place: Place) -> bool {
    let rings = RingFile::all(&file::folders(), |_| true);
    rings.iter().any(|(ring, _)| ring.tells_of(place))
}

#[cfg(fuzzing)]
pub(crate) mod fuzzing;
#[cfg(all(test, not(any(loom, flowtrace_portable))))]
mod tests;
