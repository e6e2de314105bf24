//! The runtime that members are linked with: built once, optimised, for the program's own copy of serde.
//!
//! A type's `Serialize` is that of one copy of serde, so the runtime must know the same one. Cargo has built it already,
//! which is why the runtime is built by a cargo of its own with that library named by hand.
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::artifacts::Artifact;
use super::plan::{Library, Plan, Runtime, VARIABLE};
use super::store::{self, Store};

/// How a crate is linked with the runtime.
#[derive(Default)]
pub(super) struct Linked {
    pub(super) arguments: Vec<OsString>,
}

impl Linked {
    fn new(library: &Path, search: impl IntoIterator<Item = OsString>) -> Self {
        let mut name = OsString::from("flowtrace_runtime=");
        name.push(library);
        let mut arguments = vec!["--extern".into(), name];
        arguments.extend(search);
        Self { arguments }
    }

    /// With the runtime that a member depends on.
    pub(super) fn users(library: &Library) -> Self {
        Self::new(&library.path, library.search.iter().map(|folder| format!("-L{folder}").into()))
    }
}

/// What is noted of a runtime that was built.
#[derive(Serialize, Deserialize)]
struct Built {
    rustc: OsString,
    path: PathBuf,
}

/// The runtime for `target`, built if it is not yet; or why it can't be.
pub(super) fn ready(
    plan: &Plan,
    target: Option<&str>,
    runtime: &Runtime,
    rustc: &OsString,
) -> Result<Linked, String> {
    let failed = |error: io::Error| format!("the runtime can't be built: {error}");
    let folder = folder(&plan.store, &plan.runtime_key);
    let note = note(&plan.store, &plan.runtime_key, target);
    let _lock = store::lock(&note.with_extension("lock")).map_err(failed)?;
    let built = fs::read(&note).ok().and_then(|bytes| serde_json::from_slice::<Built>(&bytes).ok());
    let built = built.filter(|built| built.rustc == *rustc && built.path.exists());
    let failure = failure(&plan.store, &plan.runtime_key);
    let path = if let Some(built) = built {
        built.path
    } else {
        let path = build(plan, target, runtime, rustc, &folder)
            .inspect_err(|why| drop(store::write(&failure, why.as_bytes())))?;
        let built = Built { rustc: rustc.clone(), path };
        let bytes = serde_json::to_vec(&built).map_err(|error| failed(error.into()))?;
        store::write(&note, &bytes).map_err(failed)?;
        built.path
    };
    Ok(Linked::new(&path, found_by(plan, target)))
}

/// The options by which the compiler finds a runtime that is depended on by way of another crate.
pub(super) fn found_by(plan: &Plan, target: Option<&str>) -> Vec<OsString> {
    let folders = search(&plan.store, &plan.runtime_key, target).into_iter();
    folders.map(|folder| [OsStr::new("-Ldependency="), folder.as_os_str()].join(OsStr::new(""))).collect()
}

/// The file that is there once the runtime for `target` is built.
fn note(store: &Store, key: &str, target: Option<&str>) -> PathBuf {
    folder(store, key).join(format!("{}.json", target.unwrap_or("host")))
}

/// Says what will take a while, if it will: what a wrapper says, cargo would say again with each build.
pub(super) fn announce(plan: &Plan) {
    let is_missing = |(target, runtime): (&String, &Runtime)| {
        let target = Some(&**target).filter(|target| !target.is_empty());
        matches!(runtime, Runtime::Plain | Runtime::ForSerde(_))
            && !note(&plan.store, &plan.runtime_key, target).exists()
    };
    if plan.runtimes.iter().any(is_missing) {
        eprintln!("   Compiling flowtrace-runtime v{} (once for this workspace)", env!("CARGO_PKG_VERSION"));
    }
}

/// The file that is there if the runtime could not be built.
pub(super) fn failure(store: &Store, key: &str) -> PathBuf {
    folder(store, key).join("failed")
}

fn folder(store: &Store, key: &str) -> PathBuf {
    store.0.join("runtime").join(key)
}

/// Where the compiler finds what a runtime depends on.
pub(super) fn search(store: &Store, key: &str, target: Option<&str>) -> Vec<PathBuf> {
    let folder = folder(store, key);
    let host = folder.join("release/deps");
    target.map(|target| folder.join(target).join("release/deps")).into_iter().chain([host]).collect()
}

