//! `flowtrace tree`: each root call and all that it called.
//!
//! A tree is kept until no call in it is open, and then printed whole, once no tree that began before it is open: trees come by
//! time. Where too many calls would wait for a long one, or a pipe has nothing more to read, it comes when it ends.
mod fold;
mod order;
mod print;
mod shown;

pub(crate) use order::RootOrder;

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
use fold::Repeats;
use order::{Order, Waiting};

/// Grows trees and prints those that are done.
pub(crate) struct TreeView<W: Write> {
    filter: Filter,
    selection: Selection,
    layout: Layout,
    out: W,
    functions: Names,
    threads: Names,
    sources: Names,
    forest: Forest<Place>,
    trees: BTreeMap<u64, Tree>,
    order: Order,
    reasons: Names,
    /// Calls that were left out below no open call: by whether they have a caller, function and reason.
    apart: BTreeMap<(bool, u32, u32), Sum>,
    begun: u64,
    /// The heading is printed.
    printed: bool,
    /// How many roots are.
    roots: usize,
    /// Roots without callees that may become one row, the first few.
    alike: Vec<Tree>,
    /// Those behind them.
    repeats: Repeats,
}

/// How trees are put on paper.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// How many levels are shown.
    pub(crate) depth: usize,
    /// Where functions stand is shown.
    pub(crate) source: bool,
    /// Repeats become one row.
    pub(crate) fold: bool,
    pub(crate) form: Form,
    /// How many calls are shown before and behind one that is asked for.
    pub(crate) context: usize,
    pub(crate) by: RootOrder,
    /// How many roots are shown.
    pub(crate) top: usize,
    /// What is there is printed whenever there is nothing more to read.
    pub(crate) at_once: bool,
    pub(crate) paper: Paper,
}

/// What is written for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A row, arguments and result in it.
    Rows,
    /// A row, and arguments and result below it, long ones over several lines.
    Values,
    /// A JSON object.
    Json,
}

impl Layout {
    /// All of it, in plain text.
    pub(crate) const PLAIN: Self = Self {
        depth: usize::MAX,
        source: true,
        fold: true,
        form: Form::Rows,
        context: 0,
        by: RootOrder::Time,
        top: usize::MAX,
        at_once: false,
        paper: Paper::PLAIN,
    };
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
    span: u64,
    at: u64,
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
    pub(crate) fn new(filter: Filter, selection: Selection, layout: Layout, out: W) -> Self {
        Self {
            filter,
            selection,
            layout,
            order: Order::new(layout.by, layout.top),
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
            roots: 0,
            alike: Vec::new(),
            repeats: Repeats::default(),
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
        for (number, tree) in std::mem::take(&mut self.trees) {
            self.done(number, tree);
        }
        self.print_waiting(true)?;
        self.print_alike()?;
        self.print_apart()?;
        self.out.flush()?;
        Ok(self.selection)
    }

    /// Plants a node below its caller if that is known, else as a root.
    fn plant(&mut self, record: &Record<'_>, args: Option<Box<str>>, selected: bool) -> Place {
        let caller = record.parent.and_then(|parent| self.forest.get_mut(parent)).copied();
        let mut node = Node {
            span: record.span,
            at: record.at.saturating_sub(record.duration),
            parent: None,
            function: self.functions.function(&record.path),
            thread: self.threads.name(record.thread),
            source: record
                .source
                .filter(|_| self.layout.source || self.layout.form == Form::Json)
                .map(|source| self.sources.name(source)),
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
        self.order.begun(node.at, self.begun);
        let tree = Tree {
            trace: record.trace.decoded().into(),
            at: node.at,
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
        let Some(tree) = self.trees.remove(&place.tree) else { return Ok(()) };
        self.done(place.tree, tree);
        self.print_waiting(false)
    }

    /// Takes a tree in which no call is open any more, or never will be ended.
    fn done(&mut self, number: u64, tree: Tree) {
        self.order.ended(tree.at, number);
        // where it is printed by time it waits, and is looked at then
        if self.layout.by == RootOrder::Time || self.shown(&tree)[0].itself {
            self.order.wait(number, Waiting::Tree(Box::new(tree)));
        }
    }

    /// Prints what waits for nothing that began before it, or `all` that waits.
    fn print_waiting(&mut self, all: bool) -> Outcome {
        while let Some(next) = self.order.next(all) {
            match next {
                Waiting::Tree(tree) => self.print_in_turn(*tree)?,
                Waiting::Lost(row) => {
                    self.print_alike()?;
                    self.print_lost(&row.1)?;
                }
            }
        }
        Ok(())
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
                span: 0,
                at: calls.at,
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
        self.begun += 1;
        let row = call::lost(lost);
        self.order.wait(self.begun, Waiting::Lost(Box::new((lost.at, row))));
        self.print_waiting(false)
    }

    fn pause(&mut self) -> Outcome {
        if self.layout.at_once {
            self.print_waiting(self.layout.by == RootOrder::Time)?;
            self.print_alike()?;
        }
        Ok(self.out.flush()?)
    }
}
