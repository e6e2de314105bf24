//! What is traced and how: from options, `flowtrace.toml` beside the workspace, and the environment.
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;

use super::environment;
use super::options::Tracing;
use crate::failure::{Failure, Outcome};

/// Lasting choices.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lasting {
    /// Paths of what is not traced.
    #[serde(default)]
    pub(super) skip: Vec<String>,
    /// As `FLOWTRACE_THIN`.
    thin: Option<String>,
    /// As `FLOWTRACE_REDACT`, name by name.
    #[serde(default)]
    redact: Vec<String>,
}

impl Lasting {
    /// Reads `flowtrace.toml` in `folder`, if there is one.
    pub(super) fn read(folder: &Path) -> Outcome<Self> {
        let path = folder.join("flowtrace.toml");
        match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|error| Failure::at(path.display(), error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Failure::at(path.display(), error)),
        }
    }
}

/// The variables that a traced program gets, but for those that the user has set.
pub(super) fn variables(options: &Tracing, lasting: &Lasting, output: &Path) -> Vec<(String, OsString)> {
    let max_bytes = options.max_bytes.as_deref().unwrap_or("200M");
    let thin = lasting.thin.as_deref().unwrap_or("100/10");
    let mut variables = vec![
        ("FLOWTRACE_OUTPUT", OsString::from(output)),
        ("FLOWTRACE_MAX_VALUE_BYTES", "128".into()),
        ("FLOWTRACE_MAX_BYTES", max_bytes.into()),
    ];
    if !options.all {
        variables.push(("FLOWTRACE_THIN", thin.into()));
    }
    if !lasting.redact.is_empty() {
        variables.push(("FLOWTRACE_REDACT", lasting.redact.join(",").into()));
    }
    let unset = variables.into_iter().filter(|(name, _)| environment::variable(name).is_none());
    unset.map(|(name, value)| (name.to_owned(), value)).collect()
}
