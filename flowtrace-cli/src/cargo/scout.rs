//! A first pass of the same cargo command that compiles what members depend on, and of the members nothing: it tells with
//! which serde they would be compiled.
//!
//! For each member the wrapper writes a note in place of what the compiler would, so that cargo itself knows when to look
//! again. Cargo gives the files of each wrapper names of their own; nothing is built from the notes.
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::artifacts::{Artifact, ArtifactTarget};
use super::plan::{Library, Runtime, VARIABLE};
use super::rustc::{self, Invocation};
use super::store;

/// What stands in a file that a compiler would have written.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    /// The first key, by which a note is known.
    flowtrace: u8,
    target: Option<String>,
    /// The crates that concern us, by name.
    externs: BTreeMap<String, PathBuf>,
    search: Vec<String>,
}

const BEGIN: &str = "{\"flowtrace\":";
/// The crates that concern us: serde, and a runtime that the user depends on.
const SERDE: [&str; 2] = ["serde_core", "serde"];
const RUNTIME: &str = "flowtrace_runtime";

/// The part of the compiler in the first pass.
pub(super) fn wrap(words: &[OsString]) -> ExitCode {
    let Some((compiler, rest)) = words.split_first() else { return ExitCode::from(2) };
    let Some(invocation) = Invocation::of(rest) else {
        let mut command = Command::new(compiler);
        command.args(rest);
        return rustc::replace(command);
    };
    match pretend(&invocation) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("flowtrace: cannot take note of `{}`: {error}", invocation.crate_name());
            ExitCode::from(2)
        }
    }
}

fn pretend(invocation: &Invocation<'_>) -> io::Result<()> {
    let missing = || io::Error::other("cargo names no output folder");
    let externs = SERDE
        .iter()
        .chain([&RUNTIME])
        .filter_map(|name| Some(((*name).to_owned(), PathBuf::from(invocation.dependency(name)?))));
    let note = Note {
        flowtrace: 1,
        target: invocation.value("--target").map(str::to_owned),
        externs: externs.collect(),
        search: invocation.values("-L").map(str::to_owned).collect(),
    };
    let note = serde_json::to_vec(&note)?;
    let dep_info = invocation.output("", ".d").ok_or_else(missing)?;
    let source = invocation.source().display().to_string().replace(' ', "\\ ");
    let program = invocation.output("", "").ok_or_else(missing)?;
    if invocation.crate_name().starts_with("build_script_") {
        if fs::symlink_metadata(&program).is_ok() {
            fs::remove_file(&program)?;
        }
        store::link_to(&std::env::current_exe()?, &program)?;
    } else {
        let kinds: Vec<&str> = invocation.values("--crate-type").collect();
        let libraries: &[&str] = &[".rlib", ".rmeta", ".so", ".a"];
        let is_library = !kinds.is_empty() && kinds.iter().all(|kind| *kind != "bin");
        let files = libraries.iter().filter(|_| is_library).filter_map(|end| invocation.output("lib", end));
        for file in files.chain([program]) {
            fs::write(file, &note)?;
        }
    }
    fs::write(&dep_info, format!("{}: {source}\n", dep_info.display().to_string().replace(' ', "\\ ")))
}

/// Whether cargo starts this as a member's build script, in the first pass.
pub(super) fn is_build_script(name: &str) -> bool {
    name.starts_with("build-script-") && std::env::var_os(VARIABLE).is_some()
}

pub(super) fn pose_as_build_script() -> ExitCode {
    // looked at again when the manifest changes, not with each source file
    println!("cargo:rerun-if-changed=Cargo.toml");
    ExitCode::SUCCESS
}

/// What the first pass found.
#[derive(Default)]
pub(super) struct Findings {
    notes: Vec<Note>,
    /// Copies of serde, by the name of the crate.
    serdes: Vec<(String, PathBuf)>,
}

/// Runs the first pass. What of it fails, the build will tell; what cargo says of its progress is passed on, but for members.
pub(super) fn look(mut cargo: Command, members: &[&str], is_quiet: bool) -> io::Result<Findings> {
    let mut child = cargo.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let found = std::thread::scope(|scope| {
        scope.spawn(|| {
            for line in BufReader::new(stderr?).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line);
                if !is_quiet && is_news(&line, members) {
                    eprintln!("{line}");
                }
            }
            Some(())
        });
        let mut found = Findings::default();
        let Some(stdout) = stdout else { return found };
        for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
            if let Some(Artifact { target, filenames, .. }) = Artifact::of(&line) {
                found.take(&target, &filenames);
            }
        }
        found
    });
    child.wait()?;
    Ok(found)
}

