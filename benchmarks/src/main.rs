//! What a traced call costs, with flowtrace and with others, measured in one run.
//!
//! `cargo run --release [-- [--quick] [--chart FILE] [SECTION …]]`; a section is `burst`, `formats`, `row`, `sustained`, `threads`,
//! `off`, `duration`, `compiled-out`, `code`, `instructions` or `service`, and all are run when none is named. FILE gets the figures of
//! `formats` as an SVG.
mod chart;
mod child;
mod rivals;
mod rounds;
mod run;
mod sections;
mod services;
mod subjects;
mod table;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use sections::SECTIONS;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1).peekable();
    if args.next_if(|arg| arg == "child").is_some() {
        child::main(args);
        return ExitCode::SUCCESS;
    }
    let (mut quick, mut chart, mut wanted) = (false, None, vec![]);
    while let Some(arg) = args.next() {
        match SECTIONS.iter().find(|(name, _)| *name == arg) {
            Some(section) => wanted.push(section),
            None if arg == "--quick" => quick = true,
            None if arg == "--chart" && args.peek().is_some() => chart = args.next().map(PathBuf::from),
            None => {
                let names: Vec<&str> = SECTIONS.iter().map(|(name, _)| *name).collect();
                eprintln!(
                    "no section {arg:?}; there are {}, and --quick, and --chart FILE",
                    names.join(", ")
                );
                return ExitCode::FAILURE;
            }
        }
    }
    if wanted.is_empty() {
        wanted = SECTIONS.iter().collect();
    }
    let machine = machine();
    println!("{machine}");
    let bench = run::Bench::new(quick, chart, machine);
    let aims = wanted.into_iter().flat_map(|(_, section)| section(&bench)).collect();
    table::print_aims(aims);
    ExitCode::SUCCESS
}

/// The processor, the kernel and the compiler.
fn machine() -> String {
    let said = |program: &str, arg: &str| {
        let output = Command::new(program).arg(arg).output().ok();
        output.map_or_else(String::new, |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        info.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split(": ").nth(1));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = model.unwrap_or("a processor");
    let compiler = said("rustc", "--version");
    let compiler = compiler.split(" (").next().unwrap_or_default();
    format!("{cores} cores of {model}, {} {}, {compiler}", said("uname", "-s"), said("uname", "-r"))
}
