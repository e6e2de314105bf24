//! How long flowtrace says that an empty function took: what is left of its own cost in a duration.
use crate::rivals::find;
use crate::rounds::Rounds;
use crate::run::{BURST, Bench};
use crate::subjects::WORKLOADS;
use crate::table::{self, Aim, number, range};

pub fn run(bench: &Bench) -> Vec<Aim> {
    let nanos = Rounds::take(bench.rounds, &[false], |_| {
        bench.child("empty", find("flowtrace"), &WORKLOADS[0], BURST).numbers[0]
    });
    let row = ("flowtrace".to_owned(), vec![range(nanos.spread(0))]);
    table::print("fn empty() {}, the duration in its line", &["median of a burst, ns"], &[row]);
    let found = nanos.median(0);
    vec![Aim {
        wanted: "an empty function: at most 15 ns".to_owned(),
        found: number(found),
        met: found <= 15.0,
    }]
}
