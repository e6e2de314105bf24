//! What can be asked for on the command line.
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::cargo::Tracing;
use crate::filter::{Expr, Window};
use crate::moment::{self, Moment};
use crate::read::By;
use crate::text;
use crate::view::flame::Weight;
use crate::view::tree::RootOrder;

/// Shows what `#[trace]` wrote: which calls there were, who made them, and where the time went.
#[derive(Debug, Parser)]
#[command(name = "flowtrace", version, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  what was read is not as it should be: `check` found a breach, `--strict` met a line of another program,
     `annotate` a file that is not Rust
  2  could not be done: wrong usage, or a file that can't be read or written";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Each root call and what it called: arguments, results, times, errors
    Tree(Tree),
    /// A table of functions: calls, errors, times, what tracing took
    Stats(Stats),
    /// A flame graph: which chains of calls the time went into
    Flame(Flame),
    /// A timeline for ui.perfetto.dev: threads and async tasks as tracks
    Perfetto(Perfetto),
    /// Show the trace on a page in the browser, served on this machine until Ctrl-C
    Open(Open),
    /// Print the lines of compact files (`.ft`), as JSON
    Cat(Cat),
    /// Hold a trace against the format; exit code 1 if it breaks a rule
    Check(Check),
    /// List what processes that died had traced, but not written, or add it to their outputs
    Recover(Recover),
    /// Put `#[trace]` on the functions of a source tree, or take it off
    Annotate(Annotate),
    /// Run a command whose functions have `#[trace]`, and show its trace
    Run(RunOptions),
    /// Print completions for a shell, to be put where it looks for them
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the man page
    Man,
}

const MARKS: &str = "\
Marks:
  ✗        an error or a panic that reached the root
  △        an error or a panic, and a caller that went on
  ⊘        a future that was dropped before it was ready
  ◌        a call that never ended
  × 1,000  calls of one function that ended alike below one caller, in one row with their times
           added up; an argument or result that differs is a range or the first two values
  […]      the thread, where it is not the caller's";

#[derive(Args, Debug)]
#[command(after_help = MARKS)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(crate) struct Tree {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    #[command(flatten)]
    pub(crate) which: Where,
    #[command(flatten)]
    pub(crate) filters: Filters,
    /// So many calls before and behind each that is asked for, of the same caller: `--errors --context 2`
    #[arg(long, value_name = "CALLS", default_value_t = 0, hide_default_value = true)]
    pub(crate) context: usize,
    /// What decides the order of root calls
    #[arg(long, value_name = "ORDER", value_enum, default_value_t)]
    pub(crate) sort: RootOrder,
    /// Only so many root calls
    #[arg(long, value_name = "ROOTS")]
    pub(crate) top: Option<usize>,
    /// A row for each call, also where many are alike
    #[arg(long)]
    pub(crate) no_fold: bool,
    /// Arguments and results below their calls, long ones over several lines
    #[arg(long)]
    pub(crate) values: bool,
    /// A JSON object for each call that is shown, times in nanoseconds
    #[arg(long, conflicts_with = "values")]
    pub(crate) json: bool,
    /// Show calls as they begin and end, and wait for more at the end of the file
    #[arg(long, conflicts_with_all = ["last", "run", "context", "sort", "top", "values", "json"])]
    pub(crate) follow: bool,
    /// End each call's row with where its function stands, `src/sql.rs:91`
    #[arg(long)]
    pub(crate) source: bool,
    /// No pager on a terminal, where `PAGER` is used, or `less`
    #[arg(long)]
    pub(crate) no_pager: bool,
    #[command(flatten)]
    pub(crate) look: Look,
}

#[derive(Args, Debug)]
pub(crate) struct Stats {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    #[command(flatten)]
    pub(crate) which: Where,
    /// What a row stands for
    #[arg(long, value_name = "WHAT", value_enum, default_value_t)]
    pub(crate) by: By,
    /// The column that decides the order, the largest first
    #[arg(long, value_name = "COLUMN", value_enum, default_value_t)]
    pub(crate) sort: Sort,
    /// Only so many rows
    #[arg(long, value_name = "ROWS")]
    pub(crate) top: Option<usize>,
    /// A JSON object a row, times in nanoseconds
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) look: Look,
}

