//! Two calls side by side: what they called, in pairs of calls of the same function.
use std::collections::HashMap;

use serde::Serialize;

use super::call::asked;
use crate::index::Index;
use crate::open::ask::{Answer, Ask};
use crate::open::row::CallRow;

/// So many rows; what is behind them is not compared.
const MOST: usize = 2_000;
/// Deeper calls are not compared.
const DEEPEST: usize = 500;
/// Of more callees than this, the first of the same function are a pair, and not those that keep most others in pairs.
const LONGEST: usize = 500;

/// The answer to `compare`.
#[derive(Serialize)]
pub(in crate::open) struct Comparison {
    rows: Vec<Pair>,
    /// The first row in which the two differ by more than their times.
    first: Option<usize>,
    /// There is more than the rows show.
    #[serde(rename = "isCut")]
    is_cut: bool,
}

#[derive(Serialize)]
struct Pair {
    a: Option<CallRow>,
    b: Option<CallRow>,
    depth: usize,
    /// Both are calls of one function, with the same values.
    same: bool,
    /// The first of `args` and `result` that differs.
    differs: Option<&'static str>,
    /// How often the time of `a` goes into that of `b`.
    ratio: Option<f64>,
}

pub(in crate::open) fn compare(index: &Index, ask: &Ask<'_>) -> Answer<Comparison> {
    let (a, b) = (asked(index, ask, "a")?, asked(index, ask, "b")?);
    let mut comparison = Comparison { rows: Vec::new(), first: None, is_cut: false };
    let mut waiting = vec![(Some(a), Some(b), 0)];
    while let Some((a, b, depth)) = waiting.pop() {
        if comparison.rows.len() == MOST {
            comparison.is_cut = true;
            break;
        }
        let pair = Pair::new(a.map(|a| CallRow::of(index, a)), b.map(|b| CallRow::of(index, b)), depth);
        if !pair.same {
            comparison.first.get_or_insert(comparison.rows.len());
        }
        comparison.rows.push(pair);
        let callees = |call: Option<u32>| -> Vec<u32> {
            call.map(|call| index.children(call).iter().take(MOST).collect()).unwrap_or_default()
        };
        let (a, b) = (callees(a), callees(b));
        if depth == DEEPEST {
            comparison.is_cut |= !(a.is_empty() && b.is_empty());
            continue;
        }
        let pairs = pairs(&a, &b, |call| index.function(call));
        waiting.extend(pairs.into_iter().rev().map(|(a, b)| (a, b, depth + 1)));
    }
    Ok(comparison)
}

impl Pair {
    #[allow(clippy::cast_precision_loss)] // a ratio needs few digits
    fn new(a: Option<CallRow>, b: Option<CallRow>, depth: usize) -> Self {
        let both = a.as_ref().zip(b.as_ref());
        let json = |value: &Option<Box<serde_json::value::RawValue>>| {
            value.as_ref().map(|json| json.get().to_owned())
        };
        let differs = both.and_then(|(a, b)| {
            let (a, b) = (&a.values, &b.values);
            if json(&a.args) != json(&b.args) {
                return Some("args");
            }
            (json(&a.result) != json(&b.result) || a.error != b.error).then_some("result")
        });
        let same = both.is_some_and(|(a, b)| a.function == b.function) && differs.is_none();
        let ratio = both.filter(|(a, _)| a.duration > 0).map(|(a, b)| b.duration as f64 / a.duration as f64);
        Self { a, b, depth, same, differs, ratio }
    }
}

type OneOfEach = (Option<u32>, Option<u32>);

/// The calls of `a` and `b` in order, those of the same function in pairs.
fn pairs(a: &[u32], b: &[u32], function: impl Fn(u32) -> u32) -> Vec<OneOfEach> {
    let matched =
        if a.len().max(b.len()) > LONGEST { greedy(a, b, &function) } else { longest(a, b, &function) };
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    for (to_i, to_j) in matched.into_iter().chain([(a.len(), b.len())]) {
        pairs.extend(a[i..to_i].iter().map(|call| (Some(*call), None)));
        pairs.extend(b[j..to_j].iter().map(|call| (None, Some(*call))));
        if to_i < a.len() {
            pairs.push((Some(a[to_i]), Some(b[to_j])));
        }
        (i, j) = (to_i + 1, to_j + 1);
    }
    pairs
}

/// The longest row of pairs in order.
fn longest(a: &[u32], b: &[u32], function: impl Fn(u32) -> u32) -> Vec<(usize, usize)> {
    let width = b.len() + 1;
    let mut lengths = vec![0_u16; (a.len() + 1) * width];
    let is_pair = |i: usize, j: usize| function(a[i]) == function(b[j]);
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            lengths[i * width + j] = if is_pair(i, j) {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut found) = (0, 0, Vec::new());
    while i < a.len() && j < b.len() {
        if is_pair(i, j) {
            found.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    found
}

/// Each call with the next of its function.
fn greedy(a: &[u32], b: &[u32], function: impl Fn(u32) -> u32) -> Vec<(usize, usize)> {
    let mut places: HashMap<u32, Vec<usize>> = HashMap::new();
    for (j, call) in b.iter().enumerate() {
        places.entry(function(*call)).or_default().push(j);
    }
    let (mut next, mut found) = (0, Vec::new());
    for (i, call) in a.iter().enumerate() {
        let Some(places) = places.get(&function(*call)) else { continue };
        if let Some(j) = places.get(places.partition_point(|j| *j < next)) {
            found.push((i, *j));
            next = j + 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_one_function_are_pairs_and_the_others_stand_alone() {
        // the function of a call is its last digit
        let function = |call: u32| call % 10;
        let (a, b) = ([11, 12, 13, 15], [21, 23, 24, 25]);
        let expected = [
            (Some(11), Some(21)),
            (Some(12), None),
            (Some(13), Some(23)),
            (None, Some(24)),
            (Some(15), Some(25)),
        ];
        assert_eq!(pairs(&a, &b, function), expected);
        assert_eq!(greedy(&a, &b, function), longest(&a, &b, function));
        assert_eq!(pairs(&[], &[21], function), [(None, Some(21))]);
        let many: Vec<u32> = (0..600).collect();
        assert_eq!(pairs(&many, &many[10..], function).len(), 600);
    }
}
