//! What a call costs in each of flowtrace's formats, beside the others: in a burst, and until it is in a file; and how many bytes it
//! takes there. With `--chart FILE` the CPU time and the bytes are drawn.
use std::fs;

use crate::chart::{self, Bar};
use crate::rivals::find;
use crate::rounds::{Rounds, Spread, spread};
use crate::run::{BURST, Bench};
use crate::subjects::WORKLOADS;
use crate::table::{self, Aim, Row, number, range};

const COMPARED: [&str; 7] = [
    "flowtrace",
    "compact",
    "compact, lz4",
    "compact, zstd",
    "fastrace, bare span",
    "fastrace, properties",
    "tracing json",
];

/// Calls without a pause. tracing makes a tenth of them, since it takes so long.
const CALLS: u64 = 100 * BURST;

pub fn run(bench: &Bench) -> Vec<Aim> {
    let count = COMPARED.len();
    let calls = |i: usize| if COMPARED[i] == "tracing json" { CALLS / 10 } else { CALLS };
    let (mut bytes, mut cpu) = (vec![0.0; count], vec![vec![]; count]);
    // bursts at the first places, calls in a row at those behind
    let nanos = Rounds::take(bench.rounds.div_ceil(2), &vec![false; 2 * count], |place| {
        let (i, workload) = (place % count, &WORKLOADS[0]);
        let rival = find(COMPARED[i]);
        if place < count {
            return bench.child("burst", rival, workload, BURST).numbers[0];
        }
        let outcome = bench.child("row", rival, workload, calls(i));
        bytes[i] = outcome.bytes as f64 / outcome.made as f64;
        cpu[i].push(outcome.numbers[2] * 1e9 / outcome.made as f64);
        outcome.numbers[1] * 1e9 / outcome.made as f64
    });
    let cpu: Vec<Spread> = cpu.into_iter().map(spread).collect();
    let rows: Vec<Row> = COMPARED
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let times = [nanos.spread(i), nanos.spread(count + i), cpu[i]].map(range);
            ((*name).to_owned(), [&times[..], &[number(bytes[i])]].concat())
        })
        .collect();
    let title =
        format!("get(), by format: median (least–most) of {} rounds in turn", bench.rounds.div_ceil(2));
    table::print(
        &title,
        &["in a burst, ns/call", "in a row, ns/call, written", "CPU, ns/call", "B/call"],
        &rows,
    );
    if let Some(path) = &bench.chart {
        let bars = COMPARED.iter().enumerate().map(|(i, name)| Bar {
            name: if i == 0 { "flowtrace, JSON" } else { name },
            spread: cpu[i],
            bytes: bytes[i],
        });
        fs::write(path, chart::draw(&bars.collect::<Vec<_>>(), &bench.machine))
            .expect("the chart is written");
    }
    let at_most =
        |wanted: String, found: f64, most: f64| Aim { wanted, found: number(found), met: found <= most };
    vec![
        at_most("sustained, compact: at most 65 ns a call".to_owned(), nanos.median(count + 1), 65.0),
        at_most("compact: at most 120 bytes a call".to_owned(), bytes[1].round(), 120.0),
        at_most("compact, lz4: at most 60 bytes a call".to_owned(), bytes[2].round(), 60.0),
    ]
}
