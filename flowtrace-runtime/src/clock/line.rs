//! How ticks become time: a straight line for the monotonic clock, one beside it for the wall clock, and how they are
//! mended.
//!
//! No clock is read here, so that tests can make up what clocks say.

/// How long a wall clock that has to lose waits, in nanoseconds: whoever reads by the line before is done by then.
const DELAY: u64 = 10_000;
/// How far apart two samples must be to tell a rate.
const FIRST: u64 = 20_000_000;
/// How often the line is mended once its rate is known well.
const OFTEN: u64 = 1_000_000_000;
/// A rate is taken from samples that are at most so far apart, since the system's clock is steered in turn.
const LONGEST: u64 = 60 * OFTEN;
/// A sample that took more ticks than that was interrupted.
const TORN: u64 = 20_000;

/// One moment as the clocks tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    /// The processor's counter.
    pub(super) ticks: u64,
    /// Nanoseconds of the system's monotonic clock, read no earlier than the counter.
    pub(super) mono: u64,
    /// The system's wall clock.
    pub(super) wall: u64,
    /// How many ticks it took to read them all.
    pub(super) took: u64,
}

/// A moment in the trace, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(crate) struct Time {
    /// Since some moment in the past, never 0: for durations.
    pub(crate) mono: u64,
    /// Since the Unix epoch. 64 bits last until the year 2554.
    pub(crate) wall: u64,
}

/// Ticks to time. As long as no rate is known, the ticks are the nanoseconds of the system's monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it begins, and what is told there.
    pub(super) ticks: u64,
    pub(super) told: Time,
    /// Nanoseconds in 2³² ticks; 0 as long as it is not known.
    pub(super) rate: u64,
    /// How far the wall clock runs ahead: it loses half of the time that passes until it no longer does.
    pub(super) ahead: u64,
}

impl Line {
    pub(super) fn new(first: Sample) -> Self {
        let told = Time { mono: first.mono + 1, wall: first.wall };
        Self { ticks: first.mono, told, rate: 0, ahead: 0 }
    }

    #[inline(always)]
    pub(super) fn at(&self, ticks: u64) -> Time {
        let ticks = ticks.saturating_sub(self.ticks);
        #[expect(clippy::cast_possible_truncation, reason = "64 bits of nanoseconds are 584 years")]
        let since =
            if self.rate == 0 { ticks } else { ((u128::from(ticks) * u128::from(self.rate)) >> 32) as u64 };
        let lost = if self.ahead == 0 { 0 } else { self.ahead.min(since.saturating_sub(DELAY) / 2) };
        Time { mono: self.told.mono + since, wall: self.told.wall + since - lost }
    }

    /// The ticks of this line at a moment.
    pub(super) fn ticks_at(&self, now: &Sample) -> u64 {
        if self.rate == 0 { now.mono } else { now.ticks }
    }

    /// How many ticks of this line `nanos` are.
    pub(super) fn ticks_in(&self, nanos: u64) -> u64 {
        (nanos << 32).checked_div(self.rate).unwrap_or(nanos)
    }
}

/// Mends the line, now and then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keeper {
    /// What the rate is measured from.
    from: Sample,
    last: Sample,
    /// When the line is to be mended next, by the system's monotonic clock.
    pub(super) due: u64,
}

impl Keeper {
    pub(super) fn new(first: Sample) -> Self {
        Self { from: first, last: first, due: first.mono + FIRST }
    }

    /// The line that follows `old`, which is read up to its tick `until`. `counter` says whether there is a counter to
    /// be trusted.
    ///
    /// From now on the new line is nowhere behind the old one up to `until`: time never runs backwards.
    pub(super) fn mend(&mut self, old: &Line, now: Sample, until: u64, counter: bool) -> Line {
        let measured = if counter && now.took <= TORN { self.measure(old, now) } else { None };
        let rate = measured.unwrap_or(old.rate);
        let settled = !counter || now.mono - self.from.mono >= OFTEN;
        self.due = now.mono + if settled { OFTEN } else { FIRST };

        let (mut told, end) = (old.at(old.ticks_at(&now)), old.at(until));
        // rates are known to a thousandth at least
        let margin = 2 + end.mono.saturating_sub(told.mono) / 1000;
        told.mono += margin;
        told.wall += margin;
        let ahead = told.wall.saturating_sub(now.wall);
        told.wall = told.wall.max(now.wall);
        Line { ticks: if rate == 0 { now.mono } else { now.ticks }, told, rate, ahead }
    }

    /// The rate of the counter, if `now` tells it.
    fn measure(&mut self, old: &Line, now: Sample) -> Option<u64> {
        let passed = now.mono - self.last.mono;
        let told = old.at(now.ticks).mono.saturating_sub(old.at(self.last.ticks).mono);
        // the counter was reset, or went on while the system slept, or it has another rate since
        let odd =
            now.ticks < self.last.ticks || (old.rate != 0 && told.abs_diff(passed) > 10_000 + passed / 1000);
        if odd || self.from.took > TORN || now.mono - self.from.mono > LONGEST {
            self.from = now;
        }
        self.last = now;
        let apart = now.mono - self.from.mono;
        if apart < FIRST { None } else { rate(apart, now.ticks - self.from.ticks) }
    }
}

