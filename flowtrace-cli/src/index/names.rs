//! What the numbers of an index stand for, as JSON in its last section.
use serde::{Deserialize, Serialize};

use super::build::Read;
use super::layout::Track;
use super::scan::{NONE, Of};
use super::stamp::Stamp;

/// The names.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tables {
    /// Empty where an input was no file.
    pub(crate) files: Vec<Stamp>,
    pub(crate) functions: Vec<Function>,
    pub(crate) threads: Vec<String>,
    pub(crate) reasons: Vec<String>,
    pub(crate) endpoints: Vec<String>,
    pub(crate) tracks: Vec<TrackName>,
    pub(crate) runs: Vec<RunOfCalls>,
    /// The times of the first line and the last.
    pub(crate) origin: u64,
    pub(crate) end: u64,
    /// What could not be read, a line each.
    pub(crate) notes: String,
    pub(crate) lost: u64,
}

/// A function, as answers name it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Function {
    pub(crate) module: String,
    #[serde(rename = "type")]
    pub(crate) self_type: Option<String>,
    pub(crate) name: String,
    pub(crate) source: Option<String>,
}

impl Function {
    /// The whole path: `shop::sql::Store::select`.
    pub(crate) fn path(&self) -> String {
        let self_type = self.self_type.as_ref().map(|name| format!("::{name}")).unwrap_or_default();
        format!("{}{self_type}::{}", self.module, self.name)
    }

    /// What people call it: `Store::select`, `sql::connect`.
    pub(crate) fn short(&self) -> String {
        crate::text::short(&self.path()).to_owned()
    }
}

/// A run of the program that wrote the trace.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct RunOfCalls {
    /// Its first call; the others follow, up to the first of the next run.
    pub(crate) first: u32,
    /// When the next run begins, or the trace ends.
    pub(crate) end: u64,
}

/// When the run ends that a call is in.
pub(super) fn end_of_run(runs: &[RunOfCalls], call: u32) -> u64 {
    let next = runs.partition_point(|run| run.first <= call);
    next.checked_sub(1).and_then(|run| runs.get(run)).map_or(0, |run| run.end)
}

/// A track of the timeline.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TrackName {
    pub(crate) name: String,
    /// `thread` or `task`.
    pub(crate) kind: String,
    /// How many rows it has.
    pub(crate) depth: usize,
    pub(crate) calls: u64,
}

impl Tables {
    pub(super) fn new(read: &Read, tracks: &[Track], runs: Vec<RunOfCalls>, files: Vec<Stamp>) -> Self {
        let texts = |of: Of| read.names[of as usize].texts().map(str::to_owned).collect::<Vec<_>>();
        let sources = texts(Of::Source);
        let function = |(json, source): (&str, &u32)| {
            let mut function: Function = serde_json::from_str(json).unwrap_or_default();
            function.source = (*source != NONE).then(|| sources[*source as usize].clone());
            function
        };
        let functions: Vec<_> =
            read.names[Of::Function as usize].texts().zip(&read.sources).map(function).collect();
        let endpoint =
            |(words, function): (String, &u32)| format!("{} {words}", functions[*function as usize].short());
        let endpoints = texts(Of::Endpoint).into_iter().zip(&read.endpoint_functions).map(endpoint).collect();
        let threads = texts(Of::Thread);
        let mut tasks = 0;
        let track = |track: &Track| {
            let (name, kind) = if let Some(thread) = track.thread {
                (threads[thread as usize].clone(), "thread")
            } else {
                tasks += 1;
                (format!("tasks {tasks}"), "task")
            };
            TrackName { name, kind: kind.to_owned(), depth: track.rows.len(), calls: track.calls }
        };
        let tracks = tracks.iter().map(track).collect();
        let (origin, end) = if read.times.0 > read.times.1 { (0, 0) } else { read.times };
        let (notes, lost) = (read.tally.notes(), read.tally.lost);
        Self {
            files,
            functions,
            threads,
            reasons: texts(Of::Reason),
            endpoints,
            tracks,
            runs,
            origin,
            end,
            notes,
            lost,
        }
    }
}
