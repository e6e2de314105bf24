//! Which calls a question is about: those of a time, of a tree, of a filter.
use std::ops::Range;
use std::sync::Arc;

use super::ask::{Answer, Ask, Refusal};
use super::filter;
use crate::index::Index;

/// A choice of calls.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// Nanoseconds since the Unix epoch.
    from: u64,
    to: u64,
    root: Option<u32>,
    /// The calls that a filter chose, a bit each.
    chosen: Option<Arc<Vec<u64>>>,
    /// The calls of a run.
    run: Option<Range<u32>>,
}

impl Selection {
    pub(super) fn of(index: &Index, ask: &Ask<'_>) -> Answer<Self> {
        let chosen = ask.text("w").map(|filter| filter::chosen(index, filter)).transpose()?;
        Ok(Self { chosen, ..Self::without_filter(index, ask)? })
    }

    /// All but the filter.
    pub(super) fn without_filter(index: &Index, ask: &Ask<'_>) -> Answer<Self> {
        let origin = index.names.origin;
        let moment = |name| -> Answer<Option<u64>> {
            // before the first line there is nothing
            Ok(ask.number::<i64>(name)?.map(|nanos| origin.saturating_add_signed(nanos.max(0))))
        };
        let mut selection = Self {
            from: moment("from")?.unwrap_or(0),
            to: moment("to")?.unwrap_or(u64::MAX),
            ..Self::default()
        };
        if let Some(root) = ask.number::<u32>("root")? {
            if root >= index.calls() {
                return Err(Refusal::missing(format!("there is no call {root}")));
            }
            selection.root = Some(root);
        }
        if let Some(run) = ask.text("run").filter(|run| *run != "all") {
            let missing = || Refusal::missing(format!("there is no run `{run}`"));
            let number = run.parse().map_err(|_| missing())?;
            // of a single run, all is asked for
            selection.run =
                Some(index.run(number).ok_or_else(missing)?).filter(|_| index.names.runs.len() > 1);
        }
        Ok(selection)
    }

    /// Whether a filter chose.
    pub(super) fn is_filtered(&self) -> bool {
        self.chosen.is_some()
    }

    /// No call before this one is chosen.
    pub(super) fn first(&self) -> u32 {
        // what is below a call has higher numbers
        self.root.unwrap_or(0).max(self.run.as_ref().map_or(0, |run| run.start))
    }

    /// Whether only the time matters.
    pub(super) fn is_any_call(&self) -> bool {
        self.root.is_none() && self.chosen.is_none() && self.run.is_none()
    }

    pub(super) fn from(&self) -> u64 {
        self.from
    }

    pub(super) fn to(&self) -> u64 {
        self.to
    }

    /// Whether the call is chosen, whatever the time.
    pub(super) fn has(&self, index: &Index, call: u32) -> bool {
        let is_chosen = |chosen: &Arc<Vec<u64>>| {
            chosen.get(call as usize / 64).is_some_and(|bits| bits >> (call % 64) & 1 == 1)
        };
        self.chosen.as_ref().is_none_or(is_chosen) && self.root.is_none_or(|root| is_below(index, call, root))
    }

    /// Whether the call reaches into the time.
    pub(super) fn is_then(&self, index: &Index, call: u32) -> bool {
        index.start(call) < self.to && index.end(call) >= self.from
    }

    /// All chosen calls, in order.
    pub(super) fn calls<'a>(&'a self, index: &'a Index) -> impl Iterator<Item = u32> + 'a {
        (self.first()..index.calls()).filter(|call| self.has(index, *call) && self.is_then(index, *call))
    }
}

/// Whether `call` is `root`, or below it.
fn is_below(index: &Index, call: u32, root: u32) -> bool {
    if call < root || index.root(call) != index.root(root) {
        return false;
    }
    let mut above = call;
    while above > root {
        match index.parent(above) {
            Some(parent) => above = parent,
            None => return false,
        }
    }
    above == root
}
