//! The parts of a run. Each prints a table, and says which aims it has seen met.
mod burst;
mod code;
mod compiled_out;
mod duration;
mod formats;
mod instructions;
mod off;
mod row;
mod service;
mod sustained;
mod threads;

use crate::run::Bench;
use crate::table::Aim;

type Section = fn(&Bench) -> Vec<Aim>;

pub const SECTIONS: [(&str, Section); 11] = [
    ("burst", burst::run),
    ("formats", formats::run),
    ("row", row::run),
    ("sustained", sustained::run),
    ("threads", threads::run),
    ("off", off::run),
    ("duration", duration::run),
    ("compiled-out", compiled_out::run),
    ("code", code::run),
    ("instructions", instructions::run),
    ("service", service::run),
];
