//! What cargo starts in place of a program: it gives the program its variables, and becomes it.
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};

use serde::{Deserialize, Serialize};

use super::plan::VARIABLE;
use super::rustc;

/// What programs are started with.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Start {
    /// Variables that are set.
    pub(super) set: Vec<(String, OsString)>,
    /// Variables that cargo was given and the program is not.
    pub(super) unset: Vec<String>,
    /// What the user has cargo start programs by.
    pub(super) runner: Vec<OsString>,
}

impl Start {
    fn load(path: &OsString) -> io::Result<Self> {
        Ok(serde_json::from_slice(&fs::read(Path::new(path))?)?)
    }

    /// Gives a program its variables.
    pub(super) fn dress(&self, command: &mut Command) {
        for name in self.unset.iter().map(String::as_str).chain([VARIABLE]) {
            command.env_remove(name);
        }
        command.envs(self.set.iter().map(|(name, value)| (name, value)));
    }
}

/// Starts the program in `words`, behind the file that says how.
pub(super) fn run(words: &[OsString]) -> ExitCode {
    let Some((path, program)) = words.split_first() else { return ExitCode::from(2) };
    let start = match Start::load(path) {
        Ok(start) => start,
        Err(error) => {
            eprintln!("flowtrace: {}: {error}", path.display());
            return ExitCode::from(2);
        }
    };
    let mut words = start.runner.iter().chain(program);
    let Some(first) = words.next() else { return ExitCode::from(2) };
    let mut command = Command::new(first);
    command.args(words);
    start.dress(&mut command);
    rustc::replace(command)
}
