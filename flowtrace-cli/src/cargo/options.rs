//! The command line: our own options, found among cargo's.
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

/// Runs a program with every function traced, and leaves its sources as they are
#[derive(Debug, Parser)]
#[command(name = "cargo flowtrace", bin_name = "cargo flowtrace", version, after_help = EXIT_CODES)]
pub(super) struct CargoCli {
    #[command(subcommand)]
    pub(super) command: Task,
}

const EXIT_CODES: &str = "\
Exit codes: the program's or cargo's; 2 if the tracing itself fails.";

#[derive(Debug, Subcommand)]
pub(super) enum Task {
    /// As `cargo run`, traced
    Run(BuildOptions),
    /// As `cargo test`, traced
    Test(BuildOptions),
    /// As `cargo bench`, traced
    Bench(BuildOptions),
    /// Show the trace of a run again
    Show(ShowOptions),
    /// Remove traces, annotated copies and what was built of them
    Clean(PlaceOptions),
}

#[derive(Args, Debug)]
#[command(
    next_line_help = true,
    override_usage = "cargo flowtrace <run|test|bench> [OPTIONS] [CARGO OPTIONS] [-- ARGS]"
)]
pub(super) struct BuildOptions {
    #[command(flatten)]
    pub(super) ours: OwnOptions,
}

/// What is ours among the options of a build.
#[derive(Args, Clone, Debug)]
pub(super) struct OwnOptions {
    /// Trace only this crate, module or function; may be repeated
    #[arg(long, value_name = "PATH")]
    pub(super) only: Vec<String>,
    /// Do not trace this crate, module or function; may be repeated
    #[arg(long, value_name = "PATH")]
    pub(super) skip: Vec<String>,
    /// Write no arguments and results, which the program's code shows
    #[arg(long)]
    pub(super) no_values: bool,
    /// Name each function that is left alone, and why
    #[arg(long)]
    pub(super) verbose: bool,
    #[command(flatten)]
    pub(super) tracing: Tracing,
}

