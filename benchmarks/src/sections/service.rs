//! The demo service, cached reads over 64 connections, by `service/load`: untraced, traced, and with tracing's JSON.
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::rounds::spread;
use crate::run::Bench;
use crate::table::{self, Aim, Row, number, range};

const SUBJECTS: [&str; 4] = ["untraced", "file", "compact", "tracing"];

pub fn run(bench: &Bench) -> Vec<Aim> {
    let load = Path::new(env!("CARGO_MANIFEST_DIR")).join("service/load");
    let mut found: BTreeMap<String, Vec<[f64; 2]>> = BTreeMap::new();
    for _ in 0..bench.rounds.div_ceil(3) {
        let output = Command::new(&load)
            .arg("2")
            .env("WORK", "cached")
            .env("CONNECTIONS", "64")
            .env("SUBJECTS", SUBJECTS.join(" "))
            .output()
            .expect("a shell");
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            println!("\nservice: skipped: {}", said.lines().last().unwrap_or_default());
            return vec![];
        }
        for line in String::from_utf8_lossy(&output.stdout).lines().filter(|line| line.starts_with("cached"))
        {
            let cells: Vec<&str> = line.split_whitespace().collect();
            let number = |at: usize| cells[at].parse().expect("a number");
            found.entry(cells[2].to_owned()).or_default().push([number(3), number(7)]);
        }
    }
    let of = |subject: &str, at: usize| spread(found[subject].iter().map(|figures| figures[at]).collect());
    // to the untraced one of the same round
    let ratio = |subject: &str, at: usize| {
        let pairs = found[subject].iter().zip(&found["untraced"]);
        spread(pairs.map(|(figures, untraced)| figures[at] / untraced[at]).collect())
    };
    let rows: Vec<Row> = SUBJECTS
        .iter()
        .map(|subject| {
            let cells = vec![of(subject, 0), ratio(subject, 0), of(subject, 1), ratio(subject, 1)];
            ((*subject).to_owned(), cells.into_iter().map(range).collect())
        })
        .collect();
    let columns = ["requests/s", "of untraced", "CPU, us a request", "x untraced"];
    table::print("the demo service, a cached GET, 64 connections", &columns, &rows);
    let aim = |wanted: &str, found: f64, met| Aim { wanted: wanted.to_owned(), found: number(found), met };
    let [rate, json, compact] = [ratio("file", 0)[1], ratio("file", 1)[1], ratio("compact", 1)[1]];
    vec![
        aim("service: at least 0.85 of the requests/s", rate, rate >= 0.85),
        aim("service, JSON: at most 1.7 x the CPU", json, json <= 1.7),
        aim("service, compact: at most 1.35 x the CPU", compact, compact <= 1.35),
    ]
}
