//! The workspace, as `cargo metadata` tells it.
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Outcome};

/// What of it concerns us.
#[derive(Debug, Deserialize)]
pub(super) struct Workspace {
    #[serde(rename = "workspace_root")]
    pub(super) root: PathBuf,
    #[serde(rename = "target_directory")]
    pub(super) target: PathBuf,
    /// Where cargo keeps what it builds on the way; older versions know no such folder.
    #[serde(rename = "build_directory")]
    pub(super) build: Option<PathBuf>,
    packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    src_path: PathBuf,
    kind: Vec<String>,
}

/// A package of the workspace.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) root: PathBuf,
    /// What its crates are called in paths.
    pub(super) crates: BTreeSet<String>,
    /// The folders below `root` in which its sources lie; `""` where some lie in `root` itself.
    pub(super) folders: BTreeSet<PathBuf>,
}

impl Workspace {
    /// Asks cargo, with those of the user's options that say which workspace it is.
    pub(super) fn ask<S: AsRef<OsStr>>(cargo: &OsStr, options: &[S]) -> Outcome<Self> {
        let mut command = Command::new(cargo);
        command.args(["metadata", "--no-deps", "--format-version=1", "--quiet"]).args(options);
        let output = command.output().map_err(|error| Failure::at(cargo.display(), error))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            eprint!("{said}");
            return Err(Failure { code: Failure::UNABLE, message: None });
        }
        serde_json::from_slice(&output.stdout).map_err(|error| Failure::at("cargo metadata", error))
    }

    pub(super) fn members(&self) -> Vec<Member> {
        self.packages.iter().map(Package::member).collect()
    }
}

impl Package {
    fn member(&self) -> Member {
        let root = self.manifest_path.parent().unwrap_or(Path::new("/")).to_owned();
        let is_ours = |target: &&Target| target.kind.iter().all(|kind| kind != "custom-build");
        let folders = self.targets.iter().filter(is_ours).filter_map(|target| {
            let within = target.src_path.strip_prefix(&root).ok()?;
            let mut parts = within.components();
            let first = parts.next()?;
            // a file has a folder around it, or else lies in the root
            Some(parts.next().map_or_else(PathBuf::new, |_| PathBuf::from(first.as_os_str())))
        });
        let folders = folders.collect();
        let crates =
            self.targets.iter().filter(is_ours).map(|target| target.name.replace('-', "_")).collect();
        Member { name: self.name.clone(), root, crates, folders }
    }
}
