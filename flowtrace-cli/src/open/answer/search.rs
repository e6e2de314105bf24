//! Calls by what they are and by their values: as many as are found in a moment, and where to go on.
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::index::Index;
use crate::open::ask::{Answer, Ask, Refusal};
use crate::open::filter::Judge;
use crate::open::find::Wanted;
use crate::open::row::CallRow;
use crate::open::select::Selection;

/// An answer takes no longer than this; the page asks on from the cursor.
const MOMENT: Duration = Duration::from_millis(150);

/// The answer to `search` and `value`.
#[derive(Serialize)]
pub(in crate::open) struct Hits {
    #[serde(rename = "hits")]
    rows: Vec<CallRow>,
    /// Where to go on; `None` at the end.
    cursor: Option<u32>,
    scanned: u32,
    total: u32,
}

/// Looks at one call after another.
fn scan(index: &Index, ask: &Ask<'_>, mut hit: impl FnMut(u32) -> Answer<Option<CallRow>>) -> Answer<Hits> {
    let begin = Instant::now();
    let (_, limit) = ask.page()?;
    let total = index.calls();
    let mut next = ask.number("cursor")?.unwrap_or(0).min(total);
    let mut rows = Vec::new();
    while next < total && rows.len() < limit && (!next.is_multiple_of(64) || begin.elapsed() < MOMENT) {
        rows.extend(hit(next)?);
        next += 1;
    }
    Ok(Hits { rows, cursor: (next < total).then_some(next), scanned: next, total })
}

/// Every call that a filter chooses.
pub(in crate::open) fn search(index: &Index, ask: &Ask<'_>) -> Answer<Hits> {
    let judge = Judge::new(index, ask.text("w").ok_or_else(|| Refusal::new("expected a filter as `w`"))?)?;
    let selection = Selection::without_filter(index, ask)?;
    scan(index, ask, |call| {
        let is_hit = selection.has(index, call) && selection.is_then(index, call) && judge.chooses(call);
        Ok(is_hit.then(|| CallRow::of(index, call)))
    })
}

/// Every call that received or returned a value, or whose panic names it.
pub(in crate::open) fn value(index: &Index, ask: &Ask<'_>) -> Answer<Hits> {
    let wanted = Wanted::new(ask.text("v").ok_or_else(|| Refusal::new("expected a value as `v`"))?);
    let selection = Selection::of(index, ask)?;
    scan(index, ask, |call| {
        if !selection.has(index, call) || !selection.is_then(index, call) {
            return Ok(None);
        }
        let mut lines = [index.enter_line(call), index.exit_line(call)].into_iter().flatten();
        if !lines.any(|line| wanted.may_be_in(&line)) {
            return Ok(None);
        }
        let mut row = CallRow::of(index, call);
        row.places = wanted.places(&row.values);
        Ok(Some(row).filter(|row| !row.places.is_empty()))
    })
}
