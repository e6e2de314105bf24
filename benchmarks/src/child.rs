//! What a child process does: it sets up one rival, makes calls, and prints numbers.
use std::fs::{self, File};
use std::hint::spin_loop;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::rivals::{self, Running, Setup};
use crate::rounds::median;
use crate::subjects::WORKLOADS;

/// How long the bursts of a child may go on, and how many are made at the least and at the most.
const BURSTS: Duration = Duration::from_millis(150);
const FEWEST: usize = 3;
const MOST: usize = 24;
/// Bursts before those that are timed: the first fills caches and pages, the second goes once around the ring.
const WARM_UP: usize = 2;
/// Between bursts, so that whoever writes in the background has gone to sleep. Spent awake: a processor that slept
/// starts the next burst with cold caches.
const PAUSE: Duration = Duration::from_micros(500);

/// `MODE RIVAL WORKLOAD OUTPUT SAMPLE CALLS`, as `Bench::child` gives them.
pub fn main(mut args: impl Iterator<Item = String>) {
    let mut next = || args.next().expect("six arguments");
    let (mode, name, workload) = (next(), next(), next());
    let (output, sample) = (PathBuf::from(next()), PathBuf::from(next()));
    let calls: u64 = next().parse().expect("a number");
    let setup = Setup::new(output, &sample);
    if mode == "pieces" {
        return pieces(&setup, calls);
    }
    let rival = rivals::find(&name);
    let index = WORKLOADS.iter().position(|known| known.name == workload).expect("a workload's name");
    let running = (rival.start)(&setup);
    let subject =
        Subject { running: &*running, work: rival.work[index], per_iteration: WORKLOADS[index].calls };
    match mode.as_str() {
        "burst" => subject.bursts(calls),
        "row" => subject.row(calls, crate::run::BURST),
        "whole" => subject.row(calls, calls),
        "threads-1" => subject.threads(1, calls),
        "threads-2" => subject.threads(2, calls),
        "count" => subject.count(calls),
        "empty" => subject.empty(&setup, calls),
        _ => panic!("no mode {mode:?}"),
    }
}

struct Subject<'a> {
    running: &'a dyn Running,
    work: fn(u64),
    per_iteration: u64,
}

impl Subject<'_> {
    fn burst(&self, calls: u64) {
        self.running.burst(self.work, calls / self.per_iteration);
    }

    /// Timed: the calls of a burst, and what the rival needs around them. Not timed: that they are written.
    fn bursts(&self, calls: u64) {
        let start = Instant::now();
        let (mut times, mut made) = (vec![], 0);
        while times.len() < WARM_UP + FEWEST || times.len() < WARM_UP + MOST && start.elapsed() < BURSTS {
            let burst = Instant::now();
            self.burst(calls);
            times.push(burst.elapsed().as_nanos() as f64 / calls as f64);
            made += calls;
            self.running.settle(made);
            pause();
        }
        println!("{made} {}", median(times.split_off(WARM_UP)));
    }

    /// Timed: bursts without a pause, and that all is written; also in CPU time of all threads.
    fn row(&self, calls: u64, burst: u64) {
        let (start, cpu) = (Instant::now(), cpu_nanos(ClockId::ProcessCPUTime));
        for _ in 0..calls / burst {
            self.burst(burst);
        }
        let made = calls / burst * burst;
        let called = start.elapsed().as_secs_f64();
        self.running.settle(made);
        let cpu = (cpu_nanos(ClockId::ProcessCPUTime) - cpu) / 1e9;
        println!("{made} {called} {} {cpu}", start.elapsed().as_secs_f64());
    }

    /// The CPU time of the calling threads, for a call; `calls` is for each.
    fn threads(&self, threads: usize, calls: u64) {
        let bursts = WARM_UP + MOST;
        let barrier = Barrier { threads, arrived: AtomicUsize::new(0) };
        let thread = |index| {
            let mut times = vec![];
            for burst in 1..=bursts as u64 {
                barrier.wait();
                let start = cpu_nanos(ClockId::ThreadCPUTime);
                self.burst(calls);
                times.push((cpu_nanos(ClockId::ThreadCPUTime) - start) / calls as f64);
                barrier.wait();
                if index == 0 {
                    self.running.settle(burst * calls * threads as u64);
                    pause();
                }
            }
            times
        };
        let times = thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|index| scope.spawn(move || thread(index))).collect();
            let mut times = vec![thread(0)];
            times.extend(others.into_iter().map(|other| other.join().expect("no panic")));
            times
        });
        let mean =
            |burst: usize| times.iter().map(|of_thread| of_thread[burst]).sum::<f64>() / threads as f64;
        println!(
            "{} {}",
            bursts as u64 * calls * threads as u64,
            median((WARM_UP..bursts).map(mean).collect())
        );
    }

    /// The median of what the lines of an empty function tell of its duration.
    fn empty(&self, setup: &Setup, calls: u64) {
        for _ in 0..=WARM_UP {
            rivals::flowtrace::empty(calls);
            self.running.settle(calls);
        }
        let lines = fs::read_to_string(&setup.output).expect("the output");
        let nanos = lines.lines().filter_map(|line| {
            let (_, behind) = line.split_once(r#""durationNanos":"#)?;
            behind.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        });
        let warm = nanos.skip(WARM_UP * calls as usize).collect();
        println!("{} {}", (WARM_UP as u64 + 1) * calls, median(warm));
    }

    /// For callgrind, which counts inside of `counted`.
    fn count(&self, calls: u64) {
        self.burst(calls);
        self.running.settle(calls);
        // by then flowtrace reads the processor's counter and no longer the system's clock
        std::thread::sleep(Duration::from_millis(60));
        counted(self, calls);
        self.running.settle(2 * calls);
        println!("{}", 2 * calls);
    }
}

#[inline(never)]
fn counted(subject: &Subject, calls: u64) {
    subject.burst(calls);
}

/// One thread that only writes the same bytes, in pieces of 64 KiB.
fn pieces(setup: &Setup, bytes: u64) {
    let piece: Vec<u8> =
        [&setup.enter[..], &setup.exit].concat().into_iter().cycle().take(64 << 10).collect();
    let start = Instant::now();
    let mut file = File::create(&setup.output).expect("the output can be created");
    for _ in 0..bytes / piece.len() as u64 {
        file.write_all(&piece).expect("written");
    }
    println!("0 0 {}", start.elapsed().as_secs_f64());
}

fn pause() {
    let start = Instant::now();
    while start.elapsed() < PAUSE {
        spin_loop();
    }
}

fn cpu_nanos(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// Spins, so that threads leave it at once.
struct Barrier {
    threads: usize,
    arrived: AtomicUsize,
}

impl Barrier {
    fn wait(&self) {
        let all = (self.arrived.fetch_add(1, Ordering::AcqRel) / self.threads + 1) * self.threads;
        while self.arrived.load(Ordering::Acquire) < all {
            spin_loop();
        }
    }
}
