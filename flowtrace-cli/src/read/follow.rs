//! A file that grows is read on and on, as `tail -F` does.
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;

use flowtrace_runtime::compact::is_compact;

/// How often it is looked whether there is more.
const EVERY: Duration = Duration::from_millis(50);

/// Waits at the end of the file for more. Follows the name when the file is rotated away, and begins anew when it is
/// truncated.
pub(super) struct Follow {
    path: PathBuf,
    file: File,
    /// The file has no lines: what is cut off of a compact one is found by whoever reads it.
    is_compact: Option<bool>,
    /// A line that was cut off by the change must not run into the next.
    owes_line_end: bool,
}

impl Follow {
    pub(super) fn open(path: PathBuf) -> io::Result<Self> {
        let file = File::open(&path)?;
        Ok(Self { path, file, is_compact: None, owes_line_end: false })
    }

    /// Looks whether the name stands for another file, or for less of this one. One that is not there may come.
    fn look(&mut self) -> io::Result<()> {
        let Ok(named) = fs::metadata(&self.path) else { return Ok(()) };
        let own = self.file.metadata()?;
        if (named.dev(), named.ino()) != (own.dev(), own.ino()) {
            self.file = File::open(&self.path)?;
            self.owes_line_end = self.is_compact != Some(true);
        } else if own.len() < self.file.stream_position()? {
            self.file.rewind()?;
            self.owes_line_end = self.is_compact != Some(true);
        }
        Ok(())
    }
}

impl Read for Follow {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if std::mem::take(&mut self.owes_line_end) {
                into[0] = b'\n';
                return Ok(1);
            }
            match self.file.read(into)? {
                0 => {}
                count => {
                    self.is_compact.get_or_insert_with(|| is_compact(&into[..count]));
                    return Ok(count);
                }
            }
            self.look()?;
            if !self.owes_line_end {
                std::thread::sleep(EVERY);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Write};

    #[test]
    fn a_file_is_followed_as_it_grows_is_truncated_and_is_rotated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trace.jsonl");
        let mut file = File::create(&path).unwrap();
        let mut lines = BufReader::new(Follow::open(path.clone()).unwrap()).lines().map(Result::unwrap);
        // the first line of a new file may come after the line end that is owed to the old one
        let mut next = || lines.by_ref().find(|line| !line.is_empty()).unwrap();
        for word in ["one", "two"] {
            writeln!(file, "{word}").unwrap();
            assert_eq!(next(), word);
        }
        file.set_len(0).unwrap();
        file.rewind().unwrap();
        writeln!(file, "3").unwrap();
        assert_eq!(next(), "3");
        fs::rename(&path, folder.path().join("trace.jsonl.1")).unwrap();
        fs::write(&path, "four\n").unwrap();
        assert_eq!(next(), "four");
    }
}
