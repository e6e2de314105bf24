//! A command is put together from what was asked for, run, and its end told.
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::SystemTime;

use clap::{CommandFactory, Parser};
use flowtrace_runtime::Recovered;

use crate::annotate;
use crate::args::{self, Cli, Command};
use crate::asked;
use crate::cargo;
use crate::failure::{Failure, Outcome};
use crate::filter::{Selection, Verdict};
use crate::left;
use crate::names::Names;
use crate::open;
use crate::pager::Paged;
use crate::progress::Progress;
use crate::read::{self, Brief, By, Input, Mode, Sink, Tally};
use crate::view::Paper;
use crate::view::check::Check;
use crate::view::filter::Filter;
use crate::view::flame::Stacks;
use crate::view::live::LiveView;
use crate::view::perfetto::Perfetto;
use crate::view::stats::Counts;
use crate::view::tree::{Form, Layout, TreeView};

/// Runs the command line.
pub fn main() -> ExitCode {
    main_with(std::env::args_os().collect())
}

/// Runs a command line that begins with the command's name.
pub(crate) fn main_with(words: Vec<OsString>) -> ExitCode {
    let done = match Cli::try_parse_from(words) {
        Ok(Cli { command: Command::Run(args) }) => match cargo::run_command(&args.tracing, &args.command) {
            Ok(code) => return code,
            Err(failure) => Err(failure),
        },
        Ok(cli) => run(&cli.command),
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(Failure::UNABLE);
            error.print().map_err(Failure::from).and(Err(Failure { code, message: None }))
        }
    };
    let Err(failure) = done else { return ExitCode::SUCCESS };
    if let Some(message) = failure.message {
        eprintln!("flowtrace: {message}");
    }
    ExitCode::from(failure.code)
}

fn run(command: &Command) -> Outcome {
    match command {
        Command::Tree(tree) => run_tree(tree),
        Command::Stats(stats) => run_stats(stats),
        Command::Flame(flame) => run_flame(flame),
        Command::Perfetto(perfetto) => run_perfetto(perfetto),
        Command::Open(open) => run_open(open),
        Command::Cat(cat) => run_cat(cat),
        Command::Check(check) => run_check(check),
        Command::Recover(recover) => run_recover(recover),
        Command::Completions { shell } => {
            let mut out = stdout();
            clap_complete::generate(*shell, &mut Cli::command(), "flowtrace", &mut out);
            Ok(out.flush()?)
        }
        Command::Man => Ok(man(&mut stdout())?),
        // it ends with an exit code that is not ours
        Command::Run(_) => Ok(()),
        Command::Annotate(args) => {
            let mut out = stdout();
            let done = annotate::run(args, &mut out, &mut io::stderr());
            out.flush()?;
            done
        }
    }
}

/// The page, with a section for each command.
fn man(out: &mut impl Write) -> io::Result<()> {
    let mut cli = Cli::command();
    cli.build();
    clap_mangen::Man::new(cli.clone()).render(out)?;
    for command in cli.get_subcommands().filter(|command| command.get_name() != "help") {
        let name = command.get_name().to_uppercase();
        writeln!(out, ".SH \"COMMAND {name}\"")?;
        let page = clap_mangen::Man::new(command.clone());
        page.render_synopsis_section(out)?;
        page.render_options_section(out)?;
    }
    out.flush()
}

fn run_tree(args: &args::Tree) -> Outcome {
    let filter = Filter::new(&args.filters);
    let (paper, strict) = (Paper::new(&args.look), args.inputs.strict);
    if args.follow {
        let inputs = asked::inputs(&args.inputs.files)?;
        let selection = Selection::new(args.which.filter.clone(), args.which.window());
        let mut view = LiveView::new(filter, selection, args.filters.depth, args.source, paper, stdout());
        let tally = read_into(&inputs, strict, true, &mut view)?;
        view.finish()?;
        tell(&tally);
        Ok(())
    } else {
        let (inputs, selection) = asked(&args.inputs.files, &args.which)?;
        let layout = Layout {
            depth: args.filters.depth.unwrap_or(usize::MAX),
            source: args.source,
            // a program adds up what it wants to
            fold: !args.no_fold && !args.json,
            form: match args {
                args::Tree { json: true, .. } => Form::Json,
                args::Tree { values: true, .. } => Form::Values,
                _ => Form::Rows,
            },
            context: args.context,
            by: args.sort,
            top: args.top.unwrap_or(usize::MAX),
            at_once: inputs.iter().any(|input| input.path().is_none()),
            paper,
        };
        let mut view = TreeView::new(filter, selection, layout, Paged::new(!args.no_pager));
        let tally = read_into(&inputs, strict, false, &mut view)?;
        // what is told stands behind the pager's page
        let selection = view.finish()?;
        tell(&tally);
        tell_nothing(&selection);
        Ok(())
    }
}

