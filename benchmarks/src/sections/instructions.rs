//! The instructions of a call, counted by callgrind, which do not depend on the machine.
use crate::rivals::find;
use crate::run::Bench;
use crate::subjects::WORKLOADS;
use crate::table::{self, Aim, Row, number};

/// Of a call with its two records.
const MOST: f64 = 450.0;

const COMPARED: [&str; 10] = [
    "untraced",
    "flowtrace, off",
    "flowtrace, sampled out",
    "flowtrace, counted",
    "the floor",
    "the record's floor",
    "flowtrace",
    "fastrace, bare span",
    "fastrace, properties",
    "tracing json",
];

pub fn run(bench: &Bench) -> Vec<Aim> {
    let (mut rows, mut aims): (Vec<Row>, _) = (vec![], vec![]);
    for name in COMPARED {
        let Some(count) = bench.instructions(find(name), &WORKLOADS[0], 2000) else {
            println!("\ninstructions: skipped, as `valgrind --tool=callgrind` does not run here");
            return vec![];
        };
        rows.push((name.to_owned(), vec![number(count)]));
        if name == "flowtrace" {
            let wanted = format!("get: at most {MOST} instructions");
            aims.push(Aim { wanted, found: number(count), met: count <= MOST });
        }
    }
    table::print("get(), instructions of the calling thread", &["a call"], &rows);
    aims
}
