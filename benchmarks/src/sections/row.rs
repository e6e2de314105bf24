//! Two million calls in a row: what a call costs when nobody waits for the writer, and what gets lost.
use super::burst::lost;
use crate::rivals::find;
use crate::run::{BURST, Bench};
use crate::subjects::WORKLOADS;
use crate::table::{self, Aim, Row, number};

pub fn run(bench: &Bench) -> Vec<Aim> {
    let count = if bench.quick { 50 * BURST } else { 334 * BURST };
    let row = |name: &str, mode, roots: &str| -> Row {
        let rival = find(name);
        let outcome = bench.child(mode, rival, &WORKLOADS[0], count);
        let mut cells: Vec<String> =
            outcome.numbers.iter().map(|seconds| number(seconds * 1e9 / outcome.made as f64)).collect();
        cells.push(lost(&outcome, rival));
        (format!("{name}{roots}"), cells)
    };
    let each = format!(", a root for {BURST}");
    let rows = [
        row("flowtrace", "row", ""),
        row("fastrace, bare span", "row", &each),
        row("fastrace, properties", "row", &each),
        row("fastrace, properties", "whole", ", one root"),
    ];
    table::print(
        &format!("get(), {count} calls in a row"),
        &["ns/call", "ns/call, written", "CPU, ns/call", "lost"],
        &rows,
    );
    vec![]
}
