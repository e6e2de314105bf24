//! What is decided once for a build, and told to each wrapper by a file.
//!
//! The file's name has a digest of its content. So what cargo notes as the value of the variable changes when, and only when,
//! what is built with it would.
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::store::{self, Store};
use super::workspace::Member;

/// The variable that names the file.
pub(super) const VARIABLE: &str = "FLOWTRACE_CARGO";

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    /// This command's version, and what tells one of its builds from the next.
    pub(super) version: String,
    pub(super) store: Store,
    /// The root of the workspace.
    pub(super) root: PathBuf,
    pub(super) members: Vec<Member>,
    /// Paths of what alone is traced, if there are any.
    pub(super) only: Vec<String>,
    /// Paths of what is not traced.
    pub(super) skip: Vec<String>,
    /// Arguments and results are written.
    pub(super) values: bool,
    /// Name each function that is left alone.
    pub(super) verbose: bool,
    /// The runtime by target; `""` where the user names no target.
    pub(super) runtimes: BTreeMap<String, Runtime>,
    pub(super) cargo: OsString,
    /// The digest of all that the build of a runtime depends on.
    pub(super) runtime_key: String,
    pub(super) offline: bool,
    /// The user's own wrapper around the compiler of members.
    pub(super) workspace_wrapper: Option<PathBuf>,
    /// The user's own wrapper around the compiler of everything.
    pub(super) rustc_wrapper: Option<PathBuf>,
}

/// Which runtime the members are linked with: there is one in a process.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) enum Runtime {
    /// One of our own, without serde.
    #[default]
    Plain,
    /// One of our own, for the program's serde.
    ForSerde(Library),
    /// The one that a member depends on.
    Users(Library),
    /// The one that is a member itself: only the members that depend on it are traced.
    Member,
}

/// A crate that cargo has built.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq, Hash)]
pub(super) struct Library {
    pub(super) path: PathBuf,
    /// What `-L` said where it was used.
    pub(super) search: Vec<String>,
    /// Its length and the time of its change, in nanoseconds.
    pub(super) stamp: (u128, u64),
}

impl Plan {
    /// Writes it into the store; the path of the file.
    pub(super) fn save(&self) -> io::Result<PathBuf> {
        let text = serde_json::to_string(self)?;
        let path = self.store.0.join("plans").join(store::digest(&text));
        if !path.exists() {
            store::write(&path, text.as_bytes())?;
        }
        Ok(path)
    }

    /// The plan that the environment names.
    pub(super) fn load() -> io::Result<Self> {
        let path = std::env::var_os(VARIABLE).ok_or_else(|| {
            io::Error::other(format!("`{VARIABLE}` is not set; this program is started by `cargo flowtrace`"))
        })?;
        Ok(serde_json::from_slice(&fs::read(Path::new(&path))?)?)
    }

    /// The member whose package lies in `root`.
    pub(super) fn member(&self, root: &Path) -> Option<&Member> {
        self.members.iter().find(|member| member.root == root)
    }

    /// The runtime for a crate that is compiled for `target`; none for one that runs at build time alone.
    pub(super) fn runtime(&self, target: Option<&str>) -> Option<&Runtime> {
        self.runtimes.get(target.unwrap_or_default())
    }
}
