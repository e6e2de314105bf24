//! Calls without a pause until a gigabyte is in a file, beside one thread that only writes as much.
use std::path::PathBuf;

use crate::rivals::find;
use crate::rounds::Rounds;
use crate::run::Bench;
use crate::subjects::WORKLOADS;
use crate::table::{self, Aim, Row, number};

pub fn run(bench: &Bench) -> Vec<Aim> {
    let bytes = if bench.quick { 256 << 20 } else { 1 << 30 };
    let (flowtrace, get) = (find("flowtrace"), &WORKLOADS[0]);
    let mut places = vec![("temporary folder", std::env::temp_dir())];
    places.extend([("tmpfs", PathBuf::from("/dev/shm"))].into_iter().filter(|(_, path)| path.is_dir()));
    let (mut rows, mut aims): (Vec<Row>, Vec<Aim>) = (vec![], vec![]);
    for (place, path) in places {
        let modes = [("row", bytes / bench.bytes_per_call(get)), ("pieces", bytes)];
        let rates = Rounds::take(bench.rounds.div_ceil(4), &[false; 2], |i| {
            let outcome = bench.child_in(&path, modes[i].0, flowtrace, get, modes[i].1);
            outcome.bytes as f64 / outcome.numbers[1] / 1e6
        });
        let ratio = rates.ratio(0, 1);
        rows.push((place.to_owned(), vec![number(rates.median(0)), number(rates.median(1)), number(ratio)]));
        aims.push(Aim {
            wanted: format!("sustained, {place}: at least 80 % of what write() reaches"),
            found: format!("{:.0} %", ratio * 100.0),
            met: ratio >= 0.8,
        });
    }
    let title = format!("get(), {} MiB to a file", bytes >> 20);
    table::print(&title, &["flowtrace, MB/s", "write() of 64 KiB, MB/s", "ratio"], &rows);
    aims
}
