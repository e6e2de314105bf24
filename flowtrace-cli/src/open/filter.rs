//! The filter language, asked of an index: the lines of a call are read only where the filter asks for its values.
use std::sync::Arc;

use super::ask::{Answer, Refusal};
use crate::filter::{Expr, Facts, Field, Test};
use crate::index::{self, Index, flag};
use crate::read::{Kind, Outcome, lock};

/// What so many filters chose is kept.
const KEPT: usize = 8;

/// Says of calls whether a filter chooses them.
pub(super) struct Judge<'a> {
    index: &'a Index,
    expr: Expr,
    /// The path of each function.
    paths: Vec<String>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(index: &'a Index, filter: &str) -> Answer<Self> {
        let expr: Expr = filter.parse().map_err(|refused: crate::filter::Refused| Refusal {
            column: Some(refused.column),
            ..Refusal::new(refused.what)
        })?;
        let paths = index.names.functions.iter().map(crate::index::Function::path).collect();
        Ok(Self { index, expr, paths })
    }

    /// Whether the call is chosen.
    pub(super) fn chooses(&self, call: u32) -> bool {
        let facts = self.facts(call);
        without_values(&self.expr, &facts).unwrap_or_else(|| self.by_lines(call, facts))
    }

    /// What the index knows.
    fn facts(&self, call: u32) -> Facts<'_> {
        let names = &self.index.names;
        let number = self.index.function(call) as usize;
        let function = names.functions.get(number);
        Facts {
            module: function.map_or("", |function| &function.module),
            path: self.paths.get(number).map_or("", String::as_str),
            function: function.map_or("", |function| &function.name),
            thread: names.threads.get(self.index.thread(call) as usize).map_or("", String::as_str),
            source: function.and_then(|function| function.source.as_deref()),
            end: self.end(call),
            ..Facts::default()
        }
    }

    fn end(&self, call: u32) -> Option<(Outcome, u64)> {
        let flags = self.index.flags(call);
        let outcome = match () {
            () if flags & flag::OPEN != 0 => return None,
            () if flags & flag::PANIC != 0 => Outcome::Panic,
            () if flags & flag::ERROR != 0 => Outcome::Error,
            () if flags & flag::CANCELLED != 0 => Outcome::Cancelled,
            () => Outcome::Returned,
        };
        Some((outcome, self.index.duration(call)))
    }

    fn by_lines(&self, call: u32, facts: Facts<'_>) -> bool {
        let (enter, exit) = (self.index.enter_line(call), self.index.exit_line(call));
        let [enter, exit] = [&enter, &exit].map(|line| line.as_deref().and_then(index::record));
        let trace = enter.or(exit).map(|record| record.trace.decoded()).unwrap_or_default();
        let args = enter.filter(|record| record.kind == Kind::Enter).and_then(|record| record.value);
        let args = args.map(crate::read::Text::decoded);
        let value = exit.and_then(|record| record.value).map(crate::read::Text::decoded);
        self.expr.matches(&Facts { trace: &trace, args: args.as_deref(), value: value.as_deref(), ..facts })
    }
}

/// The verdict, as far as it does not depend on values.
fn without_values(expr: &Expr, facts: &Facts<'_>) -> Option<bool> {
    match expr {
        Expr::Test(test) => (!asks_for_values(test, facts)).then(|| test.matches(facts)),
        Expr::Not(expr) => Some(!without_values(expr, facts)?),
        Expr::And(a, b) => match without_values(a, facts) {
            Some(false) => Some(false),
            first => without_values(b, facts).and_then(|second| if second { first } else { Some(false) }),
        },
        Expr::Or(a, b) => match without_values(a, facts) {
            Some(true) => Some(true),
            first => without_values(b, facts).and_then(|second| if second { Some(true) } else { first }),
        },
    }
}

fn asks_for_values(test: &Test, facts: &Facts<'_>) -> bool {
    let failed = facts.end.is_some_and(|(outcome, _)| matches!(outcome, Outcome::Error | Outcome::Panic));
    match test.field {
        Field::Trace | Field::Arg(_) | Field::Result(_) => true,
        Field::Error | Field::Panic => failed && test.compare.is_some(),
        _ => false,
    }
}

/// All calls that a filter chooses, a bit each.
pub(super) fn chosen(index: &Index, filter: &str) -> Answer<Arc<Vec<u64>>> {
    let known = lock(&index.chosen).iter().find(|(text, _)| text == filter).map(|(_, bits)| Arc::clone(bits));
    if let Some(bits) = known {
        return Ok(bits);
    }
    let judge = Judge::new(index, filter)?;
    let mut bits = vec![0_u64; (index.calls() as usize).div_ceil(64)];
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = bits.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        for (part, bits) in bits.chunks_mut(share).enumerate() {
            let judge = &judge;
            let first = u32::try_from(part * share * 64).unwrap_or(u32::MAX);
            scope.spawn(move || {
                let calls = (first..index.calls()).take(bits.len() * 64);
                for (place, call) in calls.enumerate() {
                    bits[place / 64] |= u64::from(judge.chooses(call)) << (place % 64);
                }
            });
        }
    });
    let bits = Arc::new(bits);
    let mut kept = lock(&index.chosen);
    if kept.len() == KEPT {
        kept.remove(0);
    }
    kept.push((filter.to_owned(), Arc::clone(&bits)));
    Ok(bits)
}
