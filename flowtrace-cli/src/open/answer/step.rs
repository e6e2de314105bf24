//! From one call to another, as a debugger steps.
use serde::Serialize;

use super::call::asked;
use crate::index::Index;
use crate::open::ask::{Answer, Ask, Refusal};

/// The answer to `step`; no call where there is none in that direction.
#[derive(Debug, Serialize)]
pub(in crate::open) struct Step {
    call: Option<u32>,
}

pub(in crate::open) fn step(index: &Index, ask: &Ask<'_>) -> Answer<Step> {
    let call = asked(index, ask, "call")?;
    let to = ask.text("to").unwrap_or_default();
    let call = match to {
        "into" => index.children(call).iter().next().or_else(|| over(index, call)),
        "over" => over(index, call),
        "out" => index.parent(call),
        "back" => back(index, call),
        "error" => (call + 1..index.calls()).find(|call| began_to_fail(index, *call)),
        "backerror" => (0..call).rev().find(|call| began_to_fail(index, *call)),
        _ => {
            let expected = "expected `into`, `over`, `out`, `back`, `error` or `backerror`";
            return Err(Refusal::new(format!("{expected}, found `{to}`")));
        }
    };
    Ok(Step { call })
}

/// The call that the same caller made next, or the caller's caller, and so on.
fn over(index: &Index, call: u32) -> Option<u32> {
    let mut from = Some(call);
    while let Some(call) = from {
        from = index.parent(call);
        let siblings = index.callees_of(from);
        let place = siblings.partition_point(|sibling| sibling <= call);
        if let Some(next) = siblings.iter().nth(place) {
            return Some(next);
        }
    }
    None
}

/// The call that began last before this one, in the order of steps.
fn back(index: &Index, call: u32) -> Option<u32> {
    let parent = index.parent(call);
    let siblings = index.callees_of(parent);
    let place = siblings.partition_point(|sibling| sibling < call);
    let Some(before) = place.checked_sub(1).and_then(|place| siblings.iter().nth(place)) else {
        return parent;
    };
    let last = |call: &u32| index.children(*call).iter().next_back();
    std::iter::successors(Some(before), last).last()
}

/// Whether the call failed, and nothing that it called did.
fn began_to_fail(index: &Index, call: u32) -> bool {
    index.failed(call) && !index.children(call).iter().any(|callee| index.failed(callee))
}