fn run_stats(args: &args::Stats) -> Outcome {
    let mut counts = Counts::default();
    let (names, mut selection) = count(&args.inputs, &args.which, args.by, |brief, verdict| {
        counts.take(brief, verdict.matches);
    })?;
    let mut table = counts.table(args.by, &names, &mut selection);
    tell_nothing(&selection);
    table.sort(args.sort);
    table.truncate(args.top);
    let mut out = stdout();
    if args.json {
        table.write_json(&mut out)?;
    } else {
        table.write(Paper::new(&args.look), &mut out)?;
    }
    Ok(out.flush()?)
}

fn run_flame(args: &args::Flame) -> Outcome {
    let mut stacks = Stacks::new(args.by);
    let (names, mut selection) = count(&args.inputs, &args.which, By::Function, |brief, verdict| {
        stacks.take(brief, verdict.inside);
    })?;
    stacks.end(&mut selection);
    tell_nothing(&selection);
    let folded = stacks.folded(&names);
    if folded.is_empty() && !args.folded {
        return Err(Failure::found(
            "no call that ended or took any time; nothing to draw, `--by calls` may".to_owned(),
        ));
    }
    args.output.spare(&args.inputs.files)?;
    args.output.write(|out| {
        if args.folded {
            folded.iter().try_for_each(|line| writeln!(out, "{line}"))?;
        } else {
            stacks.draw(&folded, out)?;
        }
        Ok(())
    })
}

fn run_perfetto(args: &args::Perfetto) -> Outcome {
    let (inputs, selection) = asked(&args.inputs.files, &args.which)?;
    let names = inputs.iter().map(Input::to_string).collect();
    args.output.spare(&args.inputs.files)?;
    if !args.json && args.output.output.is_none() && io::stdout().is_terminal() {
        return Err(Failure::at("stdout", "is a terminal; expected `-o trace.pftrace`, or `--json`"));
    }
    args.output.write(|out| {
        let mut view = Perfetto::new(names, selection, args.json, out);
        tell(&read_into(&inputs, args.inputs.strict, false, &mut view)?);
        tell_nothing(&view.finish()?);
        Ok(())
    })
}

fn run_open(args: &args::Open) -> Outcome {
    let sources = if args.source.is_empty() { vec![".".into()] } else { args.source.clone() };
    let options = open::Options { port: args.port, opens_browser: !args.no_browser, sources };
    let inputs = asked::inputs(&args.files)?;
    let Some(html) = &args.html else { return open::run(inputs, &options, &mut stdout()) };
    let output = args::Output { output: Some(html.clone()) };
    output.spare(&args.files)?;
    output.write(|mut out| open::write_html(inputs, &options, &mut out))
}

fn run_cat(args: &args::Cat) -> Outcome {
    let (mut out, mut tally) = (stdout(), Tally::default());
    let progress = Progress::new(!io::stdout().is_terminal());
    let (inputs, mut selection) = match args.which.run {
        // all lines are asked for, unless something else is
        None if args.which.is_all() => (asked::inputs(&args.files)?, Selection::default()),
        _ => asked(&args.files, &args.which)?,
    };
    for input in &inputs {
        if selection.is_all() {
            read::copy(input, &progress, &mut out, &mut tally)?;
        } else {
            read::copy_some(input, &mut selection, &progress, &mut out, &mut tally)?;
        }
    }
    out.flush()?;
    drop(progress);
    tell(&tally);
    tell_nothing(&selection);
    Ok(())
}