#[derive(Args, Debug)]
pub(crate) struct Flame {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    #[command(flatten)]
    pub(crate) which: Where,
    #[command(flatten)]
    pub(crate) output: Output,
    /// What the width of a frame stands for
    #[arg(long, value_name = "WHAT", value_enum, default_value_t)]
    pub(crate) by: Weight,
    /// A line a stack, ended by its weight (nanoseconds or calls), for other tools
    #[arg(long)]
    pub(crate) folded: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Perfetto {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    #[command(flatten)]
    pub(crate) which: Where,
    #[command(flatten)]
    pub(crate) output: Output,
    /// Chrome's trace events in JSON, for other tools, instead of Perfetto's protobufs
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Open {
    /// Trace files, plain or compressed with gzip or zstd; `-` or none for stdin. Several are read as one, by time
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<String>,
    /// Print the address of the page and start no browser
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// The port to serve at; 0 for a free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) port: u16,
    /// Where source files are looked for: the folder of a crate, or of a workspace; the current one without it
    #[arg(long, value_name = "DIR")]
    pub(crate) source: Vec<PathBuf>,
    /// Write one file that shows the trace without this command, and serve nothing; for up to 100,000 calls
    #[arg(long, value_name = "FILE", conflicts_with_all = ["no_browser", "port"])]
    pub(crate) html: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Cat {
    /// Trace files, compact or not, one after another; `-` or none for stdin
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<String>,
    #[command(flatten)]
    pub(crate) which: Where,
}

#[derive(Args, Debug)]
pub(crate) struct Check {
    /// Trace files, plain or compressed, one after another; `-` or none for stdin
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Recover {
    /// Add to these: what `FLOWTRACE_OUTPUT` was, `{pid}` included, or a file that was written
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Add to all outputs of this user; without it and without a FILE, what is left is listed
    #[arg(long, conflicts_with = "files")]
    pub(crate) all: bool,
}

#[allow(clippy::struct_excessive_bools, reason = "each is a flag")]
#[derive(Args, Debug)]
pub(crate) struct Annotate {
    /// Rust files, and folders in which all are taken
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Take off again what was put there, the dependency too
    #[arg(long, conflicts_with_all = ["carry", "same_line"])]
    pub(crate) remove: bool,
    /// Put the attribute on the function's own line, so that no line moves
    #[arg(long)]
    pub(crate) same_line: bool,
    /// Also have what runs in other threads and tasks carry its parent along
    #[arg(long)]
    pub(crate) carry: bool,
    /// Leave `Cargo.toml` as it is
    #[arg(long)]
    pub(crate) no_manifest: bool,
    /// Print what would change and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Args, Debug)]
pub(crate) struct RunOptions {
    #[command(flatten)]
    pub(crate) tracing: Tracing,
    /// The command and its arguments
    #[arg(value_name = "COMMAND", required = true, last = true)]
    pub(crate) command: Vec<OsString>,
}

/// Where to write.
#[derive(Args, Debug)]
pub(crate) struct Output {
    /// The file to write; stdout without it
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// A column of the table.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Sort {
    Calls,
    Errors,
    Total,
    /// The time in which nothing that was called ran: `busy` and `wait` together
    #[value(name = "self")]
    Own,
    /// Of `self`, what an async call spent in its polls, and all of any other call
    #[default]
    Busy,
    /// Of `self`, what an async call spent waiting to be polled
    Wait,
    Mean,
    P50,
    P90,
    P99,
    Max,
    /// What tracing the calls took, as the times between the lines show it
    Tracing,
    Name,
}

/// What to read.
#[derive(Args, Debug)]
pub(crate) struct Inputs {
    /// Trace files, plain or compressed with gzip or zstd; `-` or none for stdin. Several are read as one, by time
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<String>,
    /// Refuse lines that are not the trace's instead of leaving them out
    #[arg(long)]
    pub(crate) strict: bool,
}

/// Which part of what is read.
#[derive(Args, Debug)]
pub(crate) struct Where {
    /// Calls that match, such as `function=get & arg.product_id=7 & slower>5ms`; docs/FILTER.md has the language
    #[arg(short = 'w', long = "where", value_name = "FILTER")]
    pub(crate) filter: Option<Expr>,
    /// Calls that ran after this time in UTC, such as `08:50:43.5` or `2026-11-25 08:50:43`
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    pub(crate) from: Option<Moment>,
    /// Calls that ran before this time
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    pub(crate) to: Option<Moment>,
    /// Calls that ran in so long a time before the last line, such as `10s`
    #[arg(long, value_name = "TIME", value_parser = text::parse_duration, conflicts_with = "from")]
    pub(crate) last: Option<u64>,
    /// Where a file has several runs of a program: one by its number, or `all`; the last without it
    #[arg(long, value_name = "RUN", value_parser = run)]
    pub(crate) run: Option<Run>,
}

impl Where {
    /// Whether all lines are asked for.
    pub(crate) fn is_all(&self) -> bool {
        self.filter.is_none() && self.last.is_none() && self.window() == Window::default()
    }

    /// The slice of time, but for what the end of the input tells.
    pub(crate) fn window(&self) -> Window {
        Window { from: self.from, to: self.to }
    }
}

/// Which of the runs in a file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Run {
    All,
    /// From 1 on, the oldest first.
    Number(usize),
}

fn run(text: &str) -> Result<Run, String> {
    match (text, text.parse()) {
        ("all", _) => Ok(Run::All),
        (_, Ok(number @ 1..)) => Ok(Run::Number(number)),
        _ => Err("expected a number from 1 on, or `all`".to_owned()),
    }
}

/// Which calls to show. What called them is shown as well.
#[derive(Args, Debug)]
pub(crate) struct Filters {
    /// Only traces whose id begins so
    #[arg(long, value_name = "ID")]
    pub(crate) trace: Option<String>,
    /// Calls of this function and what they called; `get`, `Cache::get` or a longer end of its path
    #[arg(long, value_name = "NAME")]
    pub(crate) function: Option<String>,
    /// Calls of functions in this module, or below it, and what they called
    #[arg(long, value_name = "PATH")]
    pub(crate) module: Option<String>,
    /// Calls that took at least so long, such as `5ms`
    #[arg(long, value_name = "TIME", value_parser = text::parse_duration)]
    pub(crate) slower: Option<u64>,
    /// Calls that returned an error or panicked
    #[arg(long)]
    pub(crate) errors: bool,
    /// So many levels of calls
    #[arg(long, value_name = "LEVELS", value_parser = depth)]
    pub(crate) depth: Option<usize>,
}

fn depth(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("expected a number from 1 on".to_owned()),
        Ok(depth) => Ok(depth),
    }
}

/// How it is printed.
#[derive(Args, Debug)]
pub(crate) struct Look {
    /// Colours; `auto` has them on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    pub(crate) color: ColorChoice,
    /// Where rows are cut; as wide as the terminal without it, 0 for nowhere
    #[arg(long, value_name = "COLUMNS")]
    pub(crate) width: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum ColorChoice {
    #[default]
    Auto,
    Always,
    Never,
}
