//! A program that dies again and again while its output can't be written leaves a ring each time: the oldest are dropped.
use super::scan::scan;
use super::written::take_written;
use crate::ring::file::{self, Identity, RingFile};

/// How many bytes of rings are kept for an output, and one ring at least.
const MOST: u64 = 64 << 20;

/// Whether more is left than is kept.
pub(super) fn is_exceeded(wanted: impl Fn(&Identity) -> bool) -> bool {
    let rings = RingFile::all(&file::folders(), wanted);
    let left = rings.iter().filter(|(ring, _)| ring.is_left()).map(|(_, identity)| identity.capacity);
    left.sum::<u64>() > MOST
}

/// Drops the oldest of those that nobody holds; `lose` is told how many lines that are, before they are gone.
pub(super) fn bound(wanted: impl Fn(&Identity) -> bool, lose: impl Fn(u64)) {
    let mut kept = 0;
    let rings = RingFile::all(&file::folders(), wanted);
    for (ring, identity) in rings.into_iter().rev().filter(|(ring, _)| ring.is_left()) {
        kept += identity.capacity;
        if kept <= MOST || kept == identity.capacity || !ring.take() {
            continue;
        }
        if let Some(mut left) = ring.read().ok().and_then(|bytes| scan(&bytes)) {
            let _ = take_written(&mut left, &identity.output);
            lose(left.lines() + left.lost());
        }
        ring.remove();
    }
}
