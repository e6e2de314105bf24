//! From the user's options to a cargo command that builds traced members.
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;

use super::environment::{self, Configuration};
use super::options::{self, OwnOptions};
use super::plan::{Plan, Runtime, VARIABLE};
use super::runner::Start;
use super::scout;
use super::settings::Lasting;
use super::store::{self, Store};
use super::workspace::Workspace;
use super::{runtime, store::RUNNER};
use crate::failure::{Failure, Outcome};

/// The variables of the user's wrapper around the compiler of members.
const WRAPPER_VARIABLES: [&str; 2] = ["RUSTC_WORKSPACE_WRAPPER", "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER"];

/// A workspace, and cargo for it.
pub(super) struct Session {
    cargo: OsString,
    pub(super) workspace: Workspace,
    pub(super) store: Store,
    configuration: Configuration,
    host: String,
    /// What cargo builds for; none where that is the host, without being named.
    targets: Vec<String>,
    subcommand: &'static str,
    /// Cargo's own options.
    options: Vec<OsString>,
    rest: Vec<OsString>,
}

impl Session {
    pub(super) fn new(
        subcommand: &'static str,
        mut options: Vec<OsString>,
        rest: Vec<OsString>,
    ) -> Outcome<Self> {
        let cargo = environment::cargo();
        let workspace = find(&cargo, &mut options)?;
        let here = std::env::current_dir().map_err(|error| Failure::at("the working directory", error))?;
        let configuration = Configuration::read(&here, &options::values(&options, "--config"));
        let mut targets = options::values(&options, "--target");
        if targets.is_empty() {
            targets = configuration.targets();
        }
        let host = host(&cargo)?;
        let name = |target: OsString| match target.to_str() {
            Some("host-tuple") => host.clone(),
            // a target that a file describes is named after it
            Some(name) => name.strip_suffix(".json").map_or(name, file_name).to_owned(),
            None => target.to_string_lossy().into_owned(),
        };
        let targets = targets.into_iter().map(name).collect();
        let store = Store(workspace.target.join("flowtrace"));
        store.prepare().map_err(|error| Failure::at(store.0.display(), error))?;
        Ok(Self { cargo, workspace, store, configuration, host, targets, subcommand, options, rest })
    }

    fn is_quiet(&self) -> bool {
        self.options.iter().any(|word| word == "-q" || word == "--quiet")
    }

    /// The targets, as the compiler is told them.
    fn builds(&self) -> Vec<Option<&str>> {
        if self.targets.is_empty() {
            vec![None]
        } else {
            self.targets.iter().map(|target| Some(&**target)).collect()
        }
    }

    /// Where programs run.
    fn triples(&self) -> Vec<&str> {
        if self.targets.is_empty() {
            vec![&self.host]
        } else {
            self.targets.iter().map(String::as_str).collect()
        }
    }

    /// Decides what is built, and with what; looks ahead for that if the workspace may have a serde.
    pub(super) fn plan(&self, ours: &OwnOptions, lasting: &Lasting) -> Outcome<Plan> {
        let mut plan = Plan {
            version: version(),
            store: self.store.clone(),
            root: self.workspace.root.clone(),
            members: self.workspace.members(),
            only: ours.only.clone(),
            skip: ours.skip.iter().chain(&lasting.skip).cloned().collect(),
            values: !ours.no_values,
            verbose: ours.verbose,
            runtimes: self
                .builds()
                .into_iter()
                .map(|target| (target.unwrap_or_default().to_owned(), Runtime::Plain))
                .collect(),
            cargo: self.cargo.clone(),
            runtime_key: String::new(),
            offline: self.options.iter().any(|word| word == "--offline" || word == "--frozen"),
            workspace_wrapper: self.configuration.workspace_wrapper(),
            rustc_wrapper: self.configuration.rustc_wrapper(),
        };
        if self.may_have_serde() {
            plan.runtimes = self.look_ahead(&plan)?;
        }
        let toolchain = ["RUSTUP_TOOLCHAIN", "RUSTC"].map(environment::variable);
        let runtimes = serde_json::to_string(&plan.runtimes).unwrap_or_default();
        plan.runtime_key =
            store::digest(&(&plan.version, runtimes, &self.cargo, toolchain, runtime::changed()));
        Ok(plan)
    }