/// Whether a line of cargo's is of its progress, and not of a member: what it is doing stands before column 12.
fn is_news(line: &str, members: &[&str]) -> bool {
    let mut plain = String::new();
    let mut parts = line.split('\u{1b}');
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    let mut words = plain.split_whitespace();
    let (verb, what) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let told_later = ["Finished", "Running", "Executable"].contains(&verb);
    plain.starts_with(' ') && !told_later && !(verb == "Compiling" && members.contains(&what))
}

impl Findings {
    fn take(&mut self, target: &ArtifactTarget, files: &[PathBuf]) {
        let note = files.iter().find_map(|file| read_note(file));
        let is_macro = target.kind.iter().any(|kind| kind == "proc-macro");
        if let Some(note) = note {
            if !is_macro {
                self.notes.push(note);
            }
        } else if SERDE.contains(&&*target.name) {
            self.serdes.extend(files.first().map(|file| (target.name.clone(), file.clone())));
        }
    }

    /// The runtime for members that are compiled for `target`, or without one.
    pub(super) fn runtime(&self, target: Option<&str>) -> Runtime {
        let notes = || self.notes.iter().filter(|note| note.target.as_deref() == target);
        let named = |name: &str| -> Vec<Library> {
            notes().filter_map(|note| library(note.externs.get(name)?, &note.search)).collect()
        };
        if notes().filter_map(|note| note.externs.get(RUNTIME)).any(|path| read_note(path).is_some()) {
            return Runtime::Member;
        }
        if let Some(library) = most(&named(RUNTIME)) {
            return Runtime::Users(library);
        }
        let direct = SERDE.iter().find_map(|name| most(&named(name)));
        direct.or_else(|| self.indirect(target)).map_or(Runtime::Plain, Runtime::ForSerde)
    }

    /// The copy of serde that is not named by a member, but is by what they depend on.
    fn indirect(&self, target: Option<&str>) -> Option<Library> {
        let fits = |path: &Path| {
            target.is_none_or(|target| path.components().any(|part| part.as_os_str() == target))
        };
        SERDE.iter().find_map(|name| {
            let mut found = self.serdes.iter().filter(|(own, path)| own == name && fits(path));
            let (_, path) = found.next()?;
            let search = self.notes.iter().filter(|note| note.target.as_deref() == target);
            let search: Vec<String> = search.flat_map(|note| note.search.iter().cloned()).collect();
            found.next().is_none().then(|| library(path, &search)).flatten()
        })
    }
}

/// The one that is used most.
fn most(libraries: &[Library]) -> Option<Library> {
    let count = |library: &Library| libraries.iter().filter(|other| other.path == library.path).count();
    libraries.iter().max_by_key(|library| count(library)).cloned()
}

fn library(path: &Path, search: &[String]) -> Option<Library> {
    // a program is linked with the whole library, of which cargo may have named the front
    let whole = path.with_extension("rlib");
    let path = if whole.exists() { whole } else { path.to_owned() };
    if read_note(&path).is_some() {
        return None;
    }
    let (changed, length) = store::stamp(&path)?;
    let changed = changed.duration_since(UNIX_EPOCH).ok()?.as_nanos();
    let mut search = search.to_vec();
    search.sort();
    search.dedup();
    Some(Library { path, search, stamp: (changed, length) })
}

fn read_note(path: &Path) -> Option<Note> {
    let mut file = fs::File::open(path).ok()?;
    let mut begin = [0; BEGIN.len()];
    file.read_exact(&mut begin).ok()?;
    if begin != BEGIN.as_bytes() {
        return None;
    }
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_news_but_for_members_and_errors() {
        let news = |line| is_news(line, &["app"]);
        assert!(news("   Compiling libc v0.2.1"));
        assert!(news("\u{1b}[1m\u{1b}[92m   Compiling\u{1b}[0m libc v0.2.1"));
        assert!(news("    Updating crates.io index"));
        assert!(!news("   Compiling app v0.1.0 (/home/app)"));
        assert!(!news("    Finished `dev` profile"));
        assert!(!news("error: could not compile `libc`"));
        assert!(!news(""));
    }
}
