//! Two threads that call at once: their CPU time for a call, beside that of one.
use crate::rivals::find;
use crate::rounds::Rounds;
use crate::run::{BURST, Bench};
use crate::subjects::WORKLOADS;
use crate::table::{self, Aim, Row, number};

const COMPARED: [&str; 5] =
    ["flowtrace", "the floor", "fastrace, properties", "one write(2) a line", "tracing json"];

pub fn run(bench: &Bench) -> Vec<Aim> {
    // one thread at the even places, two at the odd ones
    let slow: Vec<bool> = COMPARED.iter().flat_map(|name| [find(name).slow; 2]).collect();
    let nanos = Rounds::take(bench.rounds, &slow, |i| {
        let mode = ["threads-1", "threads-2"][i % 2];
        bench.child(mode, find(COMPARED[i / 2]), &WORKLOADS[0], BURST / 2).numbers[0]
    });
    let rows: Vec<Row> = COMPARED
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let (one, two) = (2 * i, 2 * i + 1);
            let cells = vec![nanos.median(one), nanos.median(two), nanos.ratio(two, one)];
            ((*name).to_owned(), cells.into_iter().map(number).collect())
        })
        .collect();
    table::print(
        "get(), CPU time of the callers",
        &["1 thread, ns/call", "2 threads, ns/call", "ratio"],
        &rows,
    );
    let ratio = nanos.ratio(1, 0);
    vec![Aim {
        wanted: "2 threads: at most 1.3 x the CPU time a call of one".to_owned(),
        found: format!("{} x", number(ratio)),
        met: ratio <= 1.3,
    }]
}
