//! `flowtrace tree`: each root call and all that it called.
//!
//! A tree is kept until no call in it is open, and then printed whole: trees come in the order in which they end.
mod print;

use std::collections::BTreeMap;
use std::io::Write;

use super::call::{self, End};
use super::filter::Filter;
use super::row::Paper;
use crate::failure::Outcome;
use crate::forest::Forest;
use crate::names::Names;
use crate::read::{Kind, Lost, Record, Sink};

/// Grows trees and prints those that are done.
pub(crate) struct TreeView<W: Write> {
    filter: Filter,
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
}

struct Node {
    parent: Option<usize>,
    function: u32,
    thread: u32,
    source: Option<u32>,
    /// The call is asked for by name.
    named: bool,
    /// `None` if the ENTER is missing.
    args: Option<Box<str>>,
    /// `None` while it is open.
    end: Option<End>,
}

impl<W: Write> TreeView<W> {
    pub(crate) fn new(filter: Filter, depth: Option<usize>, source: bool, paper: Paper, out: W) -> Self {
        Self {
            filter,
            depth: depth.unwrap_or(usize::MAX),
            source,
            paper,
            out,
            functions: Names::default(),
            threads: Names::default(),
            sources: Names::default(),
            forest: Forest::new(),
            trees: BTreeMap::new(),
            begun: 0,
            printed: false,
        }
    }

    /// Prints what is still open.
    pub(crate) fn finish(mut self) -> Outcome {
        for tree in std::mem::take(&mut self.trees).into_values() {
            self.print(&tree)?;
        }
        Ok(self.out.flush()?)
    }

    /// Plants a node below its caller if that is known, else as a root.
    fn plant(&mut self, record: &Record<'_>, args: Option<Box<str>>) -> Place {
        let caller = record.parent.and_then(|parent| self.forest.get_mut(parent)).copied();
        let mut node = Node {
            parent: None,
            function: self.functions.function(record),
            thread: self.threads.thread(record),
            source: if self.source { self.sources.source(record) } else { None },
            named: self.filter.names(record),
            args,
            end: None,
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
        };
        self.trees.insert(self.begun, tree);
        Place { tree: self.begun, node: 0 }
    }

    fn close(&mut self, place: Place, end: End) -> Outcome {
        let Some(tree) = self.trees.get_mut(&place.tree) else { return Ok(()) };
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
        if !self.filter.takes(record) {
            return Ok(());
        }
        let value = record.value.map(|value| value.decoded().into());
        if record.kind == Kind::Enter {
            let place = self.plant(record, value);
            self.forest.begin(record.span, record.parent, record.at, place);
            return Ok(());
        }
        let ended = self.forest.end(record.span, record.at, record.duration);
        let (place, own) = match ended {
            Some(ended) => (ended.data, ended.own),
            None => (self.plant(record, None), record.duration),
        };
        self.close(place, End { duration: record.duration, own, outcome: record.outcome, value })
    }

    fn lost(&mut self, lost: &Lost<'_>) -> Outcome {
        writeln!(self.out)?;
        Ok(call::lost(lost).write(self.paper, &mut self.out)?)
    }

    fn pause(&mut self) -> Outcome {
        Ok(self.out.flush()?)
    }
}
