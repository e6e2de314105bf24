//! `flowtrace tree`: each root call and all that it called.
//!
//! A tree is kept until no call in it is open, and then printed whole: trees come in the order in which they end.
mod print;

use std::collections::BTreeMap;
use std::io::Write;

use super::call::{self, End};
use super::filter::Filter;
use super::left_out::Sum;
use super::row::Paper;
use crate::failure::Outcome;
use crate::filter::Selection;
use crate::forest::Forest;
use crate::names::Names;
use crate::read::{Kind, LeftOut, Lost, Record, Sink};

/// Grows trees and prints those that are done.
pub(crate) struct TreeView<W: Write> {
    filter: Filter,
    selection: Selection,
    /// How many levels are shown.
    depth: usize,
    /// Where functions stand is shown.
    source: bool,
    paper: Paper,
    out: W,
    functions: Names,
    threads: Names,
    sources: Names,
    forest: Forest<Place>,
    trees: BTreeMap<u64, Tree>,
    reasons: Names,
    /// Calls that were left out below no open call: by whether they have a caller, function and reason.
    apart: BTreeMap<(bool, u32, u32), Sum>,
    begun: u64,
    printed: bool,
}

/// Where a call is kept.
#[derive(Clone, Copy)]
struct Place {
    tree: u64,
    node: usize,
}

/// A root call and all below it, in the order in which they began.
struct Tree {
    trace: Box<str>,
    at: u64,
    /// The caller of the root, if it has one that is not known.
    caller: Option<u64>,
    nodes: Vec<Node>,
    open: usize,
    /// The nodes of calls that were left out, by caller, function and reason.
    left_out: BTreeMap<(usize, u32, u32), usize>,
}

/// A call, or calls that were left out together.
struct Node {
    parent: Option<usize>,
    function: u32,
    thread: u32,
    source: Option<u32>,
    /// The call is asked for by name.
    named: bool,
    /// The selection asks for it.
    selected: bool,
    /// `None` if the ENTER is missing.
    args: Option<Box<str>>,
    /// `None` while it is open.
    end: Option<End>,
    left_out: Option<Box<LeftOutCalls>>,
}

struct LeftOutCalls {
    sum: Sum,
    reason: u32,
}

impl<W: Write> TreeView<W> {
    pub(crate) fn new(
        filter: Filter,
        selection: Selection,
        depth: Option<usize>,
        source: bool,
        paper: Paper,
        out: W,
    ) -> Self {
        Self {
            filter,
            selection,
            depth: depth.unwrap_or(usize::MAX),
            source,
            paper,
            out,
            functions: Names::default(),
            threads: Names::default(),
            sources: Names::default(),
            forest: Forest::new(),
            trees: BTreeMap::new(),
            reasons: Names::default(),
            apart: BTreeMap::new(),
            begun: 0,
            printed: false,
        }
    }

    /// Prints what is still open. The selection says whether anything was found.
    pub(crate) fn finish(mut self) -> Outcome<Selection> {
        let open = std::mem::replace(&mut self.forest, Forest::new());
        for (span, place) in open.into_open() {
            let selected = self.selection.never_ended(span).inside;
            if let Some(tree) = self.trees.get_mut(&place.tree) {
                tree.nodes[place.node].selected |= selected;
            }
        }
        for tree in std::mem::take(&mut self.trees).into_values() {
            self.print(&tree)?;
        }
        self.print_apart()?;
        self.out.flush()?;
        Ok(self.selection)
    }

