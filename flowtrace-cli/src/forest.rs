//! The calls that are open: an ENTER begins one, its closing line ends it, by span id.
//!
//! A view keeps with each what it needs itself. What has ended is gone from here, so that memory is bounded by how
//! many calls are open at once.
use std::hash::{BuildHasherDefault, Hasher};

use hashbrown::HashMap;

/// A map by numbers that need no more than a little spreading.
pub(crate) type NumberMap<T> = HashMap<u64, T, BuildHasherDefault<NumberHasher>>;

/// The open calls, with a `T` for each.
pub(crate) struct Forest<T> {
    open: NumberMap<Open<T>>,
}

/// A call that has begun and not ended.
pub(crate) struct Open<T> {
    pub(crate) data: T,
    parent: Option<u64>,
    begun: u64,
    own: Own,
}

/// A call that has begun.
pub(crate) struct Begun<T> {
    /// What was kept with an open call of the same id, which only a broken trace has.
    pub(crate) before: Option<T>,
    /// Nanoseconds since its caller began, if it is the first that the caller calls.
    pub(crate) since_caller: Option<u64>,
}

/// A call that has ended.
pub(crate) struct Ended<T> {
    pub(crate) data: T,
    /// Nanoseconds of its duration in which nothing that it called ran.
    pub(crate) own: u64,
    /// Nanoseconds since the last of what it called ended, if all of that has.
    pub(crate) since_callee: Option<u64>,
}

impl<T> Forest<T> {
    pub(crate) fn new() -> Self {
        Self { open: NumberMap::default() }
    }

    /// What is kept with the call `span`, if it is open.
    pub(crate) fn get_mut(&mut self, span: u64) -> Option<&mut T> {
        Some(&mut self.open.get_mut(&span)?.data)
    }

    /// Takes an ENTER.
    pub(crate) fn begin(&mut self, span: u64, parent: Option<u64>, at: u64, data: T) -> Begun<T> {
        let mut since_caller = None;
        if let Some(caller) = parent.and_then(|parent| self.open.get_mut(&parent)) {
            if !caller.own.called {
                since_caller = at.checked_sub(caller.begun);
            }
            caller.own.child_began(at);
        }
        let call = Open { data, parent, begun: at, own: Own::default() };
        Begun { before: self.open.insert(span, call).map(|before| before.data), since_caller }
    }

    /// Takes a closing line. `None` if the call is not open: its ENTER is missing.
    pub(crate) fn end(&mut self, span: u64, at: u64, duration: u64) -> Option<Ended<T>> {
        let Open { data, parent, own, .. } = self.open.remove(&span)?;
        if let Some(caller) = parent.and_then(|parent| self.open.get_mut(&parent)) {
            caller.own.child_ended(at);
        }
        Some(Ended { data, since_callee: own.since_callee(at), own: own.of(duration, at) })
    }

    /// Takes calls below `parent` that have no lines and lasted `total` nanoseconds together.
    pub(crate) fn left_out(&mut self, parent: Option<u64>, total: u64) {
        if let Some(caller) = parent.and_then(|parent| self.open.get_mut(&parent)) {
            caller.own.left_out(total);
        }
    }

    /// What never ended with its id, in the order in which it began.
    pub(crate) fn into_open(self) -> Vec<(u64, T)> {
        let mut open: Vec<_> = self.open.into_iter().collect();
        open.sort_unstable_by_key(|(span, call)| (call.begun, *span));
        open.into_iter().map(|(span, call)| (span, call.data)).collect()
    }
}

/// How long a call does its own work: the time in which none of what it called runs.
#[derive(Default)]
struct Own {
    running: u32,
    since: u64,
    covered: u64,
    /// It called something.
    called: bool,
    /// When the last of what it called ended.
    last_end: Option<u64>,
}

impl Own {
    fn child_began(&mut self, at: u64) {
        if self.running == 0 {
            self.since = at;
        }
        self.running += 1;
        self.called = true;
    }

    fn child_ended(&mut self, at: u64) {
        self.last_end = Some(at);
        self.running = self.running.saturating_sub(1);
        if self.running == 0 {
            // a trace may say anything, so sums of its numbers stop at the largest
            self.covered = self.covered.saturating_add(at.saturating_sub(self.since));
        }
    }

