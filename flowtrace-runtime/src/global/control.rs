//! Follows the control file: a thread looks once a second whether it has changed.
//!
//! A thread of its own, and not the drainer: that one sleeps for good while nothing is traced, waits for as long as the
//! reader of a pipe does, and does not exist as long as the filter lets nothing through. An idle process wakes once a
//! second, for one `stat`.
use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, SystemTime};

use crate::global::ended::ended;
use crate::global::tracer::Tracer;
use crate::os;
use crate::settings::control::Changes;
use crate::thread::local;

/// How often the file is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// A file that was written so short a time ago may be written again without that its time tells.
const SETTLED: Duration = Duration::from_secs(2);
/// The largest file that is read.
const LARGEST: u64 = 64 * 1024;

/// The file, as it was looked at last.
pub(super) struct Control {
    path: PathBuf,
    /// Unless it may change without that this does.
    stamp: Option<Stamp>,
    /// What was read, or why it could not be.
    text: Option<Result<String, String>>,
}

impl Control {
    /// Has a new tracer take what its file says now, if it is to follow one.
    pub(super) fn begin(tracer: &Tracer) -> Option<Self> {
        let mut control = Self { path: tracer.control()?, stamp: None, text: None };
        control.look(tracer);
        Some(control)
    }

    /// Goes on with what the file will say.
    pub(super) fn follow(mut self, tracer: &'static Tracer) {
        let shown = self.path.display().to_string();
        let follow = move || {
            // the allocator may be traced
            local::leave_untraced();
            while !ended() {
                thread::sleep(EVERY);
                self.look(tracer);
            }
        };
        let thread = thread::Builder::new().name("flowtrace-control".to_owned());
        if let Err(error) = os::without_signals(|| thread.spawn(follow)) {
            crate::complain(&format!("`{shown}` is not followed: {error}; the settings stay as they are"));
        }
    }

    fn look(&mut self, tracer: &Tracer) {
        // while there is no file the settings stay
        let Ok(found) = fs::metadata(&self.path) else { return };
        let stamp = stamp(&found);
        if self.stamp == Some(stamp) {
            return;
        }
        let is_settled = found.modified().and_then(|at| at.elapsed().map_err(io::Error::other));
        self.stamp = is_settled.is_ok_and(|age| age > SETTLED).then_some(stamp);
        let text = match self.read() {
            Err(error) if error.kind() == ErrorKind::NotFound => return,
            text => text.map_err(|error| error.to_string()),
        };
        if self.text.as_ref() == Some(&text) {
            return;
        }
        match text.clone().and_then(|text| Changes::parse(&text)) {
            Ok(changes) => tracer.change(changes),
            Err(problem) => {
                let path = self.path.display();
                crate::complain(&format!("`{path}`: {problem}; the settings stay as they are"));
            }
        }
        self.text = Some(text);
    }

    /// Reads the file without waiting for anybody, whatever it is.
    fn read(&self) -> io::Result<String> {
        let file = os::file::at_once(OpenOptions::new().read(true)).open(&self.path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("is not a regular file"));
        }
        let mut text = String::new();
        file.take(LARGEST + 1).read_to_string(&mut text)?;
        if text.len() as u64 > LARGEST {
            return Err(io::Error::other(format!("is larger than {LARGEST} bytes")));
        }
        Ok(text)
    }
}

/// What changes with the file: which it is, its size, when it was written.
type Stamp = ((u64, u64), u64, Option<SystemTime>);

fn stamp(found: &Metadata) -> Stamp {
    (os::file::id(found), found.len(), found.modified().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::config::Config;

    fn control() -> (tempfile::TempDir, Control, Tracer) {
        let folder = tempfile::tempdir().expect("a folder");
        let control = Control { path: folder.path().join("control.toml"), stamp: None, text: None };
        (folder, control, Tracer::new(&Config::default()))
    }

    #[test]
    fn a_change_of_the_same_length_at_once_is_seen() {
        let (_folder, mut control, tracer) = control();
        for sample in ["1", "0", "1", "0"] {
            fs::write(&control.path, format!("sample = {sample}")).expect("written");
            control.look(&tracer);
            assert_eq!(tracer.samples(u64::MAX), sample == "1");
        }
    }

    #[test]
    fn an_invalid_file_and_one_that_goes_away_change_nothing() {
        let (_folder, mut control, tracer) = control();
        for text in ["sample = 0", "sample = 1\nfilter = maybe"] {
            fs::write(&control.path, text).expect("written");
            control.look(&tracer);
            assert!(!tracer.samples(u64::MAX));
        }
        fs::remove_file(&control.path).expect("removed");
        control.look(&tracer);
        assert!(!tracer.samples(u64::MAX));
    }

    #[test]
    fn what_is_no_file_of_settings_is_told_and_read_once() {
        let (folder, mut control, tracer) = control();
        control.path = folder.path().to_owned();
        control.look(&tracer);
        assert_eq!(control.text, Some(Err("is not a regular file".to_owned())));
        control.path = "/dev/zero".into();
        control.look(&tracer);
        assert_eq!(control.text, Some(Err("is not a regular file".to_owned())));
        control.path = folder.path().join("large");
        fs::write(&control.path, "#".repeat(65_537)).expect("written");
        control.look(&tracer);
        assert_eq!(control.text, Some(Err("is larger than 65536 bytes".to_owned())));
    }
}