    /// Whether the lock file names what decides on the runtime.
    fn may_have_serde(&self) -> bool {
        let names = ["serde", "serde_core", "flowtrace-runtime"].map(|name| format!("name = \"{name}\""));
        // without a lock file, cargo is still to choose
        fs::read_to_string(self.workspace.root.join("Cargo.lock"))
            .map_or(true, |lock| lock.lines().any(|line| names.iter().any(|name| name == line)))
    }

    fn look_ahead(&self, plan: &Plan) -> Outcome<BTreeMap<String, Runtime>> {
        let failed = |error: io::Error| Failure::at("cargo", error);
        let mut command = self.cargo(plan, store::SCOUT, &self.store.0.join("scout"))?;
        command.arg("--message-format=json");
        let mut options = self.options.clone();
        options::take(&mut options, "--message-format");
        if self.subcommand != "run" {
            command.arg("--no-run");
            for word in options.iter_mut().filter(|word| *word == "--doc") {
                *word = "--lib".into();
            }
        }
        command.args(options).args(&self.rest);
        for triple in self.triples() {
            Self::start_by(&mut command, triple, &self.store.binary(store::SCOUT_RUNNER), None);
        }
        if io::IsTerminal::is_terminal(&io::stderr()) && environment::variable("CARGO_TERM_COLOR").is_none() {
            command.env("CARGO_TERM_COLOR", "always");
        }
        let members: Vec<&str> = plan.members.iter().map(|member| &*member.name).collect();
        let found = scout::look(command, &members, self.is_quiet()).map_err(failed)?;
        let targets = self.builds().into_iter();
        Ok(targets.map(|target| (target.unwrap_or_default().to_owned(), found.runtime(target))).collect())
    }

    /// The cargo command that builds and runs the program.
    pub(super) fn build(&self, plan: &Plan, start: &Start, run: &Path) -> Outcome<Command> {
        let mut command = self.cargo(plan, store::WRAPPER, &self.store.0)?;
        command.args(&self.options).args(&self.rest);
        for triple in self.triples() {
            let file = run.join(format!("{triple}.start"));
            let start = Start {
                runner: self.configuration.runner(triple),
                set: start.set.clone(),
                unset: start.unset.clone(),
            };
            let failed = |error: io::Error| Failure::at(file.display(), error);
            let bytes = serde_json::to_vec(&start).map_err(|error| failed(error.into()))?;
            store::write(&file, &bytes).map_err(failed)?;
            Self::start_by(&mut command, triple, &self.store.binary(RUNNER), Some(&file));
        }
        if !self.is_quiet() {
            runtime::announce(plan);
        }
        if self.subcommand == "test" {
            command.env("CARGO_ENCODED_RUSTDOCFLAGS", self.rustdoc_flags(plan));
        }
        Ok(command)
    }

    fn rustdoc_flags(&self, plan: &Plan) -> OsString {
        let mut flags = Vec::new();
        for target in self.builds() {
            flags = self.configuration.rustdoc_flags(target.unwrap_or(&self.host));
            for folder in runtime::search(&self.store, &plan.runtime_key, target) {
                flags.extend(["-L".into(), folder.into()]);
            }
        }
        flags.join(OsStr::new("\x1f"))
    }

