//! What there is: files, functions, tracks, and how much of each.
use serde::Serialize;
use serde_json::{Value, json};

use crate::index::{Function, Index, Tables, TrackName, flag};
use crate::open::trace::Trace;

/// The answer to `info`.
#[derive(Serialize)]
pub(in crate::open) struct Info<'a> {
    files: Vec<Value>,
    origin: String,
    end: u64,
    calls: u32,
    roots: usize,
    errors: u64,
    panics: u64,
    open: u64,
    lost: u64,
    runs: Vec<Value>,
    functions: &'a [Function],
    tracks: &'a [TrackName],
    threads: &'a [String],
    /// What could not be read, a line each.
    notes: &'a str,
    live: bool,
}

pub(in crate::open) fn info<'a>(trace: &Trace, index: &'a Index, live: bool) -> Info<'a> {
    let Tables { functions, tracks, threads, origin, end, notes, lost, .. } = &index.names;
    let (mut errors, mut panics, mut open) = (0, 0, 0);
    for call in 0..index.calls() {
        let flags = index.flags(call);
        errors += u64::from(flags & flag::ERROR != 0);
        panics += u64::from(flags & flag::PANIC != 0);
        open += u64::from(flags & flag::OPEN != 0);
    }
    let end = end.saturating_sub(*origin);
    Info {
        files: trace.files(index),
        origin: origin.to_string(),
        end,
        calls: index.calls(),
        roots: index.roots().len(),
        errors,
        panics,
        open,
        lost: *lost,
        runs: (1..=index.names.runs.len()).filter_map(|number| run(index, number)).collect(),
        functions,
        tracks,
        threads,
        notes,
        live,
    }
}

/// A run of the program.
fn run(index: &Index, number: usize) -> Option<Value> {
    let calls = index.run(number)?;
    let origin = index.names.origin;
    let start = calls.clone().next().map_or(origin, |call| index.start(call));
    let end = index.names.runs.get(number - 1)?.end;
    let (start, end) = (start.saturating_sub(origin), end.saturating_sub(origin));
    Some(json!({ "run": number, "start": start, "end": end, "calls": calls.len(), "pid": null }))
}
