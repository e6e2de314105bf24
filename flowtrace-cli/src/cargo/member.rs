//! The part of the compiler for members: the annotated copy is compiled in place of the source.
//!
//! Where it does not compile, the functions to which the errors point go without the attribute; if that does not help, the crate
//! is compiled as it is. An error of the user's own is told as the compiler tells it for the user's source.
use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};

use super::copy::PackageCopy;
use super::dep_info;
use super::diagnostics::Message;
use super::plan::{Plan, Runtime, VARIABLE};
use super::runtime::{self, Linked};
use super::rustc::{self, Invocation};
use super::workspace::Member;
use crate::failure::Failure;

/// How often functions are left alone before the crate is.
const ROUNDS: usize = 8;

/// Compiles what cargo asks for.
pub(super) fn wrap(words: &[OsString]) -> ExitCode {
    let Some((rustc, rest)) = words.split_first() else { return ExitCode::from(2) };
    let plan = match Plan::load() {
        Ok(plan) => plan,
        Err(error) => {
            eprintln!("flowtrace: {error}");
            return ExitCode::from(2);
        }
    };
    let as_it_is = || {
        let mut command = rustc::compiler(&plan, rustc);
        command.args(rest);
        rustc::replace(command)
    };
    let Some(invocation) = Invocation::of(rest) else { return as_it_is() };
    if invocation.is_for_the_build() {
        // it is not traced, but what it depends on may be
        let mut command = rustc::compiler(&plan, rustc);
        command.args(rest).args(runtime::found_by(&plan, invocation.value("--target")));
        return rustc::replace(command);
    }
    let root = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let Some(member) = root.and_then(|root| plan.member(&root)) else { return as_it_is() };
    let Some(linked) = linked(&plan, member, &invocation, rustc) else { return as_it_is() };
    let linked = match linked {
        Ok(linked) => linked,
        Err(why) => {
            eprintln!("flowtrace: {why}");
            return ExitCode::from(Failure::UNABLE);
        }
    };
    let crate_of = Crate { plan: &plan, rustc, member, invocation, linked };
    crate_of.compile().unwrap_or_else(|why| {
        eprintln!("flowtrace: `{}` is not traced: {why}", crate_of.invocation.crate_name());
        crate_of.compile_as_it_is(rest)
    })
}

/// The runtime that the crate is linked with; none if it is not to be traced.
fn linked(
    plan: &Plan,
    member: &Member,
    invocation: &Invocation<'_>,
    rustc: &OsString,
) -> Option<Result<Linked, String>> {
    if ["flowtrace-runtime", "flowtrace-macros"].contains(&&*member.name) {
        return None;
    }
    // it has the name already
    if invocation.dependency("flowtrace_runtime").is_some() {
        return Some(Ok(Linked::default()));
    }
    match plan.runtime(invocation.value("--target"))? {
        Runtime::Member => None,
        Runtime::Users(library) => Some(Ok(Linked::users(library))),
        own @ (Runtime::Plain | Runtime::ForSerde(_)) => {
            Some(runtime::ready(plan, invocation.value("--target"), own, rustc))
        }
    }
}

struct Crate<'a> {
    plan: &'a Plan,
    rustc: &'a OsString,
    member: &'a Member,
    invocation: Invocation<'a>,
    linked: Linked,
}

/// What came of the compiler.
struct Attempt {
    status: ExitStatus,
    /// What it said, but for the news that files are ready, which cargo has.
    said: Vec<u8>,
    errors: Vec<Message>,
}