    /// What was left out ran at times that are not known.
    fn left_out(&mut self, total: u64) {
        self.covered = self.covered.saturating_add(total);
        (self.called, self.last_end) = (true, None);
    }

    fn since_callee(&self, at: u64) -> Option<u64> {
        at.checked_sub(self.last_end.filter(|_| self.running == 0)?)
    }

    /// Of a call that lasted `duration` and ended at `at`, perhaps before all that it called.
    fn of(mut self, duration: u64, at: u64) -> u64 {
        if self.running > 0 {
            self.running = 1;
            self.child_ended(at);
        }
        duration.saturating_sub(self.covered)
    }
}

/// Span ids are random or counted; one multiplication spreads both.
#[derive(Default)]
pub(crate) struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn write(&mut self, _: &[u8]) {
        unreachable!("only numbers are hashed");
    }

    fn write_u64(&mut self, number: u64) {
        let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = spread ^ spread >> 32;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls as (span, parent, begin, end), nested or not; the own time of each.
    fn own(calls: &[(u64, Option<u64>, u64, u64)]) -> Vec<(u64, u64)> {
        let mut events: Vec<_> = calls.iter().flat_map(|c| [(c.2, false, c), (c.3, true, c)]).collect();
        events.sort_by_key(|event| event.0);
        let (mut forest, mut out) = (Forest::new(), Vec::new());
        for (at, ends, (span, parent, begin, end)) in events {
            if ends {
                out.push((*span, forest.end(*span, at, end - begin).unwrap().own));
            } else {
                assert!(forest.begin(*span, *parent, at, ()).before.is_none());
            }
        }
        out
    }

    #[test]
    fn own_time_is_what_callees_leave() {
        assert_eq!(
            own(&[(1, None, 0, 100), (2, Some(1), 10, 30), (3, Some(1), 50, 60)]),
            [(2, 20), (3, 10), (1, 70)]
        );
    }

    #[test]
    fn callees_that_run_at_once_count_once() {
        assert_eq!(
            own(&[(1, None, 0, 100), (2, Some(1), 10, 50), (3, Some(1), 30, 70)]),
            [(2, 40), (3, 40), (1, 40)]
        );
    }

    #[test]
    fn a_callee_that_outlives_its_caller_counts_up_to_its_end() {
        assert_eq!(own(&[(1, None, 0, 100), (2, Some(1), 80, 150)]), [(1, 80), (2, 70)]);
    }

    #[test]
    fn calls_that_were_left_out_take_their_time_from_their_caller() {
        let mut forest = Forest::new();
        forest.begin(1, None, 0, ());
        forest.begin(2, Some(1), 10, ());
        forest.end(2, 30, 20);
        forest.left_out(Some(1), 50);
        forest.left_out(Some(3), 50);
        forest.left_out(None, 50);
        assert_eq!(forest.end(1, 100, 100).unwrap().own, 30);
    }

    #[test]
    fn the_times_before_the_first_callee_and_behind_the_last_are_told() {
        let mut forest = Forest::new();
        assert_eq!(forest.begin(1, None, 0, ()).since_caller, None);
        assert_eq!(forest.begin(2, Some(1), 10, ()).since_caller, Some(10));
        assert_eq!(forest.end(2, 30, 20).unwrap().since_callee, None);
        assert_eq!(forest.begin(3, Some(1), 50, ()).since_caller, None);
        forest.end(3, 60, 10);
        assert_eq!(forest.end(1, 100, 100).unwrap().since_callee, Some(40));
        // what it called goes on, or is not known
        forest.begin(4, None, 0, ());
        forest.begin(5, Some(4), 10, ());
        assert_eq!(forest.end(4, 20, 20).unwrap().since_callee, None);
        forest.begin(6, Some(5), 30, ());
        forest.end(6, 40, 10);
        forest.left_out(Some(5), 10);
        assert_eq!(forest.end(5, 60, 50).unwrap().since_callee, None);
    }

    #[test]
    fn a_closing_line_without_enter_is_told() {
        assert!(Forest::<()>::new().end(1, 5, 5).is_none());
    }

    #[test]
    fn what_is_open_comes_in_order_of_time() {
        let mut forest = Forest::new();
        for (span, at) in [(5, 30), (9, 10), (7, 20)] {
            forest.begin(span, None, at, span);
        }
        assert_eq!(forest.into_open(), [(9, 9), (7, 7), (5, 5)]);
    }
}
