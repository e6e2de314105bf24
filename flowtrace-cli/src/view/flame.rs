//! `flowtrace flame`: which chains of calls the time went into, or how many calls they were.
use std::io::{self, Write};

use inferno::flamegraph::{self, Options};

use crate::filter::Selection;
use crate::forest::{Forest, NumberMap};
use crate::names::Names;
use crate::read::{Brief, BriefEnd};
use crate::text;

/// Deeper calls count as one, so that a recursion does not make a stack of each of its levels.
const DEEPEST: u32 = 500;
/// The node above all roots.
const ROOT: u32 = 0;

/// What a stack's width stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Weight {
    /// The time in which the last call of a stack was at its own work
    #[default]
    #[value(name = "self")]
    Own,
    /// The part of that in which it held its thread: without the time in which an async call waits
    Busy,
    /// How many calls there were
    Calls,
}

/// The stacks that were met: memory grows with them and with the calls open at once.
pub(crate) struct Stacks {
    weight: Weight,
    nodes: Vec<Node>,
    /// A node by the one above it (the upper half) and its key.
    below: NumberMap<u32>,
    forest: Forest<u32>,
    /// What the nodes weigh together.
    total: u64,
}

struct Node {
    above: u32,
    /// `None` of the root, and of what is too deep.
    key: Option<u32>,
    level: u32,
    weight: u64,
}

impl Stacks {
    pub(crate) fn new(weight: Weight) -> Self {
        let root = Node { above: ROOT, key: None, level: 0, weight: 0 };
        Self { weight, nodes: vec![root], below: NumberMap::default(), forest: Forest::new(), total: 0 }
    }

    /// Takes a line. A call counts where its end is asked for.
    pub(crate) fn take(&mut self, brief: &Brief, asked: bool) {
        let line = match brief {
            Brief::Call(line) => line,
            Brief::LeftOut(calls) => {
                let node = self.node(calls.parent, calls.key);
                if asked {
                    self.add(node, calls.total, calls.total, calls.count);
                }
                self.forest.left_out(calls.parent, calls.total);
                return;
            }
        };
        let Some(BriefEnd { duration, busy, .. }) = line.end else {
            let node = self.node(line.parent, line.key);
            self.forest.begin(line.span, line.parent, line.at, node);
            return;
        };
        let (node, own) = match self.forest.end(line.span, line.at, duration) {
            Some(ended) => (ended.data, ended.own),
            None => (self.node(line.parent, line.key), duration),
        };
        if asked {
            self.add(node, own, busy, 1);
        }
    }

    /// Counts the calls that never ended, as far as `selection` asks for them.
    pub(crate) fn end(&mut self, selection: &mut Selection) {
        let open = std::mem::replace(&mut self.forest, Forest::new());
        for (span, node) in open.into_open() {
            if selection.never_ended(span).inside {
                self.add(node, 0, 0, 1);
            }
        }
    }

    /// Adds calls whose own time is `own`, of which they held their threads for `busy` at most.
    fn add(&mut self, node: u32, own: u64, busy: u64, calls: u64) {
        let weight = match self.weight {
            Weight::Own => own,
            Weight::Busy => own.min(busy),
            Weight::Calls => calls,
        };
        // whoever draws the stacks adds them up
        let fits = weight.min(u64::MAX - self.total);
        self.total += fits;
        self.nodes[node as usize].weight += fits;
    }

    /// The node of the stack of a call below `parent`.
    fn node(&mut self, parent: Option<u64>, key: u32) -> u32 {
        let above = parent.and_then(|parent| self.forest.get_mut(parent)).map_or(ROOT, |node| *node);
        let level = self.nodes[above as usize].level + 1;
        if level > DEEPEST + 1 {
            return above;
        }
        let key = (level <= DEEPEST).then_some(key);
        let next = u32::try_from(self.nodes.len()).expect("fewer than 2³² stacks");
        let node =
            *self.below.entry(u64::from(above) << 32 | u64::from(key.unwrap_or(u32::MAX))).or_insert(next);
        if node == next {
            self.nodes.push(Node { above, key, level, weight: 0 });
        }
        node
    }

    /// A line a stack, as flame graph tools read them, in alphabetical order.
    pub(crate) fn folded(&self, names: &Names) -> Vec<String> {
        let weighed = self.nodes.iter().filter(|node| node.weight > 0);
        let mut lines: Vec<String> = weighed.map(|node| self.line(node, names)).collect();
        lines.sort_unstable();
        lines
    }

    fn line(&self, node: &Node, names: &Names) -> String {
        let mut frames = Vec::new();
        let mut at = node;
        while at.level > 0 {
            // a semicolon would end the frame
            frames.push(at.key.map_or("…".to_owned(), |key| text::short(names.text(key)).replace(';', ":")));
            at = &self.nodes[at.above as usize];
        }
        frames.reverse();
        format!("{} {}", frames.join(";"), node.weight)
    }

    /// The flame graph of the lines.
    pub(crate) fn draw(&self, folded: &[String], out: &mut dyn Write) -> io::Result<()> {
        let mut options = Options::default();
        options.deterministic = true;
        match self.weight {
            Weight::Own | Weight::Busy => {
                let waits = if self.weight == Weight::Busy { ", without waiting" } else { "" };
                options.title = format!("Time of calls{waits}");
                options.count_name = "µs".into();
                options.factor = 0.001;
            }
            Weight::Calls => {
                options.title = "Calls".into();
                options.count_name = "calls".into();
            }
        }
        flamegraph::from_lines(&mut options, folded.iter().map(String::as_str), out)
    }
}
