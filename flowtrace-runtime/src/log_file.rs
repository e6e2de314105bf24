//! A regular file that lines are appended to: one process at a time, whatever happens to the file, and in parts of a
//! bounded size if so configured.
use std::collections::VecDeque;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::fd::IntoRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::held::Held;
use crate::sys;

/// How large files get and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Limits {
    /// Bytes of a file; 0 is no limit.
    pub(crate) file_bytes: u64,
    /// Files, the one that is written to included; 0 is no limit.
    pub(crate) files: usize,
}

/// A file that is open for appending.
pub(crate) struct LogFile {
    path: PathBuf,
    file: File,
    limits: Limits,
    held: Arc<Held>,
    /// The numbers of the files that were moved aside, once they are known.
    aside: Option<VecDeque<u64>>,
    /// What it was when last looked at.
    id: (u64, u64),
    size: u64,
}

/// How many copies of this library may write to one output in a process.
const COPIES: u32 = 100;

/// What became of the file since it was last looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Nothing.
    Same,
    /// It is another one, or another's hand cut it: a line that was half written is not there any more.
    Fresh,
}

impl LogFile {
    /// Opens `path`, and makes it if it is not there. It is not locked yet.
    ///
    /// # Errors
    /// It can't be opened.
    pub(crate) fn open(path: &Path, limits: Limits, held: &Arc<Held>) -> io::Result<Self> {
        let (file, meta) = append(path)?;
        let path = fs::canonicalize(path)?;
        held.set(&file);
        let held = Arc::clone(held);
        Ok(Self { path, file, limits, held, aside: None, id: id(&meta), size: meta.size() })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes this process the only one that writes to the file; false if another one is. Where the file system knows no
    /// locks, nobody can be kept off.
    pub(crate) fn lock(&self) -> bool {
        !matches!(sys::lock_for_writing(&self.file), Err(fs::TryLockError::WouldBlock))
    }

    /// Sees to it that the next write goes to where the path leads, whoever moved, removed or cut the file, and that no
    /// file outgrows its limit by a line of `next` bytes. Without it the rest of a line is written, which begins no file.
    ///
    /// # Errors
    /// There is no such file any more, and none can be made.
    pub(crate) fn prepare(&mut self, next: Option<usize>) -> io::Result<Change> {
        let mut change = Change::Same;
        match fs::metadata(&self.path) {
            Ok(meta) if id(&meta) == self.id => {
                if !self.held.is_ours() {
                    self.reopen()?;
                }
                if meta.size() < self.size {
                    change = Change::Fresh;
                }
                self.size = meta.size();
            }
            // what can't be looked at can still be written
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {
                self.reopen()?;
                self.end_torn_line()?;
                change = Change::Fresh;
            }
        }
        let Limits { file_bytes, .. } = self.limits;
        if let Some(next) = next
            && file_bytes > 0
            && self.size > 0
            && self.size + next as u64 > file_bytes
        {
            self.rotate()?;
        }
        Ok(change)
    }

    /// How many bytes the file may still take.
    pub(crate) fn room(&self) -> usize {
        match self.limits.file_bytes {
            0 => usize::MAX,
            most => usize::try_from(most.saturating_sub(self.size)).unwrap_or(usize::MAX),
        }
    }

    /// One write at the end; how many bytes were taken.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.held.is_ours() {
            return Err(io::ErrorKind::NotConnected.into());
        }
        let written = sys::write(std::os::fd::AsFd::as_fd(&self.file), bytes)?;
        self.size += written as u64;
        Ok(written)
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.take(append(&self.path)?);
        if self.lock() { Ok(()) } else { self.step_aside() }
    }

    /// Goes on with a file of this process's own, since another process writes to the one that was asked for.
    ///
    /// # Errors
    /// There is none to be had.
    pub(crate) fn step_aside(&mut self) -> io::Result<()> {
        let asked = self.path.clone();
        self.aside = None;
        let of_this = of_process(&asked, std::process::id());
        // a process may hold several copies of this library
        for number in 1..COPIES {
            self.path = if number == 1 { of_this.clone() } else { of_process(&of_this, number) };
            let Ok(opened) = append(&self.path) else { break };
            self.take(opened);
            if self.lock() {
                let (asked, own) = (asked.display(), self.path.display());
                crate::complain(&format!("another process writes to `{asked}`; this one goes on in `{own}`"));
                return Ok(());
            }
        }
        // not to be taken for ours by the next try
        (self.path, self.id) = (asked, (0, 0));
        Err(io::ErrorKind::ResourceBusy.into())
    }

    fn take(&mut self, (file, meta): (File, Metadata)) {
        let before = std::mem::replace(&mut self.file, file);
        if !self.held.is_ours() {
            // the number is another's by now, who is to close it
            let _ = before.into_raw_fd();
        }
        (self.id, self.size) = (id(&meta), meta.size());
        self.held.set(&self.file);
    }

    /// Ends a line that somebody left unended, so that the next does not become a part of it.
    pub(crate) fn end_torn_line(&mut self) -> io::Result<()> {
        if self.tail(1)?.last().is_some_and(|last| *last != b'\n') && self.write(b"\n")? == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        Ok(())
    }

    /// Its last bytes, at most `most`. What can't be read back is taken for well ended.
    pub(crate) fn tail(&self, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match File::open(&self.path) {
            Ok(mut file) => {
                let len = file.metadata()?.size();
                file.seek(SeekFrom::Start(len.saturating_sub(most)))?;
                file.take(most).read_to_end(&mut bytes)?;
            }
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            Err(error) => return Err(error),
        }
        Ok(bytes)
    }

    /// Moves the file aside, as `path.1`, the next time as `path.2`, and so on, removes the oldest if there are too many,
    /// and begins a new one.
    fn rotate(&mut self) -> io::Result<()> {
        let aside = match self.aside.take() {
            Some(aside) => aside,
            None => self.find_aside()?,
        };
        let aside = self.aside.insert(aside);
        let numbered = |number: u64| {
            let mut path = self.path.clone().into_os_string();
            path.push(format!(".{number}"));
            PathBuf::from(path)
        };
        let next = aside.back().map_or(1, |last| last + 1);
        fs::rename(&self.path, numbered(next))?;
        aside.push_back(next);
        while self.limits.files > 0 && aside.len() >= self.limits.files {
            match aside.pop_front().map(|oldest| fs::remove_file(numbered(oldest))) {
                Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        self.reopen()
    }

    /// The numbers of the files that were moved aside before, the oldest first.
    fn find_aside(&self) -> io::Result<VecDeque<u64>> {
        let (folder, name) = (self.path.parent(), self.path.file_name().unwrap_or_default());
        let number = |entry: fs::DirEntry| {
            let entry = entry.file_name();
            let number = entry.as_bytes().strip_prefix(name.as_bytes())?.strip_prefix(b".")?;
            std::str::from_utf8(number).ok()?.parse().ok()
        };
        let entries = fs::read_dir(folder.unwrap_or(Path::new("/")))?;
        let mut numbers: Vec<u64> = entries.filter_map(Result::ok).filter_map(number).collect();
        numbers.sort_unstable();
        Ok(numbers.into())
    }
}

/// A new one is for this user alone, since a trace holds values.
fn append(path: &Path) -> io::Result<(File, Metadata)> {
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    let meta = file.metadata()?;
    Ok((file, meta))
}

fn id(meta: &Metadata) -> (u64, u64) {
    (meta.dev(), meta.ino())
}

/// `trace-4711.jsonl` for `trace.jsonl`: the file of a process that finds another one at its output.
pub(crate) fn of_process(path: &Path, process: u32) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map(|extension| format!(".{}", extension.to_string_lossy()));
    path.with_file_name(format!("{stem}-{process}{}", extension.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path, limits: Limits) -> LogFile {
        LogFile::open(path, limits, &Arc::default()).expect("a file")
    }

    fn push(file: &mut LogFile, line: &str) -> Change {
        let change = file.prepare(Some(line.len())).expect("prepared");
        assert_eq!(file.write(line.as_bytes()).expect("written"), line.len());
        change
    }

    fn names(folder: &Path) -> Vec<(String, String)> {
        let mut all: Vec<_> = fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry"))
            .map(|entry| {
                (
                    entry.file_name().into_string().expect("UTF-8"),
                    fs::read_to_string(entry.path()).expect("text"),
                )
            })
            .collect();
        all.sort();
        all
    }

    fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn files_are_rotated_at_their_limit_and_the_oldest_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut file = open(&folder.path().join("t"), Limits { file_bytes: 8, files: 3 });
        for line in ["a\n", "bbbb\n", "cccccccccccccccc\n", "d\n", "e\n"] {
            push(&mut file, line);
        }
        let left = [("t", "d\ne\n"), ("t.1", "a\nbbbb\n"), ("t.2", "cccccccccccccccc\n")];
        assert_eq!(names(folder.path()), pairs(left));
        push(&mut file, "ffffff\n");
        let left = [("t", "ffffff\n"), ("t.2", "cccccccccccccccc\n"), ("t.3", "d\ne\n")];
        assert_eq!(names(folder.path()), pairs(left));
    }

    #[test]
    fn without_a_limit_on_their_number_all_files_are_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut file = open(&folder.path().join("t"), Limits { file_bytes: 1, files: 0 });
        for n in 0..20 {
            push(&mut file, &format!("{n}\n"));
        }
        assert_eq!(names(folder.path()).len(), 20);
        assert_eq!(fs::read_to_string(folder.path().join("t.1")).expect("the first"), "0\n");
    }

    #[test]
    fn with_a_single_file_its_lines_go() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut file = open(&folder.path().join("t"), Limits { file_bytes: 4, files: 1 });
        push(&mut file, "aaa\n");
        push(&mut file, "bbb\n");
        assert_eq!(names(folder.path()), pairs([("t", "bbb\n")]));
    }

    #[test]
    fn numbers_go_on_behind_those_of_earlier_processes() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("t.2"), "old\n").expect("written");
        let mut file = open(&folder.path().join("t"), Limits { file_bytes: 4, files: 0 });
        push(&mut file, "aaa\n");
        push(&mut file, "bbb\n");
        assert_eq!(names(folder.path()), pairs([("t", "bbb\n"), ("t.2", "old\n"), ("t.3", "aaa\n")]));
    }

    #[test]
    fn a_file_that_is_moved_removed_or_cut_is_noticed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t");
        let mut file = open(&path, Limits::default());
        assert_eq!(push(&mut file, "a\n"), Change::Same);
        fs::rename(&path, folder.path().join("t.1")).expect("moved");
        assert_eq!(push(&mut file, "b\n"), Change::Fresh);
        assert_eq!(names(folder.path()), pairs([("t", "b\n"), ("t.1", "a\n")]));
        fs::remove_file(&path).expect("removed");
        assert_eq!(push(&mut file, "c\n"), Change::Fresh);
        // copytruncate
        File::options().write(true).open(&path).and_then(|file| file.set_len(0)).expect("cut");
        assert_eq!(push(&mut file, "d\n"), Change::Fresh);
        assert_eq!(fs::read_to_string(&path).expect("text"), "d\n");
    }

    #[test]
    fn one_process_at_a_time_has_the_lock() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t");
        let (first, second) = (open(&path, Limits::default()), open(&path, Limits::default()));
        assert!(first.lock() && !second.lock());
        drop(first);
        assert!(second.lock());
    }

    #[test]
    fn whoever_only_reads_a_file_keeps_no_writer_off() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t");
        let (first, second) = (open(&path, Limits::default()), open(&path, Limits::default()));
        let reader = File::open(&path).expect("a reader");
        reader.try_lock().expect("nobody holds it in this way");
        assert!(first.lock() && !second.lock());
    }

    #[test]
    fn each_copy_of_the_runtime_in_a_process_has_a_file_of_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t");
        let mut copies = [(); 4].map(|()| open(&path, Limits::default()));
        for copy in &mut copies {
            if !copy.lock() {
                copy.step_aside().expect("a file of its own");
            }
            push(copy, "a\n");
        }
        let process = std::process::id();
        let own = [format!("t-{process}"), format!("t-{process}-2"), format!("t-{process}-3")];
        let there: Vec<_> = names(folder.path()).into_iter().collect();
        let [first, second, third] = own.each_ref().map(|name| (name.as_str(), "a\n"));
        assert_eq!(there, pairs([("t", "a\n"), first, second, third]));
    }

    #[test]
    fn a_torn_line_is_ended() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t");
        for (before, after) in [("", ""), ("a\n", "a\n"), ("a\n{\"b", "a\n{\"b\n")] {
            fs::write(&path, before).expect("written");
            open(&path, Limits::default()).end_torn_line().expect("ended");
            assert_eq!(fs::read_to_string(&path).expect("text"), after);
        }
    }

    #[test]
    fn a_process_of_its_own_has_a_file_of_its_own() {
        for (path, own) in [("a/trace.jsonl", "a/trace-7.jsonl"), ("trace", "trace-7"), ("/a/.t", "/a/.t-7")]
        {
            assert_eq!(of_process(Path::new(path), 7), Path::new(own));
        }
    }
}
