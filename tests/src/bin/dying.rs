//! A traced program that ends badly, or more than once; its first argument says how. An island of `unsafe`: to fork and
//! to die by a signal are calls of the system.
//!
//! Invariant
//! 1. Each call is one that POSIX allows at this place; what it returns is looked at.
#![allow(unsafe_code)]

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::thread;
use std::time::Duration;

use flowtrace_runtime::{Context, flush, trace};

#[trace]
fn work(worker: u64, n: u64) -> u64 {
    worker * 1_000_000 + n
}

fn calls(worker: u64, count: u64) {
    for n in 0..count {
        work(worker, n);
    }
}

#[trace]
fn parent(n: u64) -> u64 {
    work(1, n)
}

#[trace]
fn die_inside(n: u64) {
    work(1, n);
    raise(libc::SIGKILL);
}

#[trace]
fn is_traced() -> bool {
    Context::current().is_some()
}

#[trace]
fn echo(text: &str) -> usize {
    text.len()
}

#[trace]
fn overflow(n: u64) -> u64 {
    if n == u64::MAX { 0 } else { overflow(n + 1) + 1 }
}

#[trace]
fn fork_inside(n: u64) -> i32 {
    work(1, n);
    let child = fork();
    work(if child == 0 { 2 } else { 3 }, n);
    child
}

fn fork() -> i32 {
    // SAFETY: invariant 1.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "no fork");
    child
}

fn fork_and_wait_to_be_traced() {
    let before = is_traced();
    let child = fork();
    if child != 0 {
        assert_eq!(wait_for(child), 0);
        return;
    }
    eprintln!("{}", if before || is_traced() { "traced" } else { "not traced" });
    while !is_traced() {
        thread::sleep(Duration::from_millis(1));
    }
    eprintln!("traced");
}

/// Its exit status; 128 and more for a signal.
fn wait_for(child: i32) -> i32 {
    let mut status = 0;
    // SAFETY: invariant 1.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { 128 + libc::WTERMSIG(status) }
}

fn exit_at_once(code: i32) -> ! {
    // SAFETY: invariant 1.
    unsafe { libc::_exit(code) }
}

fn raise(signal: i32) {
    // SAFETY: invariant 1.
    unsafe { libc::raise(signal) };
}

