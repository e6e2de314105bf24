//! A tree on paper.
use std::io::{self, Write};

use super::{Node, Tree, TreeView};
use crate::text;
use crate::view::call::{self, Args};
use crate::view::left_out::Sum;
use crate::view::row::{Ink, Row};

/// From this level on the level is written as a number, not by indentation.
const DEEPEST: usize = 40;

/// What is printed of a node.
#[derive(Clone, Copy, Default)]
struct Shown {
    /// It is asked for.
    asked: bool,
    /// It is, or something below it is.
    itself: bool,
    level: usize,
    /// It is the last one shown of what its caller called.
    last: bool,
    /// How many calls below it the depth hides.
    hidden: u64,
}

impl<W: Write> TreeView<W> {
    pub(super) fn print(&mut self, tree: &Tree) -> io::Result<()> {
        let shown = self.shown(tree);
        if !shown[0].itself {
            return Ok(());
        }
        self.begin_block()?;
        self.head(tree).write(self.paper, &mut self.out)?;
        for Branch { index, lines, below } in branches(tree, &shown) {
            let shown = shown[index];
            self.row(tree, index, shown.asked, &lines).write(self.paper, &mut self.out)?;
            if shown.hidden > 0 {
                let calls = if shown.hidden == 1 { "call" } else { "calls" };
                let mut row = Row::default();
                row.put(Ink::Faint, format!("{:19}{below}└─ … {} {calls} below", "", shown.hidden));
                row.write(self.paper, &mut self.out)?;
            }
        }
        Ok(())
    }

    /// Prints calls that were left out below no call that is shown.
    pub(super) fn print_apart(&mut self) -> io::Result<()> {
        let mut apart = std::mem::take(&mut self.apart);
        apart.retain(|_, sum| self.filter.judges(Some(sum.worst())));
        if apart.is_empty() {
            return Ok(());
        }
        self.begin_block()?;
        for ((have_callers, function, reason), sum) in &apart {
            let whose = if *have_callers { " by callers not open here" } else { " as roots" };
            let row = self.left_out_row(sum, *function, whose, *reason, "");
            row.write(self.paper, &mut self.out)?;
        }
        Ok(())
    }

    /// Prints what stands between trees, and the heading above the first.
    fn begin_block(&mut self) -> io::Result<()> {
        if !self.printed {
            let mut row = Row::default();
            row.put(Ink::Faint, format!("{:>8} {:>8}  call", "total", "self"));
            row.write(self.paper, &mut self.out)?;
            self.printed = true;
        }
        writeln!(self.out)
    }

    /// Decides from the leaves up what is shown.
    fn shown(&self, tree: &Tree) -> Vec<Shown> {
        let nodes = &tree.nodes;
        let mut shown = vec![Shown::default(); nodes.len()];
        for (i, node) in nodes.iter().enumerate() {
            shown[i].level = node.parent.map_or(0, |parent| shown[parent].level + 1);
        }
        for (i, node) in nodes.iter().enumerate().rev() {
            let end = match &node.left_out {
                Some(calls) => Some(calls.sum.worst()),
                None => node.end.as_ref().map(|end| (end.duration, end.outcome)),
            };
            shown[i].asked = node.named && node.selected && self.filter.judges(end);
            shown[i].itself |= shown[i].asked;
            let Some(parent) = node.parent else { continue };
            if !shown[i].itself {
                continue;
            }
            shown[parent].itself = true;
            if shown[i].level >= self.depth {
                let calls = node.left_out.as_ref().map_or(1, |calls| calls.sum.count);
                shown[parent].hidden =
                    shown[parent].hidden.saturating_add(calls).saturating_add(shown[i].hidden);
                shown[i].itself = false;
            }
        }
        let mut has_later = vec![false; nodes.len()];
        for (i, node) in nodes.iter().enumerate().rev() {
            if let Some(parent) = node.parent.filter(|_| shown[i].itself) {
                shown[i].last = !std::mem::replace(&mut has_later[parent], true);
            }
        }
        shown
    }

    fn head(&self, tree: &Tree) -> Row {
        let mut row = Row::default();
        row.put(Ink::Faint, "trace ");
        row.put(Ink::Plain, text::harmless(&tree.trace));
        row.put(Ink::Faint, format!("  {}", text::moment(tree.at)));
        row.put(Ink::Faint, format!("  {}", self.threads.text(tree.nodes[0].thread)));
        if let Some(caller) = tree.caller {
            row.put(Ink::Faint, format!("  called by {caller:016x}, not open here"));
        }
        row
    }

    fn row(&self, tree: &Tree, index: usize, asked: bool, lines: &str) -> Row {
        let node: &Node = &tree.nodes[index];
        if let Some(calls) = &node.left_out {
            return self.left_out_row(&calls.sum, node.function, "", calls.reason, lines);
        }
        let mut row = Row::default();
        let end = node.end.as_ref();
        match end {
            Some(end) => row.put(Ink::Plain, format!("{:>8} ", text::duration(end.duration))),
            None => row.put(Ink::Warning, format!("{:>8} ", "open")),
        }
        let own = end.filter(|end| end.own != end.duration).map(|end| text::duration(end.own));
        row.put(Ink::Faint, format!("{:>8}  {lines}", own.unwrap_or_default()));
        let caller = node.parent.map(|parent| tree.nodes[parent].thread);
        if caller.is_some_and(|thread| thread != node.thread) {
            row.put(Ink::Faint, format!("[{}] ", self.threads.text(node.thread)));
        }
        if end.is_none() {
            row.put(Ink::Warning, "◌ ");
        }
        let args = node.args.as_deref().map_or(Args::Missing, Args::Known);
        call::put(&mut row, self.functions.text(node.function), asked, args, end);
        if let Some(source) = node.source {
            row.end(self.sources.text(source));
        }
        row
    }

    fn left_out_row(&self, sum: &Sum, function: u32, whose: &str, reason: u32, lines: &str) -> Row {
        let mut row = Row::default();
        row.put(Ink::Faint, format!("{:>8} {:8}  {lines}", text::duration(sum.total), ""));
        sum.put(&mut row, self.functions.text(function), whose, self.reasons.text(reason));
        row
    }
}

/// A node, and the lines that are drawn before it and before what is below it.
struct Branch {
    index: usize,
    lines: String,
    below: String,
}

/// The nodes that are shown, in the order of the tree.
fn branches(tree: &Tree, shown: &[Shown]) -> Vec<Branch> {
    let mut callees: Vec<Vec<usize>> = vec![Vec::new(); tree.nodes.len()];
    for (i, node) in tree.nodes.iter().enumerate().filter(|(i, _)| shown[*i].itself) {
        if let Some(parent) = node.parent {
            callees[parent].push(i);
        }
    }
    let (mut out, mut todo) = (Vec::new(), vec![(0, String::new())]);
    while let Some((index, below)) = todo.pop() {
        let Shown { level, last, .. } = shown[index];
        let (corner, line) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        let (lines, below) = match level {
            0 => (String::new(), below),
            1..DEEPEST => (format!("{below}{corner}"), below + line),
            _ => (format!("{below}[level {level}] {corner}"), below),
        };
        todo.extend(callees[index].iter().rev().map(|callee| (*callee, below.clone())));
        out.push(Branch { index, lines, below });
    }
    out
}
