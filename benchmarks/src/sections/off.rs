//! What the attribute costs where nothing is traced: the time over that of the untraced call.
use crate::rivals::find;
use crate::rounds::Rounds;
use crate::run::Bench;
use crate::subjects::WORKLOADS;
use crate::table::{self, Aim, Row, number};

const COMPARED: [&str; 8] = [
    "untraced",
    "flowtrace, off",
    "flowtrace, sampled out",
    "flowtrace, counted",
    "tracing, no subscriber",
    "tracing, filtered out",
    "fastrace, no reporter",
    "fastrace, no root",
];
const CALLS: u64 = 500_000;

pub fn run(bench: &Bench) -> Vec<Aim> {
    let nanos = Rounds::take(bench.rounds, &[false; COMPARED.len()], |i| {
        bench.child("burst", find(COMPARED[i]), &WORKLOADS[0], CALLS).numbers[0]
    });
    let rows: Vec<Row> = COMPARED
        .iter()
        .enumerate()
        .map(|(i, name)| {
            ((*name).to_owned(), vec![number(nanos.median(i)), format!("{:+.2}", nanos.over(i, 0))])
        })
        .collect();
    table::print("get(), not traced", &["ns/call", "over untraced"], &rows);
    let aim = |wanted: &str, i, bound| Aim {
        wanted: wanted.to_owned(),
        found: format!("{:+.2} ns", nanos.over(i, 0)),
        met: nanos.over(i, 0) <= bound,
    };
    vec![
        aim("off by filter: at most 1 ns over untraced", 1, 1.0),
        aim("sampled out: at most 10 ns over untraced", 2, 10.0),
        aim("counted: at most 15 ns over untraced", 3, 15.0),
    ]
}