/// Calls without end, each told on stdout once it has returned.
fn acknowledge(workers: std::ops::Range<u64>) {
    let work = |worker: u64| {
        for n in 0.. {
            work(worker, n);
            if writeln!(std::io::stdout(), "{worker} {n}").is_err() {
                return;
            }
        }
    };
    thread::scope(|scope| workers.for_each(|worker| drop(scope.spawn(move || work(worker)))));
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = |at: usize| args[at].parse::<u64>().expect("a number");
    match args[1].as_str() {
        "acknowledge" => acknowledge(0..number(2)),
        "acknowledge as" => acknowledge(number(2)..number(2) + 1),
        "recover" => drop(flowtrace_runtime::recover(&args[2])),
        "calls" => calls(number(2), number(3)),
        "calls on a stdout that does not block" => {
            // SAFETY: invariant 1.
            assert_eq!(unsafe { libc::fcntl(1, libc::F_SETFL, libc::O_WRONLY | libc::O_NONBLOCK) }, 0);
            calls(1, number(2));
        }
        "calls in threads" => thread::scope(|scope| {
            for worker in 0..number(2) {
                let count = number(3);
                scope.spawn(move || calls(worker, count));
            }
        }),
        "move and call" => {
            std::env::set_current_dir(&args[2]).expect("a folder");
            calls(1, 5);
        }
        "echo and die" => {
            echo(&"x".repeat(usize::try_from(number(2)).expect("small")));
            raise(libc::SIGKILL);
        }
        "die" => {
            for n in 0..number(3) {
                parent(n);
            }
            match args[2].as_str() {
                "abort" => std::process::abort(),
                "SIGSEGV" => raise(libc::SIGSEGV),
                "SIGTERM" => raise(libc::SIGTERM),
                "SIGKILL" => raise(libc::SIGKILL),
                "_exit" => exit_at_once(0),
                "stack overflow" => drop(overflow(0)),
                "exec" => drop(Command::new("true").exec()),
                "panic" => panic!("not caught"),
                other => panic!("{other}: no such way to die"),
            }
            unreachable!("dead");
        }
        "fork" => {
            work(0, 0);
            let child = fork_inside(1);
            if child == 0 {
                return;
            }
            assert_eq!(wait_for(child), 0);
            work(0, 9);
        }
        "fork among threads" => fork_among_threads(number(2)),
        "die inside" => {
            for n in 0..number(2) {
                parent(n);
            }
            die_inside(7);
        }
        "fork and wait to be traced" => fork_and_wait_to_be_traced(),
        "fork and _exit" => {
            work(0, 0);
            let child = fork();
            if child == 0 {
                work(2, 1);
                exit_at_once(0);
            }
            assert_eq!(wait_for(child), 0);
        }
        "fork and stay" => {
            work(0, 0);
            flush();
            if fork() == 0 {
                let _ = std::io::stdin().read_line(&mut String::new());
            }
        }
        "close all descriptors" => close_all_descriptors(&args[2]),
        "calls in a signal handler" => call_in_a_signal_handler(number(2)),
        "daemon" => {
            work(0, 0);
            if fork() != 0 {
                return;
            }
            if fork() != 0 {
                exit_at_once(0);
            }
            // the daemon's only witness is its trace; whoever started it waits for the end of stdout
            work(4, 0);
            flush();
            work(4, 1);
        }
        "pause" => {
            work(0, 0);
            let _ = std::io::stdin().read_line(&mut String::new());
            calls(1, number(2));
            flush();
            println!("written");
            let _ = std::io::stdin().read_line(&mut String::new());
            work(2, 0);
        }
        other => panic!("{other}: no such thing to do"),
    }
}

/// As daemons do; the next file gets a number that was the tracer's.
fn close_all_descriptors(own: &str) {
    calls(1, 10);
    flush();
    for descriptor in 3..64 {
        // SAFETY: invariant 1; no file of std's is open then but the tracer's, which is on trial.
        unsafe { libc::close(descriptor) };
    }
    let mut own = std::fs::File::create(own).expect("a file");
    own.write_all(b"precious").expect("written");
    calls(2, 10);
    flush();
    let child = fork();
    if child == 0 {
        own.write_all(b" twice").expect("written");
        work(3, 0);
        return;
    }
    assert_eq!(wait_for(child), 0);
}

fn call_in_a_signal_handler(count: u64) {
    extern "C" fn handler(_: i32) {
        work(9, 0);
    }
    // the first calls of a thread allocate, which no handler may
    calls(8, 100);
    let every = libc::timeval { tv_sec: 0, tv_usec: 50 };
    let timer = libc::itimerval { it_interval: every, it_value: every };
    // SAFETY: invariant 1; what the handler calls is async-signal-safe but for the tracer, which is on trial.
    unsafe {
        libc::signal(libc::SIGALRM, handler as extern "C" fn(i32) as libc::sighandler_t);
        assert_eq!(libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut()), 0);
    }
    calls(1, count);
    // SAFETY: invariant 1.
    unsafe { libc::signal(libc::SIGALRM, libc::SIG_IGN) };
}

/// Children of a process whose threads are tracing trace for themselves, and end.
fn fork_among_threads(children: u64) {
    let stop = std::sync::atomic::AtomicBool::new(false);
    let is_over = || stop.load(std::sync::atomic::Ordering::Relaxed);
    thread::scope(|scope| {
        for worker in 10..13 {
            scope.spawn(move || {
                let mut n = 0;
                while !is_over() {
                    work(worker, n);
                    n += 1;
                }
            });
        }
        for n in 0..children {
            work(1, n);
            let child = fork();
            if child == 0 {
                work(2, n);
                // a new thread asks for a label, and so takes a lock that another thread may have had
                thread::spawn(move || work(3, n)).join().expect("no panic");
                std::process::exit(7);
            }
            assert_eq!(wait_for(child), 7);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}
