//! What the environment and cargo's own configuration say: the one place where either is asked.
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// Cargo's configuration files, the nearest first, and what the command line adds to them before all.
pub(super) struct Configuration {
    tables: Vec<(PathBuf, Table)>,
}

/// The cargo that started us.
pub(super) fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// What the user set, if it is not empty.
pub(super) fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// The program that shows long texts.
pub(super) fn pager() -> OsString {
    variable("PAGER").unwrap_or_else(|| "less".into())
}

impl Configuration {
    /// Reads what cargo would read in `folder`. A file that can't be read is cargo's to complain of.
    pub(super) fn read(folder: &Path, settings: &[OsString]) -> Self {
        let mut tables = Vec::new();
        for setting in settings {
            let text = setting.to_string_lossy();
            let table = text.parse().ok().or_else(|| fs::read_to_string(&*text).ok()?.parse().ok());
            tables.extend(table.map(|table| (folder.to_owned(), table)));
        }
        let home = variable("CARGO_HOME").map(PathBuf::from);
        let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
        let folders = folder.ancestors().map(|folder| folder.join(".cargo")).chain(home);
        for folder in folders {
            let files = ["config", "config.toml"].map(|name| folder.join(name));
            let text = files.iter().find_map(|file| fs::read_to_string(file).ok());
            if let Some(table) = text.and_then(|text| text.parse().ok()) {
                tables.push((folder.parent().unwrap_or(&folder).to_owned(), table));
            }
        }
        Self { tables }
    }

    /// The first value of a key, and the folder that its relative paths begin at.
    fn get(&self, key: &[&str]) -> Option<(&Path, &Value)> {
        self.tables.iter().find_map(|(folder, table)| {
            let (last, tables) = key.split_last()?;
            let table = tables.iter().try_fold(table, |table, key| table.get(*key)?.as_table())?;
            Some((&**folder, table.get(*last)?))
        })
    }

    /// A program, and its arguments: a path with a folder in it begins where the file stands.
    fn program(&self, key: &[&str]) -> Option<Vec<OsString>> {
        let (folder, value) = self.get(key)?;
        let mut words = words(value)?;
        let program = words.first_mut()?;
        if Path::new(program).components().count() > 1 {
            *program = folder.join(&*program).into();
        }
        Some(words)
    }

    /// The targets that cargo builds for if no option says so.
    pub(super) fn targets(&self) -> Vec<OsString> {
        let set = variable("CARGO_BUILD_TARGET").map(|target| vec![target]);
        set.or_else(|| words(self.get(&["build", "target"])?.1)).unwrap_or_default()
    }

    /// The user's wrapper around the compiler of members.
    pub(super) fn workspace_wrapper(&self) -> Option<PathBuf> {
        self.wrapper("RUSTC_WORKSPACE_WRAPPER", "rustc-workspace-wrapper")
    }

    /// The user's wrapper around the compiler of everything.
    pub(super) fn rustc_wrapper(&self) -> Option<PathBuf> {
        self.wrapper("RUSTC_WRAPPER", "rustc-wrapper")
    }

    fn wrapper(&self, variable_name: &str, key: &str) -> Option<PathBuf> {
        let long = format!("CARGO_BUILD_{variable_name}");
        // an empty one switches off what a file says
        if let Some(value) = env::var_os(variable_name).or_else(|| env::var_os(long)) {
            return (!value.is_empty()).then(|| value.into());
        }
        self.program(&["build", key]).and_then(|words| words.into_iter().next()).map(PathBuf::from)
    }

    /// What starts the user's programs for `target`.
    pub(super) fn runner(&self, target: &str) -> Vec<OsString> {
        let set = variable(&runner_variable(target)).map(|value| split(&value.to_string_lossy()));
        set.or_else(|| self.program(&["target", target, "runner"])).unwrap_or_default()
    }

    /// The options of rustdoc.
    pub(super) fn rustdoc_flags(&self, target: &str) -> Vec<OsString> {
        if let Some(flags) = variable("CARGO_ENCODED_RUSTDOCFLAGS") {
            return flags.to_string_lossy().split('\x1f').map(OsString::from).collect();
        }
        if let Some(flags) = variable("RUSTDOCFLAGS") {
            return split(&flags.to_string_lossy());
        }
        let found =
            self.get(&["target", target, "rustdocflags"]).or_else(|| self.get(&["build", "rustdocflags"]));
        found.and_then(|(_, value)| words(value)).unwrap_or_default()
    }
}

/// The variable by which cargo is told what starts programs for `target`.
pub(super) fn runner_variable(target: &str) -> String {
    format!("CARGO_TARGET_{}_RUNNER", target.to_uppercase().replace(['-', '.'], "_"))
}

fn split(text: &str) -> Vec<OsString> {
    text.split_whitespace().map(OsString::from).collect()
}

/// A string of words, or a list of them.
fn words(value: &Value) -> Option<Vec<OsString>> {
    match value {
        Value::String(text) => Some(split(text)),
        Value::Array(list) => list.iter().map(|word| word.as_str().map(OsString::from)).collect(),
        _ => None,
    }
}