/// Nanoseconds in 2³² ticks, if a counter can have that rate: 100 MHz to 100 GHz.
fn rate(nanos: u64, ticks: u64) -> Option<u64> {
    let rate = (u128::from(nanos) << 32).checked_div(u128::from(ticks))?;
    u64::try_from(rate).ok().filter(|rate| ((1 << 32) / 100..=10 << 32).contains(rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made-up clocks, and a line that is mended by them.
    struct World {
        now: Sample,
        /// Picoseconds a tick.
        rate: u64,
        line: Line,
        keeper: Keeper,
        told: Time,
    }

    const START: u64 = 1_700_000_000_000_000_000;

    impl World {
        fn new() -> Self {
            let now = Sample { ticks: 5_000_000, mono: 7_000, wall: START, took: 100 };
            let line = Line::new(now);
            Self { now, rate: 400, line, keeper: Keeper::new(now), told: line.at(now.mono) }
        }

        /// Lets time pass, and looks that no clock runs backwards.
        fn pass(&mut self, nanos: u64) -> Time {
            self.now.ticks += nanos * 1000 / self.rate;
            self.now.mono += nanos;
            self.now.wall += nanos;
            let time = self.line.at(self.line.ticks_at(&self.now));
            assert!(
                time.mono >= self.told.mono && time.wall >= self.told.wall,
                "{time:?} after {:?}",
                self.told
            );
            self.told = time;
            time
        }

        fn mend(&mut self) {
            let sample = self.now;
            self.pass(300);
            let until = self.line.ticks_at(&self.now) + self.line.ticks_in(2000);
            let line = self.keeper.mend(&self.line, sample, until, true);
            // whoever reads now by the old line is not ahead of those who read by the new one
            let nanos = [0, 1, 500, 1000, 1700];
            for later in nanos.map(|nanos| Sample {
                ticks: self.now.ticks + nanos * 1000 / self.rate,
                mono: self.now.mono + nanos,
                ..self.now
            }) {
                let (old, new) = (self.line.at(self.line.ticks_at(&later)), line.at(line.ticks_at(&later)));
                assert!(new.mono >= old.mono && new.wall >= old.wall, "{new:?} after {old:?}");
            }
            self.line = line;
            self.pass(0);
        }

        fn run(&mut self, seconds: u64) {
            for _ in 0..seconds * 50 {
                self.pass(20_000_000);
                if self.now.mono >= self.keeper.due {
                    self.mend();
                }
            }
        }

        /// How far the trace's wall clock is from the system's.
        fn off(&mut self) -> u64 {
            self.pass(0).wall.abs_diff(self.now.wall)
        }
    }

    #[test]
    fn the_counter_takes_over_once_its_rate_is_known() {
        let mut world = World::new();
        world.pass(19_000_000);
        world.mend();
        assert_eq!(world.line.rate, 0);
        world.pass(1_000_000);
        world.mend();
        assert!(world.line.rate.abs_diff((400 << 32) / 1000) < 2, "{}", world.line.rate);
        world.run(10);
        assert!(world.off() < 10);
    }

    #[test]
    fn without_a_counter_the_system_is_asked() {
        let mut world = World::new();
        for _ in 0..10 {
            world.pass(OFTEN);
            world.line = world.keeper.mend(&world.line, world.now, world.now.mono, false);
            assert_eq!(world.line.rate, 0);
        }
    }

    #[test]
    fn a_clock_that_is_set_forward_is_followed_and_durations_do_not_see_it() {
        let mut world = World::new();
        world.run(3);
        let before = world.pass(0).mono;
        world.now.wall += 3600 * OFTEN;
        world.run(2);
        assert!(world.off() < 10);
        assert!((world.pass(0).mono - before).abs_diff(2 * OFTEN) < 10_000);
    }

    #[test]
    fn a_clock_that_is_set_back_is_approached_at_half_speed() {
        let mut world = World::new();
        world.run(3);
        let before = world.pass(0).mono;
        world.now.wall -= 10 * OFTEN;
        world.run(11);
        assert!(world.off().abs_diff(5 * OFTEN) < OFTEN, "{}", world.off());
        world.run(11);
        assert!(world.off() < 10, "{}", world.off());
        assert!((world.pass(0).mono - before).abs_diff(22 * OFTEN) < 10_000);
    }

    #[test]
    fn a_counter_that_drifts_is_followed() {
        let mut world = World::new();
        world.run(3);
        for rate in [401, 402, 401, 400] {
            world.rate = rate;
            world.run(200);
            assert!(world.off() < 100_000, "{}", world.off());
        }
    }

    #[test]
    fn a_counter_that_goes_on_while_the_system_sleeps_spoils_no_rate() {
        let mut world = World::new();
        world.run(3);
        let rate = world.line.rate;
        world.now.ticks += 3600 * 1_000_000_000 * 1000 / world.rate;
        world.now.wall += 3600 * OFTEN;
        world.run(2);
        assert!(world.line.rate.abs_diff(rate) < 100, "{} {rate}", world.line.rate);
        assert!(world.off() < 10, "{}", world.off());
    }

    #[test]
    fn a_counter_that_is_reset_stands_where_it_was_mended_last_until_it_is_noticed() {
        let mut world = World::new();
        world.run(3);
        world.now.ticks = 0;
        // the one case in which time runs backwards: some machines do so when they sleep
        world.told = world.line.told;
        world.now.wall += 60 * OFTEN;
        world.run(2);
        assert!(world.off() < 10, "{}", world.off());
        assert!(world.line.rate.abs_diff((400 << 32) / 1000) < 100);
    }

    #[test]
    fn no_rate_is_taken_from_a_sample_that_was_interrupted() {
        let mut world = World::new();
        world.keeper.from.took = 1_000_000;
        for _ in 0..30 {
            world.run(1);
            let sample = world.now;
            world.pass(5_000_000);
            // the counter was read 5 ms before the clocks
            let torn = Sample { ticks: sample.ticks, took: 12_500_000, ..world.now };
            world.line = world.keeper.mend(&world.line, torn, world.line.ticks_at(&world.now), true);
            assert!(world.line.rate.abs_diff((400 << 32) / 1000) < 2, "{}", world.line.rate);
            world.pass(0);
        }
    }
}
