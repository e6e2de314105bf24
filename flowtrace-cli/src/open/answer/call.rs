//! One call: its values, where it stands, what it called.
use std::collections::BTreeSet;

use serde::Serialize;

use crate::index::{Index, LeftOutCalls, flag};
use crate::open::ask::{Answer, Ask, Refusal};
use crate::open::row::CallRow;
use crate::open::select::Selection;
use crate::open::value::Values;

/// So much is given of a value.
const LONGEST: usize = 4 << 20;
/// So many calls above it are listed, those next to it and those next to the root.
const PATH: usize = 400;

/// The answer to `call/ID`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::open) struct CallAnswer {
    #[serde(rename = "call")]
    number: u32,
    #[serde(rename = "fn")]
    function: u32,
    track: Option<u32>,
    thread: u32,
    start: u64,
    duration: u64,
    busy: Option<u64>,
    /// Unknown while it is open.
    #[serde(rename = "self")]
    own: Option<u64>,
    flags: u16,
    #[serde(flatten)]
    values: Values,
    span_id: String,
    trace_id: String,
    parent_span_id: Option<String>,
    parent: Option<u32>,
    source: Option<String>,
    path: Vec<PathStep>,
    /// How many calls between the root and this one are not listed.
    path_cut: usize,
    children: ChildCount,
    calls: u32,
    counts: Vec<CountedCalls>,
    lost: u64,
}

#[derive(Serialize)]
struct PathStep {
    call: u32,
    #[serde(rename = "fn")]
    function: u32,
}

#[derive(Serialize)]
struct ChildCount {
    total: usize,
}

/// Calls below it that have no lines.
#[derive(Serialize)]
struct CountedCalls {
    #[serde(rename = "fn")]
    function: u32,
    #[serde(rename = "count")]
    calls: u64,
    total: u64,
    min: u64,
    max: u64,
    errors: u64,
    reason: String,
}

/// The call that `word` names: its number, or its span id.
pub(in crate::open) fn named(index: &Index, word: &str) -> Answer<u32> {
    let missing = || Refusal::missing(format!("there is no call `{word}`"));
    if word.len() == 16 {
        let span = u64::from_str_radix(word, 16).map_err(|_| missing())?;
        return index.by_span(span).ok_or_else(missing);
    }
    word.parse().ok().filter(|call| *call < index.calls()).ok_or_else(missing)
}

/// The call that the query names as `name`.
pub(in crate::open) fn asked(index: &Index, ask: &Ask<'_>, name: &str) -> Answer<u32> {
    named(index, ask.text(name).ok_or_else(|| Refusal::new(format!("expected a call as `{name}`")))?)
}

pub(in crate::open) fn call(index: &Index, call: u32) -> CallAnswer {
    let CallRow { start, duration, busy, function, track, flags, calls, .. } = CallRow::of(index, call);
    let values = Values::of(index, call, LONGEST);
    let ids = &values.ids;
    let (trace_id, parent_span_id) = (ids.trace.clone(), ids.parent_span.clone());
    let known = index.names.functions.get(function as usize).and_then(|function| function.source.clone());
    let source = ids.source.clone().or(known);
    let (path, path_cut) = path(index, call);
    let (from, to) = (index.start(call), index.end(call));
    let lost = index.losses().filter(|(at, ..)| (from..=to).contains(at)).map(|(_, count, _)| count);
    let counts = if flags & flag::THINNED == 0 {
        Vec::new()
    } else {
        index
            .left_out()
            .filter(|left_out| left_out.parent == Some(call))
            .map(|left_out| count(index, &left_out))
            .collect()
    };
    CallAnswer {
        number: call,
        function,
        track,
        thread: index.thread(call),
        start,
        duration,
        busy,
        own: (flags & flag::OPEN == 0).then(|| index.own(call)),
        flags,
        span_id: format!("{:016x}", index.span(call)),
        trace_id,
        parent_span_id,
        parent: index.parent(call),
        source,
        path,
        path_cut,
        children: ChildCount { total: index.children(call).len() },
        calls,
        counts,
        lost: lost.fold(0, u64::saturating_add),
        values,
    }
}

/// From the root to the call.
fn path(index: &Index, call: u32) -> (Vec<PathStep>, usize) {
    let mut path: Vec<_> = std::iter::successors(Some(call), |call| index.parent(*call)).collect();
    path.reverse();
    let cut = path.len().saturating_sub(PATH);
    if cut > 0 {
        path.drain(PATH / 2..PATH / 2 + cut);
    }
    (path.into_iter().map(|call| PathStep { call, function: index.function(call) }).collect(), cut)
}

fn count(index: &Index, left_out: &LeftOutCalls) -> CountedCalls {
    let LeftOutCalls { function, reason, count: calls, total, min, max, errors, .. } = *left_out;
    let reason = index.names.reasons.get(reason as usize).cloned().unwrap_or_default();
    CountedCalls { function, calls, total, min, max, errors, reason }
}

/// The answer to `children`.
#[derive(Serialize)]
pub(in crate::open) struct Callees {
    total: usize,
    rows: Vec<CallRow>,
}

pub(in crate::open) fn children(index: &Index, ask: &Ask<'_>) -> Answer<Callees> {
    let call = asked(index, ask, "call")?;
    let selection = Selection::of(index, ask)?;
    let (offset, limit) = ask.page()?;
    if !selection.is_filtered() {
        let children = index.children(call);
        let rows = children.iter().skip(offset).take(limit).map(|call| CallRow::of(index, call)).collect();
        return Ok(Callees { total: children.len(), rows });
    }
    // below a child are the numbers up to the next root at most; those that are chosen lead to it
    let leads = leading(index, &selection, call);
    let row = |child: &u32| CallRow { hit: Some(selection.has(index, *child)), ..CallRow::of(index, *child) };
    let rows = leads.iter().skip(offset).take(limit).map(row).collect();
    Ok(Callees { total: leads.len(), rows })
}

/// The callees of `call` that are chosen, or above a call that is.
fn leading(index: &Index, selection: &Selection, call: u32) -> Vec<u32> {
    let mut leads = BTreeSet::new();
    let last = call.saturating_add(index.size(call));
    // the calls of other trees may stand between, so the end is not known by the size alone
    let mut left = last - call - 1;
    for below in call + 1..index.calls() {
        if left == 0 {
            break;
        }
        if index.root(below) != index.root(call) {
            continue;
        }
        let mut above = below;
        while let Some(parent) = index.parent(above).filter(|parent| *parent > call) {
            above = parent;
        }
        if index.parent(above) == Some(call) {
            left -= 1;
            if selection.has(index, below) {
                leads.insert(above);
            }
        }
    }
    leads.into_iter().collect()
}
