//! `cargo flowtrace run`, `test`, `bench`, `show` and `clean`, and `flowtrace run`: from the command line to the exit code.
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::options::{BuildOptions, CommandLine, PlaceOptions, ShowOptions, Task, Tracing};
use super::pager;
use super::prepare::{self, Session};
use super::run_folder::{self, RunFolder};
use super::runner::Start;
use super::settings::{self, Lasting};
use super::store::Store;
use super::{environment, runtime, rustc, summary};
use crate::failure::{Failure, Outcome};

/// Does what the words behind the program's name ask for.
pub(super) fn main(mut words: Vec<OsString>) -> Outcome<ExitCode> {
    // cargo names the subcommand first
    if words.first().is_some_and(|word| word == "flowtrace") {
        words.remove(0);
    }
    if words.first().is_some_and(|word| word == pager::VIEW) {
        words[0] = "flowtrace".into();
        return Ok(crate::run::main_with(words));
    }
    let line = match CommandLine::read(words) {
        Ok(line) => line,
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(Failure::UNABLE);
            error.print()?;
            return Ok(ExitCode::from(code));
        }
    };
    match line.command {
        Task::Run(build) => run("run", &build, line.cargo, line.rest),
        Task::Test(build) => run("test", &build, line.cargo, line.rest),
        Task::Bench(build) => run("bench", &build, line.cargo, line.rest),
        Task::Show(show) => show_again(&show),
        Task::Clean(place) => clean(&place),
    }
}

fn run(
    subcommand: &'static str,
    build: &BuildOptions,
    cargo: Vec<OsString>,
    rest: Vec<OsString>,
) -> Outcome<ExitCode> {
    let session = Session::new(subcommand, cargo, rest)?;
    let lasting = Lasting::read(&session.workspace.root)?;
    let plan = session.plan(&build.ours, &lasting)?;
    let run = TracedRun::begin(&session.store, &build.ours.tracing)?;
    let start = session.start(settings::variables(&build.ours.tracing, &lasting, &run.output));
    let command = session.build(&plan, &start, &run.folder.path)?;
    let failure = runtime::failure(&session.store, &plan.runtime_key);
    // an earlier try may have failed
    let _ = fs::remove_file(&failure);
    let code = run.go(command, &build.ours.tracing)?;
    Ok(if failure.exists() { ExitCode::from(Failure::UNABLE) } else { code })
}

/// `flowtrace run`: a program that is annotated already.
pub(crate) fn run_command(tracing: &Tracing, words: &[OsString]) -> Outcome<ExitCode> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(Failure::at("run", "expected a command behind `--`"));
    };
    let here = std::env::current_dir().map_err(|error| Failure::at("the working directory", error))?;
    // where cargo would put it, if this is a package
    let target = Some(here.join("target")).filter(|target| target.is_dir());
    let store = Store(target.unwrap_or_else(|| here.clone()).join("flowtrace"));
    let run = TracedRun::begin(&store, tracing)?;
    let mut command = Command::new(program);
    command.args(arguments);
    let set = settings::variables(tracing, &Lasting::read(&here)?, &run.output);
    Start { set, ..Start::default() }.dress(&mut command);
    run.go(command, tracing)
}

/// A run from its folder to its view.
struct TracedRun {
    folder: RunFolder,
    /// Where the program is told to write.
    output: PathBuf,
    /// The user said where.
    is_elsewhere: bool,
}

impl TracedRun {
    fn begin(store: &Store, tracing: &Tracing) -> Outcome<Self> {
        let failed = |error: io::Error| Failure::at(store.0.display(), error);
        let folder = RunFolder::create(store).map_err(failed)?;
        let asked =
            environment::variable("FLOWTRACE_OUTPUT").map(PathBuf::from).or_else(|| tracing.output.clone());
        let is_elsewhere = asked.is_some();
        let output = asked.map_or_else(|| Ok(folder.output()), std::path::absolute).map_err(failed)?;
        Ok(Self { folder, output, is_elsewhere })
    }

    /// Runs the command, tells what came of it, and shows it; the exit code is the command's.
    fn go(self, mut command: Command, tracing: &Tracing) -> Outcome<ExitCode> {
        let status = wait(&mut command)?;
        // a process may have been killed before its last lines were written
        if let Err(error) = flowtrace_runtime::recover(&self.output) {
            eprintln!("flowtrace: {}: cannot be completed: {error}", self.output.display());
        }
        let finished = self.folder.finish();
        let mut files = finished.map_err(|error| Failure::at(self.folder.path.display(), error))?;
        let mut place = self.folder.last();
        if self.is_elsewhere {
            files = Some(self.output.clone()).into_iter().filter(|file| file.is_file()).collect();
            place.clone_from(&self.output);
        }
        if status.success() || !files.is_empty() {
            summary::tell(&files, &short(&place))?;
        }
        pager::show(&files, tracing.view)?;
        Ok(rustc::code(status))
    }
}

/// Waits for a command that a terminal's ^C ends, and that is told of for all that.
fn wait(command: &mut Command) -> Outcome<ExitStatus> {
    let failed = |error: io::Error| Failure::at(command.get_program().display(), error);
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGQUIT] {
        // a handler is not handed on to the command, as a signal that is ignored would be
        signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false))).map_err(failed)?;
    }
    command.status().map_err(|error| Failure::at(command.get_program().display(), error))
}

fn show_again(show: &ShowOptions) -> Outcome<ExitCode> {
    let store = store_of(&show.place)?;
    let what = show.run.as_deref().unwrap_or("the last run");
    let folder = RunFolder::find(&store, show.run.as_deref()).map_err(|_| {
        Failure::at(what, format!("is not in `{}`; `cargo flowtrace run` makes one", store.runs().display()))
    })?;
    let files = run_folder::traces(&folder).map_err(|error| Failure::at(folder.display(), error))?;
    summary::tell(&files, &short(&folder))?;
    pager::show(&files, Some(show.view))?;
    Ok(ExitCode::SUCCESS)
}

fn clean(place: &PlaceOptions) -> Outcome<ExitCode> {
    let store = store_of(place)?;
    match fs::remove_dir_all(&store.0) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Failure::at(store.0.display(), error)),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn store_of(place: &PlaceOptions) -> Outcome<Store> {
    let workspace = prepare::find(&environment::cargo(), &mut place.words())?;
    Ok(Store(workspace.target.join("flowtrace")))
}

/// A path as it is read best from where the user is.
fn short(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).to_owned()
}