    /// Cargo, with the user's own folder for what is built on the way, and `wrapper` around the compiler of members.
    fn cargo(&self, plan: &Plan, wrapper: &str, target: &Path) -> Outcome<Command> {
        let file = plan.save().map_err(|error| Failure::at(self.store.0.display(), error))?;
        let mut command = Command::new(&self.cargo);
        let build = self.workspace.build.as_ref().unwrap_or(&self.workspace.target);
        command.arg(self.subcommand).arg("--target-dir").arg(target);
        command.args(["--config", &setting("build.build-dir", build)]);
        command.args(["--config", &setting("build.rustc-workspace-wrapper", &self.store.binary(wrapper))]);
        // these would win over what was just said
        for name in WRAPPER_VARIABLES {
            command.env_remove(name);
        }
        if plan.rustc_wrapper.is_some() {
            command.env("RUSTC_WRAPPER", self.store.binary(store::RUSTC_WRAPPER));
        }
        // what runs while cargo builds is not the program
        command.env(VARIABLE, file).env("FLOWTRACE", "off");
        Ok(command)
    }

    /// Has cargo start programs for a target by `runner`.
    fn start_by(command: &mut Command, triple: &str, runner: &Path, file: Option<&Path>) {
        let words: Vec<&Path> = [runner].into_iter().chain(file).collect();
        let has_blank = |path: &&Path| path.to_string_lossy().contains(char::is_whitespace);
        if words.iter().any(has_blank) {
            let list =
                toml::Value::Array(words.iter().map(|word| word.display().to_string().into()).collect());
            command.args(["--config", &format!("target.{}.runner={list}", toml::Value::from(triple))]);
        } else {
            // a variable is taken for what it is, and not joined with what a file says
            let words: Vec<&OsStr> = words.iter().map(|word| word.as_os_str()).collect();
            command.env(environment::runner_variable(triple), words.join(OsStr::new(" ")));
        }
    }

    /// What a program is started with, so that it has the user's own environment but for the tracer's variables.
    pub(super) fn start(&self, variables: Vec<(String, OsString)>) -> Start {
        let mut start = Start { set: variables, ..Start::default() };
        let mut put_back = |name: &str| match std::env::var_os(name) {
            Some(value) => start.set.push((name.to_owned(), value)),
            None => start.unset.push(name.to_owned()),
        };
        let changed = ["FLOWTRACE", "RUSTC_WRAPPER", "CARGO_ENCODED_RUSTDOCFLAGS"];
        changed.into_iter().chain(WRAPPER_VARIABLES).for_each(&mut put_back);
        self.triples().iter().for_each(|triple| put_back(&environment::runner_variable(triple)));
        start
    }
}

/// The workspace that cargo's options name; `--target-dir` is taken out of them.
pub(super) fn find(cargo: &OsStr, options: &mut Vec<OsString>) -> Outcome<Workspace> {
    let mut which = Vec::new();
    for option in ["--manifest-path", "--config"] {
        which.extend(options::values(options, option).into_iter().flat_map(|value| [option.into(), value]));
    }
    if let Some(folder) = options::take(options, "--target-dir") {
        let here = std::env::current_dir().map_err(|error| Failure::at("the working directory", error))?;
        which.extend(["--config".into(), setting("build.target-dir", &here.join(folder)).into()]);
    }
    Workspace::ask(cargo, &which)
}

fn setting(key: &str, path: &Path) -> String {
    format!("{key}={}", toml::Value::from(path.display().to_string()))
}

fn host(cargo: &OsStr) -> Outcome<String> {
    let output =
        Command::new(cargo).arg("-vV").output().map_err(|error| Failure::at(cargo.display(), error))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Failure::at("cargo -vV", "names no host"))
}

fn file_name(path: &str) -> &str {
    Path::new(path).file_name().and_then(OsStr::to_str).unwrap_or(path)
}

/// The version of this command, with what tells one of its builds from the next.
fn version() -> String {
    let own: Option<PathBuf> = std::env::current_exe().ok();
    let stamp = own.and_then(|own| store::stamp(&own));
    let changed = stamp.and_then(|(changed, _)| changed.duration_since(UNIX_EPOCH).ok());
    format!("{} {}", env!("CARGO_PKG_VERSION"), changed.unwrap_or_default().as_nanos())
}
