//! What a call costs in a burst, for each workload and rival; the bytes it writes, and the calls that were lost.
use crate::rivals::{COMPARED, Rival};
use crate::rounds::Rounds;
use crate::run::{BURST, Bench, Outcome};
use crate::subjects::{WORKLOADS, Workload};
use crate::table::{self, Aim, Row, number};

pub fn run(bench: &Bench) -> Vec<Aim> {
    println!("\nIn bursts of {BURST} calls:");
    WORKLOADS.iter().flat_map(|workload| workload_table(bench, workload)).collect()
}

fn workload_table(bench: &Bench, workload: &Workload) -> Vec<Aim> {
    let slow: Vec<bool> = COMPARED.iter().map(|rival| rival.slow).collect();
    let mut sums: Vec<Outcome> = COMPARED.iter().map(|_| Outcome::default()).collect();
    let nanos = Rounds::take(bench.rounds, &slow, |i| {
        let outcome = bench.child("burst", &COMPARED[i], workload, BURST);
        sums[i].made += outcome.made;
        sums[i].lines += outcome.lines;
        sums[i].bytes += outcome.bytes;
        outcome.numbers[0]
    });
    let index = |name| COMPARED.iter().position(|rival| rival.name == name).expect("a rival's name");
    let (ours, floor) = (index("flowtrace"), index("the floor"));
    let rows: Vec<Row> = COMPARED
        .iter()
        .enumerate()
        .map(|(i, rival)| {
            let bytes = sums[i].bytes as f64 / sums[i].lines as f64 * rival.lines as f64;
            let cells = vec![
                number(nanos.median(i)),
                number(nanos.ratio(i, ours)),
                number(nanos.ratio(i, floor)),
                if rival.lines == 0 { "-".to_owned() } else { number(bytes) },
                lost(&sums[i], rival),
            ];
            (rival.name.to_owned(), cells)
        })
        .collect();
    table::print(workload.title, &["ns/call", "/flowtrace", "/floor", "B/call", "lost"], &rows);
    let aim =
        |wanted: &str, found: String, met| Aim { wanted: format!("{}: {wanted}", workload.name), found, met };
    let tracing = nanos.ratio(index("tracing json"), ours);
    let fastrace = nanos.ratio(index("fastrace, properties"), ours);
    let floor = nanos.ratio(ours, floor);
    vec![
        aim("at most 1/80 of tracing json", format!("1/{}", number(tracing)), tracing >= 80.0),
        aim("at most 1/4 of fastrace with properties", format!("1/{}", number(fastrace)), fastrace >= 4.0),
        aim("below 2 x the floor", format!("{} x", number(floor)), floor < 2.0),
    ]
}

/// How many of the calls have not all their lines.
pub fn lost(outcome: &Outcome, rival: &Rival) -> String {
    let expected = outcome.made * rival.lines;
    match expected.saturating_sub(outcome.lines) {
        _ if rival.lines == 0 => "-".to_owned(),
        0 => "0".to_owned(),
        lines => format!("{:.2} %", lines as f64 / expected as f64 * 100.0),
    }
}
