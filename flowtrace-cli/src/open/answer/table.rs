//! A row for each function: how often it was called, and what time it took.
use hdrhistogram::Histogram;
use serde::Serialize;

use crate::index::{Index, flag};
use crate::open::ask::{Answer, Ask, Refusal};
use crate::open::select::Selection;

/// The answer to `table`.
#[derive(Serialize)]
pub(in crate::open) struct FunctionTable {
    rows: Vec<FunctionRow>,
}

#[derive(Debug, Default, Serialize)]
struct FunctionRow {
    #[serde(rename = "fn")]
    function: u32,
    calls: u64,
    total: u64,
    #[serde(rename = "self")]
    own: u64,
    busy: u64,
    wait: u64,
    errors: u64,
    p50: u64,
    p99: u64,
    max: u64,
    /// Calls that have no lines, and are in no other column.
    thinned: u64,
    #[serde(skip)]
    durations: Option<Histogram<u64>>,
}

pub(in crate::open) fn table(index: &Index, ask: &Ask<'_>) -> Answer<FunctionTable> {
    let selection = Selection::of(index, ask)?;
    let functions = u32::try_from(index.names.functions.len()).map_err(Refusal::new)?;
    let mut rows: Vec<_> =
        (0..functions).map(|function| FunctionRow { function, ..FunctionRow::default() }).collect();
    for call in selection.calls(index) {
        if let Some(row) = rows.get_mut(index.function(call) as usize) {
            row.take(index, call);
        }
    }
    for left_out in index.left_out() {
        let is_chosen = match left_out.parent {
            Some(parent) => selection.has(index, parent) && selection.is_then(index, parent),
            None => selection.is_any_call(),
        };
        if let Some(row) = rows.get_mut(left_out.function as usize).filter(|_| is_chosen) {
            row.thinned = row.thinned.saturating_add(left_out.count);
        }
    }
    rows.retain(|row| row.calls > 0 || row.thinned > 0);
    rows.iter_mut().for_each(FunctionRow::finish);
    sort(&mut rows, ask.text("sort").unwrap_or("busy"))?;
    Ok(FunctionTable { rows })
}

fn sort(rows: &mut [FunctionRow], by: &str) -> Answer<()> {
    let column: fn(&FunctionRow) -> u64 = match by {
        "calls" => |row| row.calls,
        "total" => |row| row.total,
        "self" => |row| row.own,
        "busy" => |row| row.busy,
        "wait" => |row| row.wait,
        "errors" => |row| row.errors,
        "p50" => |row| row.p50,
        "p99" => |row| row.p99,
        "max" => |row| row.max,
        _ => {
            let expected = "`calls`, `total`, `self`, `busy`, `wait`, `errors`, `p50`, `p99` or `max`";
            return Err(Refusal::new(format!("there is no column `{by}`; expected {expected}")));
        }
    };
    rows.sort_by_key(|row| std::cmp::Reverse(column(row)));
    Ok(())
}

impl FunctionRow {
    fn take(&mut self, index: &Index, call: u32) {
        self.calls += 1;
        let flags = index.flags(call);
        self.errors += u64::from(flags & flag::FAILED != 0);
        if flags & flag::OPEN != 0 {
            return;
        }
        let (duration, own, wait) = (index.duration(call), index.own(call), index.wait(call));
        self.total = self.total.saturating_add(duration);
        self.own = self.own.saturating_add(own);
        self.wait = self.wait.saturating_add(wait);
        self.busy = self.busy.saturating_add(own.saturating_sub(wait));
        self.max = self.max.max(duration);
        let new = || Histogram::new(3).expect("three digits can be had");
        // a duration that no histogram holds is no duration
        let _ = self.durations.get_or_insert_with(new).record(duration);
    }

    fn finish(&mut self) {
        if let Some(durations) = self.durations.take() {
            self.p50 = durations.value_at_quantile(0.5).min(self.max);
            self.p99 = durations.value_at_quantile(0.99).min(self.max);
        }
    }
}
