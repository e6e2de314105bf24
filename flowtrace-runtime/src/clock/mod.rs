//! The clock of the trace: it never runs backwards, and follows the system's wall clock.
//!
//! It begins as the system's monotonic clock, and goes over to the processor's counter (`tsc.rs`) once the rate of that
//! is known: 10 ns instead of 25. Whoever has time to spare, the drainer, mends the line by which ticks become time
//! (`line.rs`) and puts it where all can read it. A reader waits for nobody for long: not for a writer that the
//! system has stopped half way, nor for one that a fork has left behind.
#![expect(clippy::inline_always, reason = "a call of a reading costs a good part of what it does")]

mod line;
mod tsc;

use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

pub(crate) use line::Time;
use line::{Keeper, Line, Sample};

/// How long, in nanoseconds, the old line is read after a new one was announced.
const GRACE: u64 = 2_000;
/// How often a reader looks whether the new one has come after that; it takes some microseconds. Then the clock stands
/// still.
const PATIENCE: u32 = 1000;

/// Two lines, of which one is read and the other is written.
#[repr(align(64))]
struct Published {
    /// Half of it is the number of the line that is read. It is odd while the next is written: until then the line
    /// is read up to its end.
    state: AtomicU64,
    lines: [Slot; 2],
}

static PUBLISHED: Published = Published { state: AtomicU64::new(0), lines: [Slot::new(), Slot::new()] };

struct Slot {
    /// The parts of a `Line`.
    parts: [AtomicU64; 5],
    /// The last tick it is read at, once the next line was announced.
    until: AtomicU64,
}

impl Slot {
    const fn new() -> Self {
        Self { parts: [const { AtomicU64::new(0) }; 5], until: AtomicU64::new(0) }
    }

    #[inline]
    fn load(&self) -> Line {
        let [ticks, mono, wall, rate, ahead] = self.parts.each_ref().map(|part| part.load(Ordering::Relaxed));
        Line { ticks, told: Time { mono, wall }, rate, ahead }
    }

    fn store(&self, line: &Line) {
        let Line { ticks, told, rate, ahead } = *line;
        for (part, value) in self.parts.iter().zip([ticks, told.mono, told.wall, rate, ahead]) {
            part.store(value, Ordering::Relaxed);
        }
    }
}

impl Published {
    fn slot(&self, state: u64) -> &Slot {
        &self.lines[usize::from(state & 2 != 0)]
    }

    #[inline(always)]
    fn read(&self) -> Time {
        let state = self.state.load(Ordering::Acquire);
        let line = self.slot(state).load();
        if state & 1 == 0 && line.rate != 0 {
            let ticks = tsc::read();
            // whoever saw a part of a later line sees here that it was announced
            fence(Ordering::Acquire);
            if self.state.load(Ordering::Relaxed) == state {
                return line.at(ticks);
            }
        }
        self.read_patiently()
    }

    /// The same while the line is changed, or where the system is asked.
    #[cold]
    #[inline(never)]
    fn read_patiently(&self) -> Time {
        let mut patience = PATIENCE;
        loop {
            let state = self.state.load(Ordering::Acquire);
            let slot = self.slot(state);
            let line = slot.load();
            let mut ticks = if line.rate == 0 { system().mono() } else { tsc::read() };
            if state & 1 != 0 {
                let until = slot.until.load(Ordering::Relaxed);
                if ticks > until && patience > 0 {
                    patience -= 1;
                    std::hint::spin_loop();
                    continue;
                }
                ticks = ticks.min(until);
            }
            // as above
            fence(Ordering::Acquire);
            if self.state.load(Ordering::Relaxed) == state {
                return line.at(ticks);
            }
        }
    }

    /// Puts the line that follows `old` by `mend`, which is told the last tick that `old` is read at. One at a time.
    fn replace(&self, mend: impl FnOnce(&Line, u64) -> Line) {
        let state = self.state.load(Ordering::Relaxed);
        let old = self.slot(state).load();
        let ticks = || if old.rate == 0 { system().mono() } else { tsc::read() };
        let until = ticks() + old.ticks_in(GRACE);
        self.slot(state).until.store(until, Ordering::Relaxed);
        self.state.store(state + 1, Ordering::Release);
        fence(Ordering::Release);
        // this thread may have been stopped before it was announced
        self.slot(state + 2).store(&mend(&old, until.max(ticks())));
        self.state.store(state + 2, Ordering::Release);
    }
}