impl Crate<'_> {
    /// Compiles the copy, or says in a line why that does not work.
    fn compile(&self) -> Result<ExitCode, String> {
        let failed = |error: io::Error| format!("its copy can't be made: {error}");
        let edition = self.invocation.value("--edition").unwrap_or("2015");
        let source = std::path::absolute(self.invocation.source()).map_err(failed)?;
        let copy = || PackageCopy::of(self.plan, self.member, edition);
        let mut first_error = None;
        for _ in 0..ROUNDS {
            let mut files = copy().map_err(failed)?;
            files.refresh().map_err(failed)?;
            let (original, copied) = (files.original.clone(), files.copied.clone());
            let root = files.copy_of(&source).ok_or("its root lies outside of its package")?;
            // the compiler works for long, and others may compile crates of the package meanwhile
            drop(files);
            let attempt = self.attempt(&root, &original, &copied).map_err(failed)?;
            if attempt.status.success() {
                self.correct(&original, &copied).map_err(failed)?;
                tell(&attempt.said);
                if self.plan.verbose {
                    copy().map_err(failed)?.state.alone().for_each(|line| eprintln!("flowtrace: {line}"));
                }
                return Ok(ExitCode::SUCCESS);
            }
            if attempt.status.code().is_none() {
                return Ok(rustc::code(attempt.status));
            }
            if first_error.is_none() {
                if let Some(code) = self.errors_of_the_user() {
                    return Ok(code);
                }
                let error = attempt.errors.iter().find_map(Message::error).unwrap_or("the compiler failed");
                first_error = Some(error.lines().next().unwrap_or_default().to_owned());
            }
            let mut files = copy().map_err(failed)?;
            if !leave(&mut files, &attempt.errors) {
                break;
            }
            files.state.save().map_err(failed)?;
        }
        Err(format!("it does not compile annotated: {}", first_error.unwrap_or_default()))
    }

    /// Compiles the user's source, and has cargo look again when other functions are to be traced.
    fn compile_as_it_is(&self, words: &[OsString]) -> ExitCode {
        let done = rustc::compiler(self.plan, self.rustc).args(words).status().and_then(|status| {
            let copied = self.plan.store.copies();
            if let Some(path) = dep_info_of(&self.invocation) {
                dep_info::correct(&path, &copied, "", &plan_in_force())?;
            }
            Ok(rustc::code(status))
        });
        done.unwrap_or_else(|error| {
            eprintln!("flowtrace: `{}`: {error}", self.invocation.crate_name());
            ExitCode::from(Failure::UNABLE)
        })
    }

    /// One call of the compiler on the copy.
    fn attempt(&self, root: &Path, original: &Path, copied: &Path) -> io::Result<Attempt> {
        let mut command = rustc::compiler(self.plan, self.rustc);
        command.args(self.invocation.with_source(root)).args(&self.linked.arguments);
        // lints are about the user's own text, which has no attribute
        command.args(["--cap-lints", "allow", "--remap-path-prefix"]);
        let mut remap = OsString::from(copied);
        if self.is_relative() {
            // what is left is the path as cargo has it
            remap.push("/=");
        } else {
            remap.extend([OsString::from("="), original.into()]);
        }
        command.arg(remap);
        watch(command, tell)
    }

    fn is_relative(&self) -> bool {
        self.invocation.source().is_relative()
    }

    /// Has the user's source looked through, after its copy did not compile; the exit code if it is no better, after its errors
    /// were told.
    fn errors_of_the_user(&self) -> Option<ExitCode> {
        let folder = tempfile::tempdir_in(&self.plan.store.0).ok()?;
        let mut words = self.invocation.with_source(self.invocation.source());
        if let Some(at) = words.iter().position(|word| word == "--out-dir") {
            words[at + 1] = folder.path().into();
        }
        for word in &mut words {
            if word.as_encoded_bytes().starts_with(b"--emit=") {
                *word = "--emit=metadata".into();
            }
        }
        let mut command = rustc::compiler(self.plan, self.rustc);
        command.args(words);
        let attempt = watch(command, |_| ()).ok()?;
        (!attempt.status.success()).then(|| {
            tell(&attempt.said);
            rustc::code(attempt.status)
        })
    }

    fn correct(&self, original: &Path, copied: &Path) -> io::Result<()> {
        let Some(path) = dep_info_of(&self.invocation) else { return Ok(()) };
        let original = if self.is_relative() { String::new() } else { format!("{}/", original.display()) };
        dep_info::correct(&path, copied, &original, &plan_in_force())
    }
}

fn dep_info_of(invocation: &Invocation<'_>) -> Option<PathBuf> {
    invocation.output("", ".d").filter(|path| path.exists())
}

fn plan_in_force() -> String {
    std::env::var(VARIABLE).unwrap_or_default()
}

/// Runs the compiler; each line that says a file is ready goes to `ready` at once.
fn watch(mut command: Command, ready: impl Fn(&[u8])) -> io::Result<Attempt> {
    let mut child = command.stderr(Stdio::piped()).spawn()?;
    let (mut said, mut errors) = (Vec::new(), Vec::new());
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).split(b'\n') {
            let mut line = line?;
            line.push(b'\n');
            match Message::of(&line) {
                Some(message) if message.is_artifact() => {
                    ready(&line);
                    continue;
                }
                Some(message) if message.error().is_some() => errors.push(message),
                _ => {}
            }
            said.extend(line);
        }
    }
    Ok(Attempt { status: child.wait()?, said, errors })
}

fn tell(lines: &[u8]) {
    // cargo reads them; when it does not, it has ended, and nobody is left to be told
    let _ = io::stderr().write_all(lines);
}

/// Leaves the functions alone to which errors point; whether there are any.
fn leave(files: &mut PackageCopy<'_>, errors: &[Message]) -> bool {
    let mut any = false;
    for (name, line) in errors.iter().flat_map(Message::places) {
        let file = files.original.join(name);
        any |= files.state.leave(&file, line);
    }
    any
}
