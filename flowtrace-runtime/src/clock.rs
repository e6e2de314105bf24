//! The clock of the trace: nanoseconds since the Unix epoch that never run backwards.
use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The wall clock once, the monotonic clock ever after: durations and the order of lines survive a
/// clock that is set back.
struct Anchor {
    wall_nanos: u64,
    at: Instant,
}

static ANCHOR: OnceLock<Anchor> = OnceLock::new();

/// Nanoseconds since the Unix epoch. 64 bits last until the year 2554.
pub(crate) fn now() -> u64 {
    let anchor = ANCHOR.get_or_init(|| {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Anchor { wall_nanos: u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX / 2), at: Instant::now() }
    });
    let since = u64::try_from(anchor.at.elapsed().as_nanos()).unwrap_or(u64::MAX / 2);
    anchor.wall_nanos.saturating_add(since)
}

/// Follows the wall clock.
pub(crate) fn calibrate() {}
