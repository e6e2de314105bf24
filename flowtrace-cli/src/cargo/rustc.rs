//! A call of the compiler by cargo: its arguments, and how it is passed on.
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

use super::plan::Plan;

/// A compilation of a crate, as cargo asks for it.
pub(super) struct Invocation<'a> {
    words: &'a [OsString],
    /// Where the crate's root stands among them.
    source: usize,
}

impl<'a> Invocation<'a> {
    /// Reads what stands after the compiler; `None` where it is asked something else, or by somebody else, as by a build
    /// script that tries out what the compiler can do.
    pub(super) fn of(words: &'a [OsString]) -> Option<Self> {
        let is_source = |word: &OsString| {
            Path::new(word).extension() == Some(OsStr::new("rs"))
                && !word.as_encoded_bytes().starts_with(b"-")
        };
        let source = words.iter().position(is_source)?;
        words.iter().any(|word| word == "--error-format=json").then_some(Self { words, source })
    }

    /// The crate's root, as cargo writes it.
    pub(super) fn source(&self) -> &'a Path {
        Path::new(&self.words[self.source])
    }

    /// The arguments with another crate root.
    pub(super) fn with_source(&self, source: &Path) -> Vec<OsString> {
        let mut words = self.words.to_vec();
        words[self.source] = source.into();
        words
    }

    /// The values of an option, whether they stand behind `=` or as the next word.
    pub(super) fn values(&self, option: &str) -> impl Iterator<Item = &'a str> {
        self.words.iter().enumerate().filter_map(move |(at, word)| {
            let rest = word.to_str()?.strip_prefix(option)?;
            if rest.is_empty() { self.words.get(at + 1)?.to_str() } else { rest.strip_prefix('=') }
        })
    }

    pub(super) fn value(&self, option: &str) -> Option<&'a str> {
        self.values(option).next()
    }

    /// The value of `-C name=…`.
    pub(super) fn codegen(&self, name: &str) -> Option<&'a str> {
        self.values("-C").find_map(|value| value.strip_prefix(name)?.strip_prefix('='))
    }

    /// Where the crate `name` lies that this one depends on.
    pub(super) fn dependency(&self, name: &str) -> Option<&'a str> {
        self.values("--extern").find_map(|value| {
            let (crate_name, path) = value.split_once('=')?;
            // options may stand before the name
            (crate_name.rsplit(':').next() == Some(name)).then_some(path)
        })
    }

    pub(super) fn crate_name(&self) -> &'a str {
        self.value("--crate-name").unwrap_or_default()
    }

    /// Whether the compiler itself will run the crate, or cargo before it builds.
    pub(super) fn is_for_the_build(&self) -> bool {
        self.crate_name().starts_with("build_script_")
            || self.values("--crate-type").any(|kind| kind == "proc-macro")
            || self.values("--extern").any(|name| name == "proc_macro")
    }

    /// Where a file of this compilation is written: `crate-hash` and the end of its name.
    pub(super) fn output(&self, before: &str, after: &str) -> Option<PathBuf> {
        let extra = self.codegen("extra-filename").unwrap_or_default();
        let folder = self.value("--out-dir")?;
        Some(Path::new(folder).join(format!("{before}{}{extra}{after}", self.crate_name())))
    }
}

/// The compiler as the user's own wrappers have it.
pub(super) fn compiler(plan: &Plan, rustc: &OsStr) -> Command {
    let wrappers = [&plan.rustc_wrapper, &plan.workspace_wrapper].into_iter().flatten();
    let mut chain = wrappers.map(|wrapper| wrapper.as_os_str()).chain([rustc]);
    let mut command = Command::new(chain.next().unwrap_or(rustc));
    command.args(chain);
    command
}

/// The part of the wrapper around the compiler of everything: the user's own one has all but what is ours.
pub(super) fn wrap(words: &[OsString]) -> ExitCode {
    let Some(first) = words.first() else { return ExitCode::from(2) };
    let is_ours = Path::new(first).parent().is_some_and(|folder| {
        std::env::args_os().next().is_some_and(|own| Path::new(&own).parent() == Some(folder))
    });
    let wrapper = Plan::load().ok().and_then(|plan| plan.rustc_wrapper).filter(|_| !is_ours);
    let mut command = match &wrapper {
        Some(wrapper) => Command::new(wrapper),
        None => Command::new(first),
    };
    command.args(if wrapper.is_some() { words } else { &words[1..] });
    replace(command)
}

/// Becomes `command`, or does as if.
pub(super) fn replace(mut command: Command) -> ExitCode {
    #[cfg(unix)]
    let error = std::os::unix::process::CommandExt::exec(&mut command);
    #[cfg(not(unix))]
    let error = match command.status() {
        Ok(status) => return code(status),
        Err(error) => error,
    };
    eprintln!("flowtrace: cannot start `{}`: {error}", command.get_program().display());
    ExitCode::from(2)
}

/// The exit code that says how a process ended, as shells have it.
pub(super) fn code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX));
    }
    ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX))
}
