//! The parts of a run. Each prints a table, and says which aims it has seen met.
mod burst;
mod compiled_out;
mod instructions;
mod off;
mod row;
mod sustained;
mod threads;

use crate::run::Bench;
use crate::table::Aim;

type Section = fn(&Bench) -> Vec<Aim>;

pub const SECTIONS: [(&str, Section); 7] = [
    ("burst", burst::run),
    ("row", row::run),
    ("sustained", sustained::run),
    ("threads", threads::run),
    ("off", off::run),
    ("compiled-out", compiled_out::run),
    ("instructions", instructions::run),
];
