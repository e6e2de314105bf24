//! Which chains of calls the time went into.
use std::collections::HashMap;

use serde::Serialize;

use crate::index::{Index, NONE};
use crate::open::ask::{Answer, Ask, Refusal};
use crate::open::select::Selection;

/// Deeper calls count where this depth is reached.
const DEEPEST: u16 = 250;
/// Frames of less than one in so many parts are summed.
const SMALLEST: u64 = 1_000;
/// Stands for no function: all calls together, and frames that are too small.
const ALL: i64 = -1;
const SMALL: i64 = -2;

/// The answer to `flame`: a frame with those above it.
#[derive(Debug, Serialize)]
pub(in crate::open) struct Frame {
    #[serde(rename = "fn")]
    function: i64,
    total: u64,
    #[serde(rename = "self")]
    own: u64,
    calls: u64,
    flags: u16,
    children: Vec<Frame>,
}

#[derive(Default)]
struct Node {
    parent: u32,
    function: u32,
    depth: u16,
    total: u64,
    own: u64,
    calls: u64,
    flags: u16,
}

pub(in crate::open) fn flame(index: &Index, ask: &Ask<'_>) -> Answer<Frame> {
    let selection = Selection::of(index, ask)?;
    let weight: fn(&Index, u32) -> u64 = match ask.text("by").unwrap_or("self") {
        "self" => Index::own,
        "busy" => |index, call| index.own(call).saturating_sub(index.wait(call)),
        other => return Err(Refusal::new(format!("expected `self` or `busy`, found `{other}`"))),
    };
    let mut nodes = vec![Node { parent: NONE, function: NONE, ..Node::default() }];
    let mut numbers = HashMap::new();
    let first = selection.first();
    let mut of_calls = vec![NONE; (index.calls() - first) as usize];
    for call in first..index.calls() {
        let above = index.parent(call).and_then(|parent| parent.checked_sub(first));
        let below = above.map(|above| of_calls[above as usize]).filter(|node| *node != NONE);
        // what a chosen call called belongs to it
        if !selection.is_then(index, call) || below.is_none() && !selection.has(index, call) {
            continue;
        }
        let parent = below.unwrap_or(0);
        let node = child(&mut nodes, &mut numbers, parent, index.function(call));
        of_calls[(call - first) as usize] = node;
        let node = &mut nodes[node as usize];
        node.calls += 1;
        node.own = node.own.saturating_add(weight(index, call));
        node.flags |= index.flags(call);
    }
    for number in (1..nodes.len()).rev() {
        let total = nodes[number].total.saturating_add(nodes[number].own);
        nodes[number].total = total;
        let parent = nodes[number].parent as usize;
        nodes[parent].total = nodes[parent].total.saturating_add(total);
    }
    Ok(frames(&nodes))
}

/// The node of a function below `parent`.
fn child(nodes: &mut Vec<Node>, numbers: &mut HashMap<(u32, u32), u32>, parent: u32, function: u32) -> u32 {
    let depth = nodes[parent as usize].depth;
    if depth == DEEPEST {
        return parent;
    }
    *numbers.entry((parent, function)).or_insert_with(|| {
        nodes.push(Node { parent, function, depth: depth + 1, ..Node::default() });
        u32::try_from(nodes.len() - 1).expect("fewer nodes than calls")
    })
}

/// The nodes as a tree, the largest first.
fn frames(nodes: &[Node]) -> Frame {
    let least = nodes[0].total / SMALLEST;
    let mut children: Vec<Vec<Frame>> = nodes.iter().map(|_| Vec::new()).collect();
    let mut small: Vec<Option<Frame>> = nodes.iter().map(|_| None).collect();
    for (number, node) in nodes.iter().enumerate().rev() {
        let mut above = std::mem::take(&mut children[number]);
        above.sort_by_key(|frame| std::cmp::Reverse(frame.total));
        above.extend(small[number].take());
        let is_root = number == 0;
        let function = if is_root { ALL } else { i64::from(node.function) };
        let Node { total, own, calls, flags, .. } = *node;
        let frame = Frame { function, total, own, calls, flags, children: above };
        if is_root {
            return frame;
        }
        let parent = node.parent as usize;
        if total >= least {
            children[parent].push(frame);
            continue;
        }
        let sum = small[parent].get_or_insert(Frame { function: SMALL, ..Frame::nothing() });
        (sum.total, sum.own) = (sum.total.saturating_add(total), sum.own.saturating_add(total));
        (sum.calls, sum.flags) = (sum.calls + calls, sum.flags | flags);
    }
    Frame::nothing()
}

impl Frame {
    fn nothing() -> Self {
        Self { function: ALL, total: 0, own: 0, calls: 0, flags: 0, children: Vec::new() }
    }
}
