//! The folder of a run, in which each process has its file, and the links to the last one.
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::store::{self, Store};

/// How many runs are kept.
const KEPT: usize = 10;

/// A run.
pub(super) struct RunFolder {
    store: Store,
    pub(super) path: PathBuf,
}

impl RunFolder {
    /// Begins a run.
    pub(super) fn create(store: &Store) -> io::Result<Self> {
        fs::create_dir_all(store.runs())?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        // two runs may begin in one second
        for number in 1.. {
            let suffix = if number == 1 { String::new() } else { format!("-{number}") };
            let path = store.runs().join(format!("{}{suffix}", time(now)));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self { store: store.clone(), path }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// A run that was made, or the last one.
    pub(super) fn find(store: &Store, name: Option<&str>) -> io::Result<PathBuf> {
        let path = name.map_or_else(|| store.0.join("last"), |name| store.runs().join(name));
        fs::canonicalize(path)
    }

    /// Where a process writes: `{pid}` is filled in by the runtime.
    pub(super) fn output(&self) -> PathBuf {
        self.path.join("{pid}.ft")
    }

    /// Ends the run: it is the last one, unless nothing was traced. Runs beyond the tenth go.
    pub(super) fn finish(&self) -> io::Result<Vec<PathBuf>> {
        let files = traces(&self.path)?;
        let Some(largest) = files.iter().max_by_key(|file| fs::metadata(file).map_or(0, |file| file.len()))
        else {
            fs::remove_dir_all(&self.path)?;
            return Ok(files);
        };
        self.point("last", &self.path)?;
        self.point("last.ft", largest)?;
        let mut runs: Vec<PathBuf> =
            fs::read_dir(self.store.runs())?.flatten().map(|run| run.path()).collect();
        runs.sort_by_key(|run| fs::metadata(run).and_then(|run| run.modified()).ok());
        for old in &runs[..runs.len().saturating_sub(KEPT)] {
            fs::remove_dir_all(old)?;
        }
        Ok(files)
    }

    /// Where the last run is found: its file, or its folder if it has several.
    pub(super) fn last(&self) -> PathBuf {
        let files = traces(&self.path).map_or(0, |files| files.len());
        self.store.0.join(if files > 1 { "last" } else { "last.ft" })
    }

    fn point(&self, name: &str, to: &Path) -> io::Result<()> {
        let to = to.strip_prefix(&self.store.0).unwrap_or(to);
        let beside = self.store.0.join(format!("{name}.{}", std::process::id()));
        store::link_to(to, &beside)?;
        fs::rename(&beside, self.store.0.join(name))
    }
}

/// The traces in the folder of a run, in order.
pub(super) fn traces(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    let is_trace = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "ft");
    let mut files: Vec<PathBuf> = files.into_iter().filter(is_trace).collect();
    files.sort();
    Ok(files)
}

/// A time in UTC as the name of a folder, `2026-11-25T09-30-12`.
fn time(seconds: u64) -> String {
    let (mut days, seconds) = (seconds / 86_400, seconds % 86_400);
    let is_leap =
        |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year}-{month:02}-{:02}T{hour:02}-{minute:02}-{second:02}", days + 1)
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn a_run_is_named_after_the_time_it_began_at() {
        assert_eq!(time(0), "1970-01-01T00-00-00");
        assert_eq!(time(951_782_400), "2000-02-29T00-00-00");
        assert_eq!(time(1_798_761_599), "2026-12-31T23-59-59");
        assert_eq!(time(1_798_761_600), "2027-01-01T00-00-00");
    }
}