fn build(
    plan: &Plan,
    target: Option<&str>,
    runtime: &Runtime,
    rustc: &OsString,
    folder: &Path,
) -> Result<PathBuf, String> {
    let failed = |error: io::Error| format!("the runtime can't be built: {error}");
    let sources = sources(folder).map_err(failed)?;
    let mut command = Command::new(&plan.cargo);
    command.args(["rustc", "--quiet", "--package=flowtrace-runtime", "--lib", "--no-default-features"]);
    command.args(["--release", "--config=profile.release.debug=false"]);
    command
        .args(["--message-format=json-render-diagnostics", "--manifest-path"])
        .arg(sources.join("Cargo.toml"));
    command.arg("--target-dir").arg(folder);
    // a checkout says itself which versions it was tested with
    command.args(beside().map(|_| "--locked")).args(plan.offline.then_some("--offline"));
    command.args(target.map(|target| format!("--target={target}")));
    command.args(["--", "--cfg=flowtrace_quiet"]);
    if let Runtime::ForSerde(serde) = runtime {
        let mut name = OsString::from("serde_core=");
        name.push(&serde.path);
        command.args(["--cfg=feature=\"serde\"", "--extern"]).arg(name);
        command.args(serde.search.iter().flat_map(|folder| ["-L", folder]));
    }
    // none of what is set for the user's program
    command.current_dir(&sources).env("RUSTC", rustc);
    for name in ["RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_BUILD_TARGET", VARIABLE] {
        command.env_remove(name);
    }
    command.env("CARGO_BUILD_BUILD_DIR", folder);
    // so that no crate is taken for the user's copy of the same
    command.env("CARGO_ENCODED_RUSTFLAGS", "-Cmetadata=flowtrace");
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().map_err(failed)?;
    if !output.status.success() {
        return Err("the runtime can't be built".to_owned());
    }
    let lines = output.stdout.split(|byte| *byte == b'\n');
    let artifacts = lines.filter_map(Artifact::of);
    let ours = artifacts.filter(|artifact| artifact.target.name == "flowtrace_runtime");
    let files = ours.flat_map(|artifact| artifact.filenames);
    let library = files.into_iter().find(|file| file.extension().is_some_and(|end| end == "rlib"));
    // in the folder of its dependencies it has a name that no other one has
    library.ok_or_else(|| "the runtime can't be built: cargo names no library".to_owned())
}

/// The sources of the runtime that belong to this command: those it was built beside, else those that were published.
fn sources(folder: &Path) -> io::Result<PathBuf> {
    if let Some(root) = beside() {
        return Ok(root.join("flowtrace-runtime"));
    }
    let package = folder.join("package");
    let version = env!("CARGO_PKG_VERSION");
    let manifest = format!(
        "[package]\nname = \"runtime\"\nedition = \"2024\"\n\n[lib]\npath = \"lib.rs\"\n\n[dependencies]\n\
         flowtrace-runtime = {{ version = \"={version}\", default-features = false }}\n\n[workspace]\n"
    );
    store::write(&package.join("lib.rs"), b"")?;
    store::write(&package.join("Cargo.toml"), manifest.as_bytes())?;
    Ok(package)
}

/// The checkout that this command was built in, if it is still there and of the same version.
fn beside() -> Option<&'static Path> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    let manifest = fs::read_to_string(root.join("Cargo.toml")).ok()?;
    let version = format!("version = \"{}\"", env!("CARGO_PKG_VERSION"));
    let is_there = root.join("flowtrace-runtime/Cargo.toml").exists();
    (is_there && manifest.lines().any(|line| line == version)).then_some(root)
}

/// When the sources of the runtime were changed last, if they lie in a checkout.
pub(super) fn changed() -> Option<u128> {
    let root = beside()?;
    let folders = ["flowtrace-runtime/src", "flowtrace-macros/src"];
    folders.iter().filter_map(|folder| newest(&root.join(folder))).max()
}

fn newest(folder: &Path) -> Option<u128> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    let times = entries.filter_map(|entry| {
        if entry.file_type().ok()?.is_dir() {
            return newest(&entry.path());
        }
        let changed = entry.metadata().ok()?.modified().ok()?;
        Some(changed.duration_since(UNIX_EPOCH).ok()?.as_nanos())
    });
    times.max()
}
