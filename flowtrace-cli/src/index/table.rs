//! A hash table of calls, as it lies in the file: slots of call numbers, the next one taken where one is taken.
use super::scan::NONE;

/// A slot for a key in a table of so many.
fn slot(key: u64, slots: usize) -> usize {
    let spread = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let spread = (spread ^ spread >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    usize::try_from((u128::from(spread) * slots as u128) >> 64).expect("less than the slots")
}

/// A table of `calls` with their keys; a third of the slots stay empty.
pub(super) fn build(len: usize, calls: impl Iterator<Item = (u32, u64)>) -> Vec<u32> {
    let mut slots = vec![NONE; len + len / 2 + 1];
    for (call, key) in calls {
        let mut at = slot(key, slots.len());
        while slots[at] != NONE {
            at = if at + 1 == slots.len() { 0 } else { at + 1 };
        }
        slots[at] = call;
    }
    slots
}

/// The calls that may have this key, whose slots `get` reads.
pub(super) fn find(key: u64, slots: usize, get: impl Fn(usize) -> u32) -> impl Iterator<Item = u32> {
    let first = if slots == 0 { 0 } else { slot(key, slots) };
    (0..slots).map(move |i| get((first + i) % slots)).take_while(|call| *call != NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_found() {
        let keys: Vec<u64> = (0..1000).map(|i| i * i).chain([5, 5, 5]).collect();
        let slots = build(keys.len(), (0..).zip(keys.iter().copied()));
        for (call, key) in keys.iter().enumerate() {
            let found = find(*key, slots.len(), |at| slots[at]);
            assert!(found.into_iter().any(|found| found as usize == call));
        }
        assert_eq!(find(7, 0, |_| NONE).count(), 0);
    }
}
