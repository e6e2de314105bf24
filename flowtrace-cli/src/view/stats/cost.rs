//! What tracing a call cost, as the times of the lines show it.
//!
//! Between a call's ENTER and the first ENTER below it lies all the work for one ENTER, and what the program does there.
//! Between the last end below a call and its own end lies all the work for one closing line. Among many calls there are
//! some that do next to nothing there: the shortest of these times are what tracing takes.
use hdrhistogram::Histogram;

/// So many times of each kind are needed.
const LEAST: u64 = 10;
/// The share of the times that are taken for the shortest: a clock may be wrong now and then.
const SHORTEST: f64 = 0.01;
/// No line takes so long, in nanoseconds: calls did other work in all of the times.
const LONGEST: u64 = 100_000;

/// The times between lines in which one line was made.
pub(super) struct Cost {
    enters: Histogram<u64>,
    ends: Histogram<u64>,
}

impl Default for Cost {
    fn default() -> Self {
        let times = Histogram::new_with_bounds(1, LONGEST, 2).expect("two digits can be had");
        Self { enters: times.clone(), ends: times }
    }
}

impl Cost {
    /// Takes the time from an ENTER to the first one below it.
    pub(super) fn enter(&mut self, nanos: u64) {
        self.enters.saturating_record(nanos);
    }

    /// Takes the time from the last end below a call to its own.
    pub(super) fn end(&mut self, nanos: u64) {
        self.ends.saturating_record(nanos);
    }

    /// Nanoseconds for both lines of a call, where the trace shows them.
    pub(super) fn of_a_call(&self) -> Option<u64> {
        let shortest = |times: &Histogram<u64>| {
            let nanos = times.value_at_quantile(SHORTEST);
            (times.len() >= LEAST && nanos < LONGEST).then_some(nanos)
        };
        Some(shortest(&self.enters)? + shortest(&self.ends)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(enters: &[u64], ends: &[u64]) -> Option<u64> {
        let mut cost = Cost::default();
        for nanos in enters {
            cost.enter(*nanos);
        }
        for nanos in ends {
            cost.end(*nanos);
        }
        cost.of_a_call()
    }

    #[test]
    fn the_shortest_times_are_the_cost() {
        assert_eq!(cost(&[40, 50, 900, 60, 70, 80, 90, 95, 41, 42], &[20; 10]), Some(60));
        // one in a thousand is a mistake of the clock
        let mut enters = vec![40; 1000];
        enters[7] = 1;
        assert_eq!(cost(&enters, &[20; 10]), Some(60));
    }

    #[test]
    fn too_few_times_and_too_long_ones_show_no_cost() {
        assert_eq!(cost(&[40; 9], &[20; 10]), None);
        assert_eq!(cost(&[40; 10], &[20; 9]), None);
        assert_eq!(cost(&[u64::MAX; 10], &[20; 10]), None);
    }
}
