//! The bars of a stretch of time, joined where they are narrower than a pixel.
use serde::Serialize;

use crate::index::{Bar, Index, Joiner, RowOfTrack};
use crate::open::ask::{Answer, Ask};
use crate::open::select::Selection;

/// So many bars at most; where there are more, they are joined further.
const MOST: usize = 200_000;

/// The answer to `timeline`.
#[derive(Default, Serialize)]
pub(in crate::open) struct Timeline {
    tracks: Vec<TrackBars>,
}

#[derive(Serialize)]
struct TrackBars {
    track: u32,
    rows: Vec<RowBars>,
}

/// The bars of a row, column by column.
#[derive(Default, Serialize)]
struct RowBars {
    depth: u32,
    start: Vec<u64>,
    end: Vec<u64>,
    #[serde(rename = "fn")]
    function: Vec<u32>,
    call: Vec<u32>,
    count: Vec<u32>,
    flags: Vec<u16>,
    busy: Vec<u64>,
}

pub(in crate::open) fn timeline(index: &Index, ask: &Ask<'_>) -> Answer<Timeline> {
    let origin = index.names.origin;
    let selection = Selection::of(index, ask)?;
    let (from, to) = (selection.from().max(origin), selection.to().min(index.names.end.saturating_add(1)));
    let width = ask.number::<u64>("width")?.unwrap_or(1_000).clamp(1, 100_000);
    // the largest power of two that is no wider than a pixel
    let mut scale = (to.saturating_sub(from) / width).checked_ilog2().unwrap_or(0);
    loop {
        if let Some(timeline) = at_scale(index, &selection, (from, to), scale) {
            return Ok(timeline);
        }
        scale += 1;
    }
}

/// `None` if there are too many bars at this scale.
fn at_scale(index: &Index, selection: &Selection, (from, to): (u64, u64), scale: u32) -> Option<Timeline> {
    let mut timeline = Timeline::default();
    let mut left = if scale < 63 { MOST } else { usize::MAX };
    for row in index.rows() {
        let mut bars = RowBars { depth: row.row, ..RowBars::default() };
        let mut joiner = Joiner::new(scale);
        for_each_bar(index, selection, &row, (from, to), scale, |bar| {
            if let Some(bar) = joiner.next(bar) {
                bars.push(index, &bar);
            }
            bars.call.len() <= left
        });
        if let Some(bar) = joiner.last() {
            bars.push(index, &bar);
        }
        left = left.checked_sub(bars.call.len())?;
        if bars.call.is_empty() {
            continue;
        }
        match timeline.tracks.last_mut().filter(|track| track.track == row.track) {
            Some(track) => track.rows.push(bars),
            None => timeline.tracks.push(TrackBars { track: row.track, rows: vec![bars] }),
        }
    }
    Some(timeline)
}

/// Gives the bars of a row to `take`, as long as it wants more.
fn for_each_bar(
    index: &Index,
    selection: &Selection,
    row: &RowOfTrack,
    (from, to): (u64, u64),
    scale: u32,
    mut take: impl FnMut(Bar) -> bool,
) {
    if selection.is_any_call()
        && let Some(bars) = index.bars(row, scale)
    {
        let _ = bars.within(from, to).all(take);
        return;
    }
    let calls = index.in_row(row);
    let first = calls.partition_point(|call| index.end(call) <= from);
    let calls = calls.iter().skip(first).take_while(|call| index.start(*call) < to);
    let _ = calls.filter(|call| selection.has(index, *call)).all(|call| take(index.bar(call)));
}

impl RowBars {
    fn push(&mut self, index: &Index, bar: &Bar) {
        let origin = index.names.origin;
        self.start.push(bar.start.saturating_sub(origin));
        self.end.push(bar.end.saturating_sub(origin));
        self.function.push(index.function(bar.call));
        self.call.push(bar.call);
        self.count.push(bar.count);
        self.flags.push(bar.flags);
        self.busy.push(bar.busy);
    }
}
