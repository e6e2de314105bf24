//! The instructions of a call, counted by callgrind, which do not depend on the machine.
use crate::rivals::find;
use crate::run::Bench;
use crate::subjects::WORKLOADS;
use crate::table::{self, Aim, Row, number};

const COMPARED: [&str; 9] = [
    "untraced",
    "flowtrace, off",
    "flowtrace, sampled out",
    "flowtrace, counted",
    "the floor",
    "flowtrace",
    "fastrace, bare span",
    "fastrace, properties",
    "tracing json",
];

pub fn run(bench: &Bench) -> Vec<Aim> {
    let mut rows: Vec<Row> = vec![];
    for name in COMPARED {
        let Some(count) = bench.instructions(find(name), &WORKLOADS[0], 2000) else {
            println!("\ninstructions: skipped, as `valgrind --tool=callgrind` does not run here");
            return vec![];
        };
        rows.push((name.to_owned(), vec![number(count)]));
    }
    table::print("get(), instructions of the calling thread", &["a call"], &rows);
    vec![]
}
