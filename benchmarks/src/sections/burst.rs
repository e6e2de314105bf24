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
    let (ours, floor) = (index("flowtrace"), index("the record's floor"));
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
    let times = |name, most: f64| {
        let ratio = nanos.ratio(ours, index(name));
        aim(&format!("at most {most} x {name}"), format!("{} x", number(ratio)), ratio <= most)
    };
    let of_tracing = aim("at most 1/100 of tracing json", format!("1/{}", number(tracing)), tracing >= 100.0);
    let mut aims = vec![of_tracing, times("fastrace, properties", 0.4)];
    match workload.name {
        "get" => aims.extend([times("fastrace, bare span", 1.2), times("the record's floor", 1.5)]),
        "store" => {
            let nanos = nanos.median(ours);
            aims.push(aim("at most 120 ns", format!("{} ns", number(nanos)), nanos <= 120.0));
        }
        _ => {}
    }
    aims
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