/// How a program is traced, and what is shown of it.
#[derive(Args, Clone, Debug)]
pub(crate) struct Tracing {
    /// Write every call, however often a function is called
    #[arg(long)]
    pub(super) all: bool,
    /// How much a process may write; 200M without it
    #[arg(long, value_name = "BYTES")]
    pub(super) max_bytes: Option<String>,
    /// The file to write the trace to
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// What to show afterwards
    #[arg(long, value_enum)]
    pub(super) view: Option<View>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum View {
    Tree,
    Stats,
    Open,
    None,
}

#[derive(Args, Debug)]
#[command(next_line_help = true)]
pub(super) struct ShowOptions {
    /// A folder in `target/flowtrace/runs`; the last run without it
    pub(super) run: Option<String>,
    /// Without it, the tree
    #[arg(long, value_enum, default_value = "tree", hide_default_value = true)]
    pub(super) view: View,
    #[command(flatten)]
    pub(super) place: PlaceOptions,
}

/// Which workspace it is.
#[derive(Args, Debug)]
pub(super) struct PlaceOptions {
    /// The manifest of the package or workspace
    #[arg(long, value_name = "PATH")]
    pub(super) manifest_path: Option<PathBuf>,
    /// The folder in which cargo puts what it builds
    #[arg(long, value_name = "FOLDER")]
    pub(super) target_dir: Option<PathBuf>,
}

/// A command line, read.
pub(super) struct CommandLine {
    pub(super) command: Task,
    /// What stands before `--` and is not ours, in order.
    pub(super) cargo: Vec<OsString>,
    /// From `--` on.
    pub(super) rest: Vec<OsString>,
}

impl CommandLine {
    /// Reads what stands behind `cargo flowtrace`.
    ///
    /// # Errors
    /// Our options are used wrongly, or help is asked for.
    pub(super) fn read(words: Vec<OsString>) -> Result<Self, clap::Error> {
        let root = CargoCli::command();
        let subcommand = words.first().and_then(|word| root.find_subcommand(word));
        let builds = subcommand.is_some_and(|command| ["run", "test", "bench"].contains(&command.get_name()));
        let (mut ours, mut cargo, mut rest) =
            (vec![OsString::from("cargo flowtrace")], Vec::new(), Vec::new());
        match subcommand.filter(|_| builds) {
            None => ours.extend(words),
            Some(subcommand) => {
                let mut words = words.into_iter();
                ours.extend(words.next());
                while let Some(word) = words.next() {
                    if word == "--" {
                        rest = std::iter::once(word).chain(words).collect();
                        break;
                    }
                    match own(subcommand, &word) {
                        None => cargo.push(word),
                        Some(takes_next) => {
                            ours.push(word);
                            ours.extend(takes_next.then(|| words.next()).flatten());
                        }
                    }
                }
            }
        }
        let command = CargoCli::from_arg_matches(&root.try_get_matches_from(ours)?)?.command;
        Ok(Self { command, cargo, rest })
    }
}

/// Whether a word is one of `command`'s own options, and if so, whether its value is the next word.
fn own(command: &clap::Command, word: &OsStr) -> Option<bool> {
    let word = word.to_str()?;
    if ["-h", "--help"].contains(&word) {
        return Some(false);
    }
    let (name, has_value) = word.split_once('=').map_or((word, false), |(name, _)| (name, true));
    let option = command.get_arguments().find(|argument| match name.strip_prefix("--") {
        Some(name) => argument.get_long() == Some(name),
        None => argument.get_short().is_some_and(|short| name.strip_prefix('-') == Some(&*short.to_string())),
    })?;
    Some(option.get_action().takes_values() && !has_value)
}

/// The values of one of cargo's options in `words`.
pub(super) fn values(words: &[OsString], option: &str) -> Vec<OsString> {
    let values = words.iter().enumerate().filter_map(|(at, word)| {
        let rest = word.to_str()?.strip_prefix(option)?;
        if rest.is_empty() { words.get(at + 1).cloned() } else { rest.strip_prefix('=').map(OsString::from) }
    });
    values.collect()
}

/// Takes one of cargo's options out of `words`; its last value.
pub(super) fn take(words: &mut Vec<OsString>, option: &str) -> Option<OsString> {
    let mut value = None;
    while let Some(at) = words.iter().position(|word| {
        word.to_str()
            .and_then(|word| word.strip_prefix(option))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    }) {
        let word = words.remove(at);
        value = match word.to_str().and_then(|word| word.split_once('=')) {
            Some((_, value)) => Some(value.into()),
            None => (at < words.len()).then(|| words.remove(at)),
        };
    }
    value
}

impl PlaceOptions {
    /// As options of cargo's.
    pub(super) fn words(&self) -> Vec<OsString> {
        let option = |name: &str, path: &Option<PathBuf>| {
            let path = path.as_deref().map(Path::as_os_str);
            path.map(|path| [OsString::from(name), path.to_owned()]).into_iter().flatten().collect::<Vec<_>>()
        };
        let mut words = option("--manifest-path", &self.manifest_path);
        words.extend(option("--target-dir", &self.target_dir));
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> (OwnOptions, Vec<OsString>, Vec<OsString>) {
        let line = CommandLine::read(line.split(' ').map(OsString::from).collect()).unwrap();
        let Task::Run(BuildOptions { ours }) = line.command else { panic!("{:?}", line.command) };
        (ours, line.cargo, line.rest)
    }

    #[test]
    fn our_options_are_taken_out_from_among_cargos() {
        let (ours, cargo, rest) = read(
            "run --release --only app::sql -p app --skip=app::log --features a,b -o t.ft --all -- --only x",
        );
        assert_eq!((ours.only, ours.skip), (vec!["app::sql".to_owned()], vec!["app::log".to_owned()]));
        assert_eq!((ours.tracing.output, ours.tracing.all), (Some("t.ft".into()), true));
        assert_eq!(cargo, ["--release", "-p", "app", "--features", "a,b"]);
        assert_eq!(rest, ["--", "--only", "x"]);
    }

    #[test]
    fn an_option_of_cargos_is_found_and_taken_with_its_value() {
        let mut words: Vec<OsString> = ["--target-dir", "a", "-p", "b", "--target=c"].map(Into::into).into();
        assert_eq!(values(&words, "--target"), ["c"]);
        assert_eq!(take(&mut words, "--target-dir"), Some("a".into()));
        assert_eq!(take(&mut words, "--target-dir"), None);
        assert_eq!(words, ["-p", "b", "--target=c"]);
    }

    #[test]
    fn the_help_fits_into_80_columns() {
        let mut cli = CargoCli::command();
        cli.build();
        let helps = cli.get_subcommands_mut().map(clap::Command::render_help).collect::<Vec<_>>();
        for help in helps.into_iter().chain([cli.render_help()]) {
            let help = help.to_string();
            assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
        }
    }
}
