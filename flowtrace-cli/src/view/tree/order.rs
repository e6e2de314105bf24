//! In which order trees are printed: by time, or the longest first.
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::Tree;
use crate::view::row::Row;

/// So many calls wait at most for a tree that began before them.
const WAITING: usize = 100_000;

/// What decides the order of roots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum RootOrder {
    /// When they began
    #[default]
    Time,
    /// How long they took, the longest first; open ones before all others
    Duration,
}

/// What is ready to be printed, and what it waits for.
pub(super) struct Order {
    by: RootOrder,
    top: usize,
    /// The begins and the numbers of trees that are open.
    open: BTreeSet<(u64, u64)>,
    waiting: BTreeMap<(u64, u64), Waiting>,
    /// By how long they took.
    longest: BTreeMap<(Reverse<u64>, u64), Box<Tree>>,
    /// How many calls wait.
    calls: usize,
}

/// A piece of output.
pub(super) enum Waiting {
    Tree(Box<Tree>),
    /// Lines are missing, and when that was.
    Lost(Box<(u64, Row)>),
}

impl Order {
    pub(super) fn new(by: RootOrder, top: usize) -> Self {
        let (open, waiting, longest) = (BTreeSet::new(), BTreeMap::new(), BTreeMap::new());
        Self { by, top, open, waiting, longest, calls: 0 }
    }

    /// The tree with this number began.
    pub(super) fn begun(&mut self, at: u64, number: u64) {
        if self.by == RootOrder::Time {
            self.open.insert((at, number));
        }
    }

    /// It has ended.
    pub(super) fn ended(&mut self, at: u64, number: u64) {
        self.open.remove(&(at, number));
    }

    /// Puts `what` into the order. Of the longest, no more are kept than are shown.
    pub(super) fn wait(&mut self, number: u64, what: Waiting) {
        match what {
            Waiting::Tree(tree) if self.by == RootOrder::Duration => {
                let duration = tree.nodes[0].end.as_ref().map_or(u64::MAX, |end| end.duration);
                self.longest.insert((Reverse(duration), number), tree);
                if self.longest.len() > self.top {
                    self.longest.pop_last();
                }
            }
            Waiting::Tree(tree) => {
                self.calls += tree.nodes.len();
                self.waiting.insert((tree.at, number), Waiting::Tree(tree));
            }
            Waiting::Lost(row) => drop(self.waiting.insert((row.0, number), Waiting::Lost(row))),
        }
    }

    /// The next that can be printed; or that there is, where `all` is asked for.
    pub(super) fn next(&mut self, all: bool) -> Option<Waiting> {
        if let Some((key, _)) = self.waiting.first_key_value() {
            let is_first = self.open.first().is_none_or(|open| key < open);
            if !is_first && !all && self.calls <= WAITING {
                return None;
            }
            let (_, next) = self.waiting.pop_first()?;
            if let Waiting::Tree(tree) = &next {
                self.calls -= tree.nodes.len();
            }
            return Some(next);
        }
        if !all {
            return None;
        }
        self.longest.pop_first().map(|(_, tree)| Waiting::Tree(tree))
    }
}