fn run_check(args: &args::Check) -> Outcome {
    let progress = Progress::new(!io::stdout().is_terminal());
    let mut check = Check::new(stdout());
    check.files(asked::inputs(&args.files)?, &progress)?;
    check.finish()
}

fn run_recover(args: &args::Recover) -> Outcome {
    let mut out = stdout();
    if args.all {
        let found = flowtrace_runtime::recover_all().map_err(|error| Failure::at("recover", error))?;
        writeln!(out, "{}", recovered(found))?;
    } else if args.files.is_empty() {
        left::list(&flowtrace_runtime::left_behind(), SystemTime::now(), &mut out)?;
    }
    for file in &args.files {
        let found = flowtrace_runtime::recover(file).map_err(|error| Failure::at(file.display(), error))?;
        writeln!(out, "{}: {}", file.display(), recovered(found))?;
    }
    Ok(out.flush()?)
}

fn recovered(found: Recovered) -> String {
    let Recovered { lines, lost, .. } = found;
    match found.processes {
        0 => "nothing was left".to_owned(),
        1 => format!("{lines} lines of 1 process added, {lost} lost"),
        n => format!("{lines} lines of {n} processes added, {lost} lost"),
    }
}

/// Counts the calls of the inputs by `take`, and tells what was left out.
fn count(
    args: &args::Inputs,
    which: &args::Where,
    by: By,
    take: impl FnMut(&Brief, Verdict),
) -> Outcome<(Names, Selection)> {
    let (inputs, mut selection) = asked(&args.files, which)?;
    let progress = Progress::new(true);
    let (names, tally) = read::briefs(&inputs, by, &mut selection, args.strict, &progress, take)?;
    drop(progress);
    tell(&tally);
    Ok((names, selection))
}

/// What is asked for; of several runs in a file, which one that is is told.
fn asked(files: &[String], which: &args::Where) -> Outcome<(Vec<Input>, Selection)> {
    let (inputs, selection, note) = asked::asked(files, which)?;
    if let Some(note) = note {
        eprintln!("flowtrace: {note}");
    }
    Ok((inputs, selection))
}

/// Tells that nothing was found, and what is near.
fn tell_nothing(selection: &Selection) {
    if let Some(note) = selection.note() {
        eprintln!("flowtrace: {note}");
    }
}

fn tell(tally: &Tally) {
    for note in tally.notes().lines() {
        eprintln!("flowtrace: {note}");
    }
}

/// Reads all inputs into `sink`, and returns what was left out, to be told when the output is done.
fn read_into(inputs: &[Input], strict: bool, follow: bool, sink: &mut impl Sink) -> Outcome<Tally> {
    let mode = Mode { strict, follow };
    let progress = Progress::new(!io::stdout().is_terminal());
    if follow && inputs.len() > 1 {
        return Err(Failure::at("--follow", "expected one file or a pipe"));
    }
    read::each(inputs, mode, &progress, sink)
}

fn stdout() -> BufWriter<StdoutLock<'static>> {
    BufWriter::with_capacity(1 << 16, io::stdout().lock())
}

impl args::Output {
    /// Refuses an output that is one of the files to be read: it would be empty before it is.
    fn spare(&self, inputs: &[String]) -> Outcome {
        let id = |path: &Path| std::fs::canonicalize(path).ok();
        let Some(output) = self.output.as_ref().and_then(|path| id(path)) else { return Ok(()) };
        match inputs.iter().find(|input| id(Path::new(input)).is_some_and(|input| input == output)) {
            Some(input) => Err(Failure::at(
                input,
                "is read and can't be written at once; expected another file for `-o`",
            )),
            None => Ok(()),
        }
    }

    /// Lets `write` write to the file that is named, or to stdout.
    fn write(&self, write: impl FnOnce(&mut dyn Write) -> Outcome) -> Outcome {
        let Some(path) = &self.output else {
            let mut out = stdout();
            write(&mut out)?;
            return Ok(out.flush()?);
        };
        let named = |error| Failure::at(path.display(), error);
        let mut out = BufWriter::new(File::create(path).map_err(named)?);
        write(&mut out)?;
        out.flush().map_err(named)
    }
}