/// The system's clocks, as seen from the first time that somebody asked.
struct System {
    start: Instant,
    counter: OnceLock<bool>,
    keeper: Mutex<Keeper>,
}

#[cold]
fn system() -> &'static System {
    static SYSTEM: OnceLock<System> = OnceLock::new();
    SYSTEM.get_or_init(|| {
        let start = Instant::now();
        let first = sample(start);
        PUBLISHED.lines[1].store(&Line::new(first));
        PUBLISHED.state.store(2, Ordering::Release);
        System { start, counter: OnceLock::new(), keeper: Mutex::new(Keeper::new(first)) }
    })
}

impl System {
    fn mono(&self) -> u64 {
        nanos(self.start.elapsed())
    }
}

fn nanos(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX / 2)
}

/// What the clocks say: of a few tries the one that took least, since one may be interrupted.
fn sample(start: Instant) -> Sample {
    let mut best: Option<Sample> = None;
    for _ in 0..5 {
        let ticks = tsc::read();
        let mono = nanos(start.elapsed());
        let wall = nanos(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default());
        let sample = Sample { ticks, mono, wall, took: tsc::read().saturating_sub(ticks) };
        best = best.filter(|best| best.took <= sample.took).or(Some(sample));
    }
    best.unwrap_or(Sample { ticks: 0, mono: 0, wall: 0, took: 0 })
}

/// What time it is.
#[inline(always)]
pub(crate) fn read() -> Time {
    PUBLISHED.read()
}

/// Nanoseconds since the Unix epoch.
pub(crate) fn now() -> u64 {
    read().wall
}

/// Mends the clock if it is time to; costs next to nothing otherwise. For a thread that nobody waits for.
pub(crate) fn calibrate() {
    let system = system();
    let Ok(mut keeper) = system.keeper.try_lock() else { return };
    if system.mono() < keeper.due {
        return;
    }
    let counter = *system.counter.get_or_init(tsc::is_usable);
    let now = sample(system.start);
    PUBLISHED.replace(|old, until| keeper.mend(old, now, until, counter));
}

/// Keeps it still, for a fork.
pub(crate) fn hold() -> impl Sized {
    system().keeper.lock().unwrap_or_else(PoisonError::into_inner)
}

/// In the child of a fork: a line that was announced will not come.
pub(crate) fn forked() {
    PUBLISHED.state.fetch_and(!1, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_runs_forward_across_threads_while_the_clock_is_mended() {
        let published = Published { state: AtomicU64::new(2), lines: [Slot::new(), Slot::new()] };
        let first = sample(system().start);
        published.lines[1].store(&Line::new(first));
        let latest = AtomicU64::new(0);
        let (mut keeper, counter) = (Keeper::new(first), tsc::is_usable());
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..300_000 {
                        let before = latest.load(Ordering::SeqCst);
                        tsc::settle();
                        let now = published.read();
                        assert!(now.mono >= before, "{} before {before}", now.mono);
                        latest.fetch_max(now.mono, Ordering::SeqCst);
                    }
                });
            }
            for _ in 0..20_000 {
                let now = sample(system().start);
                published.replace(|old, until| keeper.mend(old, now, until, counter));
            }
        });
    }

    #[test]
    fn a_reader_gives_up_waiting_for_a_writer() {
        let first = sample(system().start);
        let published = Published { state: AtomicU64::new(2), lines: [Slot::new(), Slot::new()] };
        published.lines[1].store(&Line::new(first));
        let later = std::cell::Cell::new(first.mono);
        published.replace(|old, until| {
            // nothing is told beyond the end
            while system().mono() <= until {}
            later.set(published.read().mono);
            assert_eq!(later.get(), old.at(until).mono.min(later.get()));
            *old
        });
        assert!(published.read().mono >= later.get());
    }

    #[test]
    fn the_wall_clock_is_the_systems() {
        calibrate();
        let system = nanos(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default());
        assert!(now().abs_diff(system) < 1_000_000_000);
    }
}