    /// Plants a node below its caller if that is known, else as a root.
    fn plant(&mut self, record: &Record<'_>, args: Option<Box<str>>, selected: bool) -> Place {
        let caller = record.parent.and_then(|parent| self.forest.get_mut(parent)).copied();
        let mut node = Node {
            parent: None,
            function: self.functions.function(&record.path),
            thread: self.threads.name(record.thread),
            source: record.source.filter(|_| self.source).map(|source| self.sources.name(source)),
            named: self.filter.names(&record.path),
            selected,
            args,
            end: None,
            left_out: None,
        };
        if let Some((place, tree)) = caller.and_then(|place| Some((place, self.trees.get_mut(&place.tree)?)))
        {
            node.parent = Some(place.node);
            node.named |= tree.nodes[place.node].named;
            tree.nodes.push(node);
            tree.open += 1;
            return Place { tree: place.tree, node: tree.nodes.len() - 1 };
        }
        self.begun += 1;
        let tree = Tree {
            trace: record.trace.decoded().into(),
            at: record.at.saturating_sub(record.duration),
            caller: record.parent,
            nodes: vec![node],
            open: 1,
            left_out: BTreeMap::new(),
        };
        self.trees.insert(self.begun, tree);
        Place { tree: self.begun, node: 0 }
    }

    fn close(&mut self, place: Place, end: End, selected: bool) -> Outcome {
        let Some(tree) = self.trees.get_mut(&place.tree) else { return Ok(()) };
        tree.nodes[place.node].selected |= selected;
        tree.nodes[place.node].end = Some(end);
        tree.open -= 1;
        if tree.open > 0 {
            return Ok(());
        }
        let tree = self.trees.remove(&place.tree);
        tree.map_or(Ok(()), |tree| Ok(self.print(&tree)?))
    }
}

impl<W: Write> Sink for TreeView<W> {
    fn call(&mut self, record: &Record<'_>) -> Outcome {
        if !self.filter.takes(Some(record.trace)) {
            return Ok(());
        }
        let value = record.value.map(|value| value.decoded().into());
        if record.kind == Kind::Enter {
            let selected = self.selection.begin(record).inside;
            let place = self.plant(record, value, selected);
            self.forest.begin(record.span, record.parent, record.at, place);
            return Ok(());
        }
        let ended = self.forest.end(record.span, record.at, record.duration);
        let (place, own) = match ended {
            Some(ended) => (ended.data, ended.own),
            None => (self.plant(record, None, false), record.duration),
        };
        let selected = self.selection.end(record).inside;
        self.close(place, End { duration: record.duration, own, outcome: record.outcome, value }, selected)
    }

    fn left_out(&mut self, calls: &LeftOut<'_>) -> Outcome {
        self.forest.left_out(calls.parent, calls.total);
        if !self.filter.takes(calls.trace) {
            return Ok(());
        }
        let selected = self.selection.left_out(calls).inside;
        let function = self.functions.function(&calls.path);
        let reason = self.reasons.name(calls.reason);
        let named = self.filter.names(&calls.path);
        let caller = calls.parent.and_then(|parent| self.forest.get_mut(parent)).copied();
        let Some((place, tree)) = caller.and_then(|place| Some((place, self.trees.get_mut(&place.tree)?)))
        else {
            if named && selected {
                self.apart.entry((calls.parent.is_some(), function, reason)).or_default().add(calls);
            }
            return Ok(());
        };
        let Tree { nodes, left_out, .. } = tree;
        let index = *left_out.entry((place.node, function, reason)).or_insert(nodes.len());
        if index == nodes.len() {
            nodes.push(Node {
                parent: Some(place.node),
                function,
                thread: nodes[place.node].thread,
                source: None,
                named: named || nodes[place.node].named,
                selected: false,
                args: None,
                end: None,
                left_out: Some(Box::new(LeftOutCalls { sum: Sum::default(), reason })),
            });
        }
        nodes[index].selected |= selected;
        if let Some(known) = &mut nodes[index].left_out {
            known.sum.add(calls);
        }
        Ok(())
    }

    fn lost(&mut self, lost: &Lost<'_>) -> Outcome {
        writeln!(self.out)?;
        Ok(call::lost(lost).write(self.paper, &mut self.out)?)
    }

    fn pause(&mut self) -> Outcome {
        Ok(self.out.flush()?)
    }
}
