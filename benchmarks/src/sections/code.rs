//! How much machine code a traced function is: functions as services have them, with the attribute and without.
use std::fs;

use object::{Object as _, ObjectSection as _};

use super::compiled_out::build;
use crate::run::Bench;
use crate::services;
use crate::table::{self, Aim, number};

/// Two programs with so many functions: what they share, the runtime above all, is in both.
const FEW: usize = 40;
const MANY: usize = 400;

pub fn run(_: &Bench) -> Vec<Aim> {
    let runtime =
        format!("flowtrace-runtime = {{ path = \"{}/../flowtrace-runtime\" }}", env!("CARGO_MANIFEST_DIR"));
    let size = |name: &str, functions, attribute: &str, dependency: &str| {
        let name = format!("{name}{}", if attribute.is_empty() { "" } else { "-traced" });
        let executable = build(&name, &services::source(attribute, functions), dependency)?;
        let bytes = fs::read(executable).expect("the executable");
        let file = object::File::parse(&*bytes).expect("an executable");
        Ok::<_, String>(file.section_by_name(".text").expect(".text").size() as f64)
    };
    let grown = |attribute: &str, dependency: &str| {
        Ok::<_, String>((
            size("few", FEW, attribute, dependency)?,
            size("many", MANY, attribute, dependency)?,
        ))
    };
    let trace = "#[flowtrace_runtime::trace]";
    let ((few, many), (traced_few, traced_many)) =
        match grown("", "").and_then(|bare| Ok((bare, grown(trace, &runtime)?))) {
            Ok(sizes) => sizes,
            Err(said) => {
                println!(
                    "\ncode: skipped, the functions do not build: {}",
                    said.lines().next().unwrap_or_default()
                );
                return vec![];
            }
        };
    let each = ((traced_many - many) - (traced_few - few)) / (MANY - FEW) as f64;
    let with_runtime = (traced_many - many) / MANY as f64;
    let rows = [
        ("each function".to_owned(), vec![number(each)]),
        (format!("{MANY} functions and the runtime, for each"), vec![number(with_runtime)]),
    ];
    table::print(".text that the attribute adds", &["B"], &rows);
    vec![Aim {
        wanted: "code: at most 700 bytes a function".to_owned(),
        found: number(with_runtime),
        met: with_runtime <= 700.0,
    }]
}
