//! The trace that is shown: its index, built anew when the files have grown.
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::source::Sources;
use crate::failure::Outcome;
use crate::index::{self, Index, Stamp};
use crate::progress::Progress;
use crate::read::{Input, lock};

/// The trace, for all who answer.
pub(super) struct Trace {
    inputs: Vec<Input>,
    pub(super) sources: Sources,
    now: Mutex<Now>,
}

struct Now {
    index: Arc<Index>,
    /// When it was built, and how long that took.
    built: (Instant, Duration),
}

impl Trace {
    pub(super) fn open(inputs: Vec<Input>, sources: Sources, progress: &Progress) -> Outcome<Self> {
        let begin = Instant::now();
        let index = Arc::new(index::open(&inputs, progress)?);
        let now = Mutex::new(Now { index, built: (Instant::now(), begin.elapsed()) });
        Ok(Self { inputs, sources, now })
    }

    /// The index as it is now. Who has it may go on with it when there is a newer one.
    pub(super) fn index(&self) -> Arc<Index> {
        Arc::clone(&lock(&self.now).index)
    }

    /// Whether it may grow: what comes through a pipe has been read to its end.
    pub(super) fn is_live(&self) -> bool {
        self.inputs.iter().all(|input| matches!(input, Input::File(_)))
    }

    /// Builds the index anew if the files are others than they were; says whether it did. Building takes no more than
    /// a fifth of the time.
    pub(super) fn refresh(&self) -> bool {
        let (index, (at, took)) = {
            let now = lock(&self.now);
            (Arc::clone(&now.index), now.built)
        };
        if at.elapsed() < took * 4
            || Stamp::of_all(&self.inputs).is_none_or(|stamps| stamps == index.names.files)
        {
            return false;
        }
        let begin = Instant::now();
        // a file that is not there right now may come again
        let Ok(index) = index::open(&self.inputs, &Progress::new(false)) else { return false };
        *lock(&self.now) = Now { index: Arc::new(index), built: (Instant::now(), begin.elapsed()) };
        true
    }

    /// The files, as the page names them.
    pub(super) fn files(&self, index: &Index) -> Vec<Value> {
        let bytes = |i: usize| index.names.files.get(i).map(|file| file.bytes);
        let file = |(i, input): (usize, &Input)| json!({ "name": input.to_string(), "bytes": bytes(i) });
        self.inputs.iter().enumerate().map(file).collect()
    }
}
