//! A tree on paper.
use std::io::{self, Write};

use serde_json::json;

use super::fold::{self, FOLD, Repeats};
use super::shown::Shown;
use super::{Form, Node, Tree, TreeView};
use crate::failure::Outcome;
use crate::read;
use crate::text;
use crate::value;
use crate::view::call::{self, Args, Mark};
use crate::view::left_out::Sum;
use crate::view::row::{Ink, Row};

/// From this level on the level is written as a number, not by indentation.
const DEEPEST: usize = 40;
/// The columns before a call's own.
const TIMES: usize = 19;
/// A value that is longer takes lines of its own where that is asked for.
const LONGEST: usize = 60;

/// Calls that become a row, and the lines that are drawn before it and before what is below it.
struct Branch {
    members: Vec<usize>,
    lines: String,
    below: String,
}

impl<W: Write> TreeView<W> {
    /// Prints a tree, or keeps it for a row of several that are alike.
    pub(super) fn print_in_turn(&mut self, tree: Tree) -> Outcome {
        let is_single = tree.nodes.len() == 1 && self.layout.fold && self.layout.form != Form::Json;
        let is_like =
            self.alike.first().is_none_or(|other| fold::key(&other.nodes[0]) == fold::key(&tree.nodes[0]));
        if !is_single || !is_like {
            self.print_alike()?;
        }
        if is_single && self.shown(&tree)[0].itself {
            self.alike.push(tree);
            // more than these are added up as they come
            if self.alike.len() > FOLD {
                let last = self.alike.pop();
                self.repeats.add_all(last.iter().flat_map(|tree| &tree.nodes));
            }
            return Ok(());
        }
        if !is_single {
            self.print(&tree)?;
        }
        Ok(())
    }

    /// Prints the roots that were kept.
    pub(super) fn print_alike(&mut self) -> Outcome {
        let (alike, mut repeats) = (std::mem::take(&mut self.alike), std::mem::take(&mut self.repeats));
        if alike.len() < FOLD {
            return Ok(alike.iter().try_for_each(|tree| self.print(tree))?);
        }
        repeats.add_all(alike.iter().flat_map(|tree| &tree.nodes));
        if !self.begin_root()? {
            return Ok(());
        }
        let tree = &alike[0];
        let mut head = self.head(tree);
        head.put(Ink::Faint, format!(" and {} more", text::count(repeats.count - 1)));
        head.write(self.layout.paper, &mut self.out)?;
        let row = self.repeats_row(tree, &[0], &repeats, Shown { asked: true, ..Shown::default() }, "");
        Ok(row.write(self.layout.paper, &mut self.out)?)
    }

    pub(super) fn print(&mut self, tree: &Tree) -> io::Result<()> {
        let shown = self.shown(tree);
        if !shown[0].itself {
            return Ok(());
        }
        if self.layout.form == Form::Json {
            if self.roots < self.layout.top {
                self.roots += 1;
                self.write_json(tree, &shown)?;
            }
            return Ok(());
        }
        if !self.begin_root()? {
            return Ok(());
        }
        self.head(tree).write(self.layout.paper, &mut self.out)?;
        for Branch { members, lines, below } in self.branches(tree, &shown) {
            let seen = members.iter().map(|member| shown[*member]).reduce(|a, b| Shown {
                asked: a.asked | b.asked,
                hidden: a.hidden.saturating_add(b.hidden),
                handled: a.handled & b.handled,
                ..a
            });
            let seen = seen.unwrap_or_default();
            self.row(tree, &members, seen, &lines).write(self.layout.paper, &mut self.out)?;
            if let ([index], Form::Values) = (members.as_slice(), self.layout.form) {
                self.print_values(&tree.nodes[*index], &below)?;
            }
            if seen.hidden > 0 {
                let calls = if seen.hidden == 1 { "call" } else { "calls" };
                let mut row = Row::default();
                let hidden = text::count(seen.hidden);
                row.put(Ink::Faint, format!("{:TIMES$}{below}└─ … {hidden} {calls} below", ""));
                row.write(self.layout.paper, &mut self.out)?;
            }
        }
        Ok(())
    }

    /// Prints calls that were left out below no call that is shown.
    pub(super) fn print_apart(&mut self) -> io::Result<()> {
        let mut apart = std::mem::take(&mut self.apart);
        apart.retain(|_, sum| self.filter.judges(Some(sum.worst())));
        if apart.is_empty() || self.layout.form == Form::Json {
            return Ok(());
        }
        self.begin_block()?;
        for ((have_callers, function, reason), sum) in &apart {
            let whose = if *have_callers { " by callers not open here" } else { " as roots" };
            let row = self.left_out_row(sum, *function, whose, *reason, "");
            row.write(self.layout.paper, &mut self.out)?;
        }
        Ok(())
    }

