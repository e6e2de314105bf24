//! Decides which trees of calls are kept, from the records of their calls in order.
//!
//! A tree is all calls of one trace in this process: those below a root, or below a context that another service sent.
//! It is over once none of its calls is open. What begins in a trace after that is a tree of its own, unless the trace
//! was kept not long ago.
use std::collections::{HashMap, VecDeque};

use crate::record::kept;
use crate::settings::keep::Keep;

/// How long a tree may be open, in nanoseconds, before it is kept.
const LONGEST: u64 = 10_000_000_000;
/// How many traces are remembered that were kept.
const MOST_KEPT: usize = 16 * 1024;

/// What is asked of a record of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// The low half of the trace id: the high one says no more.
    pub(super) trace: u64,
    pub(super) span: u64,
    pub(super) step: Step,
    /// It is kept outside of the ring, where there is room for one.
    pub(super) is_large: bool,
}

/// What a record tells of its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It begins at this time.
    Begins(u64),
    Ends {
        failed: bool,
        nanos: u64,
    },
}

/// What becomes of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Where its records stand that have waited.
    pub(super) records: Vec<u64>,
    /// One of [`kept`], or `None` if it is left out.
    pub(super) kept: Option<u64>,
}

/// What is known of the trees.
#[derive(Default)]
pub(super) struct Decider {
    traces: HashMap<u64, Trace>,
    /// Where each undecided tree begins, in order. Those that are decided go once they come first.
    waiting: VecDeque<(u64, u64)>,
    /// The traces that are kept and remembered.
    kept: VecDeque<u64>,
}

enum Trace {
    Undecided(Tree),
    /// Whether it was asked for since it was last looked at.
    Kept {
        asked: bool,
    },
}

struct Tree {
    /// Its first call, and whether that is open.
    first: u64,
    first_open: bool,
    began: u64,
    open: u64,
    records: Vec<u64>,
}

impl Decider {
    /// Takes the record at `at`; what becomes of its tree, if that is now known.
    pub(super) fn see(&mut self, at: u64, seen: Seen, keep: Keep) -> Option<Verdict> {
        let Seen { trace, span, step, is_large } = seen;
        let tree = match (self.traces.get_mut(&trace), step) {
            (Some(Trace::Kept { asked }), _) => {
                *asked = true;
                return None;
            }
            (Some(Trace::Undecided(tree)), _) => tree,
            // it began before anybody looked, or its beginning is lost
            (None, Step::Ends { .. }) => return None,
            (None, Step::Begins(began)) => {
                self.waiting.push_back((at, trace));
                let tree = Tree { first: span, first_open: true, began, open: 0, records: Vec::new() };
                let Trace::Undecided(tree) = self.traces.entry(trace).or_insert(Trace::Undecided(tree))
                else {
                    return None;
                };
                tree
            }
        };
        tree.records.push(at);
        let outcome = match step {
            Step::Begins(_) => {
                tree.open += 1;
                is_large.then_some(Some(kept::TOO_LARGE))
            }
            Step::Ends { failed, nanos } => {
                tree.open = tree.open.saturating_sub(1);
                tree.first_open &= span != tree.first;
                match () {
                    () if failed && keep.errors || nanos > keep.slower => Some(Some(kept::WANTED)),
                    () if is_large => Some(Some(kept::TOO_LARGE)),
                    () => (tree.open == 0).then_some(None),
                }
            }
        };
        outcome.and_then(|kept| self.decide(trace, kept))
    }

    /// Keeps the first tree that waits, if it is not to wait longer: `now`, with records up to `end`, of which `most` bytes
    /// may wait. Where nobody can wait, `at_once` is why it is kept.
    pub(super) fn overdue(
        &mut self,
        now: u64,
        end: u64,
        most: u64,
        at_once: Option<u64>,
        keep: Keep,
    ) -> Option<Verdict> {
        let (begin, trace) = self.first()?;
        let Some(Trace::Undecided(tree)) = self.traces.get(&trace) else { return None };
        let age = now.saturating_sub(tree.began);
        let kept = match at_once {
            // it will have been too slow, however it ends
            _ if tree.first_open && age > keep.slower => kept::WANTED,
            Some(kept) => kept,
            None if end - begin > most => kept::TOO_LARGE,
            None if age > LONGEST => kept::OPEN_TOO_LONG,
            None => return None,
        };
        self.decide(trace, Some(kept))
    }

    /// Where the first undecided tree begins.
    pub(super) fn waits_from(&mut self) -> Option<u64> {
        self.first().map(|(at, _)| at)
    }

    fn first(&mut self) -> Option<(u64, u64)> {
        loop {
            let (at, trace) = *self.waiting.front()?;
            match self.traces.get(&trace) {
                Some(Trace::Undecided(tree)) if tree.records.first() == Some(&at) => {
                    return Some((at, trace));
                }
                _ => self.waiting.pop_front(),
            };
        }
    }

    fn decide(&mut self, trace: u64, kept: Option<u64>) -> Option<Verdict> {
        let Trace::Undecided(Tree { records, .. }) = self.traces.remove(&trace)? else { return None };
        if kept.is_some() {
            self.traces.insert(trace, Trace::Kept { asked: false });
            self.kept.push_back(trace);
            self.forget();
        }
        Some(Verdict { records, kept })
    }

    /// Forgets the kept trace that was not asked for the longest time, if there are too many.
    fn forget(&mut self) {
        while self.kept.len() > MOST_KEPT
            && let Some(trace) = self.kept.pop_front()
        {
            let Some(Trace::Kept { asked }) = self.traces.get_mut(&trace) else { continue };
            if std::mem::take(asked) {
                self.kept.push_back(trace);
            } else {
                self.traces.remove(&trace);
            }
        }
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
