//! `flowtrace stats`: a row for each function, or whatever calls are grouped by.
mod cost;
mod notes;
mod table;

use hdrhistogram::Histogram;

pub(crate) use table::Table;

use crate::filter::Selection;
use crate::forest::Forest;
use crate::names::Names;
use crate::read::{Brief, BriefCall, BriefEnd, BriefLeftOut, By, Outcome};
use cost::Cost;

/// What is counted while reading: memory grows with the groups and with the calls open at once.
pub(crate) struct Counts {
    groups: Vec<Group>,
    forest: Forest<u32>,
    cost: Cost,
}

/// The calls of a function.
struct Group {
    calls: u64,
    /// How many of them have no lines.
    left_out: u64,
    failed: u64,
    cancelled: u64,
    open: u64,
    total: u64,
    own: u64,
    /// What of `own` async calls spent outside of their polls.
    wait: u64,
    max: u64,
    /// Of durations in nanoseconds, to three digits, of calls that have lines.
    durations: Histogram<u64>,
}

impl Default for Counts {
    fn default() -> Self {
        Self { groups: Vec::new(), forest: Forest::new(), cost: Cost::default() }
    }
}

impl Default for Group {
    fn default() -> Self {
        let durations = Histogram::new(3).expect("three digits can be had");
        Self {
            calls: 0,
            left_out: 0,
            failed: 0,
            cancelled: 0,
            open: 0,
            total: 0,
            own: 0,
            wait: 0,
            max: 0,
            durations,
        }
    }
}

impl Counts {
    /// Takes a line, which counts if it is `asked` for.
    pub(crate) fn take(&mut self, line: &Brief, asked: bool) {
        match line {
            Brief::Call(call) => self.call(call, asked),
            Brief::LeftOut(calls) => self.left_out(calls, asked),
        }
    }

    fn call(&mut self, line: &BriefCall, asked: bool) {
        let Some(BriefEnd { outcome, duration, busy }) = line.end else {
            let begun = self.forest.begin(line.span, line.parent, line.at, line.key);
            if let Some(nanos) = begun.since_caller {
                self.cost.enter(nanos);
            }
            if let Some(before) = begun.before.filter(|_| asked) {
                self.group(before).open += 1;
            }
            return;
        };
        let ended = self.forest.end(line.span, line.at, duration);
        if let Some(nanos) = ended.as_ref().and_then(|ended| ended.since_callee) {
            self.cost.end(nanos);
        }
        if !asked {
            return;
        }
        let own = ended.map_or(duration, |ended| ended.own);
        let group = self.group(line.key);
        group.calls = group.calls.saturating_add(1);
        group.failed = group.failed.saturating_add(outcome.failed().into());
        group.cancelled += u64::from(outcome == Outcome::Cancelled);
        group.total = group.total.saturating_add(duration);
        group.own = group.own.saturating_add(own);
        group.wait = group.wait.saturating_add(own.saturating_sub(busy));
        group.max = group.max.max(duration);
        if group.durations.record(duration).is_err() {
            // it could not grow; the largest that it can hold stands for more
            group.durations.saturating_record(duration);
        }
    }

    /// What they called themselves is not known, so all their time counts as their own.
    fn left_out(&mut self, calls: &BriefLeftOut, asked: bool) {
        self.forest.left_out(calls.parent, calls.total);
        if !asked {
            return;
        }
        let group = self.group(calls.key);
        group.calls = group.calls.saturating_add(calls.count);
        group.left_out = group.left_out.saturating_add(calls.count);
        group.failed = group.failed.saturating_add(calls.errors);
        group.total = group.total.saturating_add(calls.total);
        group.own = group.own.saturating_add(calls.total);
        group.max = group.max.max(calls.max);
    }

    fn group(&mut self, key: u32) -> &mut Group {
        let key = key as usize;
        if key >= self.groups.len() {
            self.groups.resize_with(key + 1, Group::default);
        }
        &mut self.groups[key]
    }

    /// The sums, under the names of what they are counted by, in no order that is to be relied upon.
    /// `selection` says which of the calls that never ended are asked for.
    pub(crate) fn table(mut self, by: By, names: &Names, selection: &mut Selection) -> Table {
        let open = std::mem::replace(&mut self.forest, Forest::new());
        for (span, key) in open.into_open() {
            if selection.never_ended(span).matches {
                self.group(key).open += 1;
            }
        }
        let cost = self.cost.of_a_call();
        let counted = |group: &Group| group.calls > 0 || group.open > 0;
        let rows: Vec<_> = (0..)
            .zip(names.texts())
            .zip(&self.groups)
            .filter(|(_, group)| counted(group))
            .map(|((number, name), group)| {
                let switch = if by == By::Function { names.filter_path(number) } else { None };
                group.row(name, switch, cost)
            })
            .collect();
        let notes = notes::of(&rows, cost);
        Table::new(by, rows, notes)
    }
}