    pub(super) fn print_lost(&mut self, row: &Row) -> Outcome {
        if self.layout.form == Form::Json {
            return Ok(());
        }
        writeln!(self.out)?;
        Ok(row.write(self.layout.paper, &mut self.out)?)
    }

    /// Begins a root, if one more is to be shown.
    fn begin_root(&mut self) -> io::Result<bool> {
        if self.roots >= self.layout.top {
            return Ok(false);
        }
        self.roots += 1;
        self.begin_block()?;
        Ok(true)
    }

    /// Prints what stands between trees, and the heading above the first.
    fn begin_block(&mut self) -> io::Result<()> {
        if !self.printed {
            let mut row = Row::default();
            row.put(Ink::Faint, format!("{:>8} {:>8}  call", "total", "self"));
            row.write(self.layout.paper, &mut self.out)?;
            self.printed = true;
        }
        writeln!(self.out)
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

    fn row(&self, tree: &Tree, members: &[usize], seen: Shown, lines: &str) -> Row {
        let node: &Node = &tree.nodes[members[0]];
        if let Some(calls) = &node.left_out {
            let mut sum = calls.sum;
            let more = members[1..].iter().filter_map(|member| tree.nodes[*member].left_out.as_ref());
            more.for_each(|more| sum.join(&more.sum));
            return self.left_out_row(&sum, node.function, "", calls.reason, lines);
        }
        if members.len() > 1 {
            let mut repeats = Repeats::default();
            repeats.add_all(members.iter().map(|member| &tree.nodes[*member]));
            return self.repeats_row(tree, members, &repeats, seen, lines);
        }
        let end = node.end.as_ref();
        let mut row = times(end.map(|end| (end.duration, end.own)), lines);
        self.put_threads(&mut row, tree, members);
        let mark = Mark::of(end.map(|end| end.outcome), seen.handled);
        let path = self.functions.text(node.function);
        let args = node.args.as_deref().map_or(Args::Missing, Args::Known);
        if self.layout.form == Form::Values {
            call::put_name(&mut row, path, seen.asked, mark);
        } else {
            call::put(&mut row, path, seen.asked, mark, args, end);
        }
        if let Some(source) = node.source {
            row.end(self.sources.text(source));
        }
        row
    }

    fn repeats_row(
        &self,
        tree: &Tree,
        members: &[usize],
        repeats: &Repeats,
        seen: Shown,
        lines: &str,
    ) -> Row {
        let node = &tree.nodes[members[0]];
        let outcome = node.end.as_ref().map(|end| end.outcome);
        let mut row = times(outcome.map(|_| (repeats.total, repeats.own)), lines);
        self.put_threads(&mut row, tree, members);
        call::put_name(
            &mut row,
            self.functions.text(node.function),
            seen.asked,
            Mark::of(outcome, seen.handled),
        );
        row.put(Ink::Name, format!(" × {} ", text::count(repeats.count)));
        row.put(Ink::Plain, format!("({})", text::harmless(&repeats.arguments())));
        let ink = call::ink(outcome, seen.handled);
        match outcome {
            Some(read::Outcome::Panic) => {
                let message = repeats.result(str::to_owned).unwrap_or_default();
                row.put(ink, format!(" panicked: {}", text::harmless(&message)));
            }
            Some(read::Outcome::Cancelled) => row.put(ink, " cancelled"),
            _ => {
                let result = repeats.result(value::result);
                if let Some(result) = result {
                    row.put(ink, format!(" → {}", text::harmless(&result)));
                }
            }
        }
        if outcome.is_some() {
            let (min, max) = (text::duration(repeats.min), text::duration(repeats.max));
            let each = if min == max { min } else { format!("{min} to {max}") };
            row.put(Ink::Faint, format!(", {each} each"));
        }
        if let Some(source) = node.source {
            row.end(self.sources.text(source));
        }
        row
    }

    /// Puts the threads of calls that were made on others than their callers' on `row`.
    fn put_threads(&self, row: &mut Row, tree: &Tree, members: &[usize]) {
        let moved = members.iter().filter_map(|member| {
            let node = &tree.nodes[*member];
            let caller = tree.nodes[node.parent?].thread;
            (caller != node.thread).then_some(node.thread)
        });
        let mut threads: Vec<u32> = moved.collect();
        threads.sort_unstable();
        threads.dedup();
        match threads.as_slice() {
            [] => {}
            [thread] => row.put(Ink::Faint, format!("[{}] ", self.threads.text(*thread))),
            threads => row.put(Ink::Faint, format!("[{} threads] ", threads.len())),
        }
    }

    fn left_out_row(&self, sum: &Sum, function: u32, whose: &str, reason: u32, lines: &str) -> Row {
        let mut row = Row::default();
        row.put(Ink::Faint, format!("{:>8} {:8}  {lines}", text::duration(sum.total), ""));
        sum.put(&mut row, self.functions.text(function), whose, self.reasons.text(reason));
        row
    }

    /// Prints the arguments and the result of a call on lines of their own.
    fn print_values(&mut self, node: &Node, below: &str) -> io::Result<()> {
        let room = self.layout.paper.width().unwrap_or(120).saturating_sub(TIMES + below.chars().count());
        let mut pieces = Vec::new();
        for (name, shown) in node.args.as_deref().map(value::pairs).unwrap_or_default() {
            pieces.push((Ink::Plain, format!("{name}: {shown}")));
        }
        if let Some(end) = &node.end {
            let ink = call::ink(Some(end.outcome), false);
            pieces.extend(call::said(end).map(|said| (ink, said)));
        }
        for (ink, piece) in pieces {
            for line in value::lines(&text::harmless(&piece), room.clamp(20, LONGEST)) {
                let mut row = Row::default();
                row.put(Ink::Faint, format!("{:TIMES$}{below}     ", ""));
                row.put(ink, line);
                row.write(self.layout.paper.uncut(), &mut self.out)?;
            }
        }
        Ok(())
    }

    /// Writes a JSON object for each call that is shown.
    fn write_json(&mut self, tree: &Tree, shown: &[Shown]) -> io::Result<()> {
        for Branch { members, .. } in self.branches(tree, shown) {
            for member in members {
                let (node, seen) = (&tree.nodes[member], shown[member]);
                let function = self.functions.text(node.function);
                let line = match &node.left_out {
                    Some(calls) => json!({
                        "trace": tree.trace, "level": seen.level, "function": function, "leftOut": calls.sum.count,
                        "totalNanos": calls.sum.total, "reason": self.reasons.text(calls.reason),
                    }),
                    None => json!({
                        "trace": tree.trace, "spanId": format!("{:016x}", node.span), "level": seen.level,
                        "function": function, "thread": self.threads.text(node.thread),
                        "source": node.source.map(|source| self.sources.text(source)),
                        "atNanos": node.at, "asked": seen.asked,
                        "args": node.args.as_deref().map(value::json),
                        "outcome": node.end.as_ref().map(|end| end.outcome.word()),
                        "handled": seen.handled && node.end.as_ref().is_some_and(|end| end.outcome.failed()),
                        "totalNanos": node.end.as_ref().map(|end| end.duration),
                        "selfNanos": node.end.as_ref().map(|end| end.own),
                        "result": node.end.as_ref().and_then(|end| end.value.as_deref()).map(value::json),
                    }),
                };
                writeln!(self.out, "{line}")?;
            }
        }
        Ok(())
    }

    /// The calls that are shown, in the order of the tree, those of a row together.
    fn branches(&self, tree: &Tree, shown: &[Shown]) -> Vec<Branch> {
        let mut callees = tree.callees(|i| shown[i].itself);
        let (mut out, mut todo) = (Vec::new(), vec![(vec![0], String::new(), true)]);
        while let Some((members, below, last)) = todo.pop() {
            let level = shown[members[0]].level;
            let (corner, line) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            let (lines, below) = match level {
                0 => (String::new(), below),
                1..DEEPEST => (format!("{below}{corner}"), below + line),
                _ => (format!("{below}[level {level}] {corner}"), below),
            };
            let all: Vec<usize> =
                members.iter().flat_map(|member| std::mem::take(&mut callees[*member])).collect();
            let groups = if self.layout.fold {
                fold::groups(&tree.nodes, all, members.len())
            } else {
                all.into_iter().map(|callee| vec![callee]).collect()
            };
            let last = groups.len().saturating_sub(1);
            let next = groups.into_iter().enumerate().map(|(i, group)| (group, below.clone(), i == last));
            todo.extend(next.rev());
            out.push(Branch { members, lines, below });
        }
        out
    }
}

/// The columns of times, and what is drawn before a call.
fn times(end: Option<(u64, u64)>, lines: &str) -> Row {
    let mut row = Row::default();
    match end {
        Some((total, _)) => row.put(Ink::Plain, format!("{:>8} ", text::duration(total))),
        None => row.put(Ink::Warning, format!("{:>8} ", "open")),
    }
    let own = end.filter(|(total, own)| own != total).map(|(_, own)| text::duration(own));
    row.put(Ink::Faint, format!("{:>8}  {lines}", own.unwrap_or_default()));
    row
}
