//! What of a tree is shown, decided from the leaves up.
use super::{Node, Tree, TreeView};
use crate::read::Outcome;
use std::io::Write;

/// What is shown of a node.
#[derive(Clone, Copy, Default)]
pub(super) struct Shown {
    /// It is asked for.
    pub(super) asked: bool,
    /// It is, or something below it is, or it stands beside what is.
    pub(super) itself: bool,
    pub(super) level: usize,
    /// How many calls below it the depth hides.
    pub(super) hidden: u64,
    /// A caller went on in spite of its error.
    pub(super) handled: bool,
}

impl<W: Write> TreeView<W> {
    pub(super) fn shown(&self, tree: &Tree) -> Vec<Shown> {
        let nodes = &tree.nodes;
        let mut shown = vec![Shown::default(); nodes.len()];
        for (i, node) in nodes.iter().enumerate() {
            let Some(parent) = node.parent else { continue };
            shown[i].level = shown[parent].level + 1;
            shown[i].handled = match nodes[parent].end.as_ref().map(|end| end.outcome) {
                Some(Outcome::Returned | Outcome::Cancelled) => true,
                Some(Outcome::Error | Outcome::Panic) | None => shown[parent].handled,
            };
        }
        for (i, node) in nodes.iter().enumerate() {
            shown[i].asked = node.named && node.selected && self.filter.judges(end(node));
            shown[i].itself = shown[i].asked;
        }
        if self.layout.context > 0 {
            self.add_context(tree, &mut shown);
        }
        for (i, node) in nodes.iter().enumerate().rev() {
            let Some(parent) = node.parent.filter(|_| shown[i].itself) else { continue };
            shown[parent].itself = true;
            if shown[i].level >= self.layout.depth {
                let calls = node.left_out.as_ref().map_or(1, |calls| calls.sum.count);
                shown[parent].hidden =
                    shown[parent].hidden.saturating_add(calls).saturating_add(shown[i].hidden);
                shown[i].itself = false;
            }
        }
        shown
    }

    /// Shows the calls before and behind each that is asked for, of the same caller.
    fn add_context(&self, tree: &Tree, shown: &mut [Shown]) {
        for callees in tree.callees(|_| true) {
            for at in (0..callees.len()).filter(|at| shown[callees[*at]].asked).collect::<Vec<_>>() {
                let from = at.saturating_sub(self.layout.context);
                let beside = callees.iter().take(at.saturating_add(self.layout.context + 1)).skip(from);
                beside.for_each(|callee| shown[*callee].itself = true);
            }
        }
    }
}

impl Tree {
    /// For each node those that it called and `of` takes, in the order in which they began.
    pub(super) fn callees(&self, of: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
        let mut callees = vec![Vec::new(); self.nodes.len()];
        for (i, node) in self.nodes.iter().enumerate() {
            if let Some(parent) = node.parent.filter(|_| of(i)) {
                callees[parent].push(i);
            }
        }
        callees
    }
}

/// What a node came to, for a filter: an open call has come to nothing yet.
fn end(node: &Node) -> Option<(u64, Outcome)> {
    match &node.left_out {
        Some(calls) => Some(calls.sum.worst()),
        None => node.end.as_ref().map(|end| (end.duration, end.outcome)),
    }
}
