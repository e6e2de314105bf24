//! A traced program that is hard to live in; its first argument says how. An island of `unsafe`: to move descriptors is
//! a call of the system.
//!
//! Invariant
//! 1. Each call is one that POSIX allows at this place, with pointers to live values; what it returns is looked at.
#![allow(unsafe_code)]

use std::fmt;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::fd::AsRawFd as _;
use std::thread;

use flowtrace_runtime::{flush, trace};

#[trace]
fn work(n: u64) -> u64 {
    n + 1
}

fn calls(count: u64) {
    for n in 0..count {
        work(n);
    }
}

/// Makes calls while std holds the lock of what it is printed to.
struct Traced(u64);

impl fmt::Display for Traced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        calls(self.0);
        f.write_str("shown")
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = |at: usize| args[at].parse::<u64>().expect("a number");
    match args[1].as_str() {
        "hold stderr" => {
            let mut stderr = std::io::stderr().lock();
            calls(number(2));
            flush();
            stderr.write_all(b"went on\n").expect("written");
        }
        "print what traces" => {
            eprintln!("{}", Traced(number(2)));
            eprintln!("went on");
        }
        "hold stderr in a thread" => {
            let (held, is_held) = std::sync::mpsc::channel();
            thread::spawn(move || {
                let _stderr = std::io::stderr().lock();
                held.send(()).expect("main waits");
                thread::park();
            });
            is_held.recv().expect("held");
            calls(number(2));
        }
        "fill stderr" => {
            fill_stderr();
            calls(number(2));
            flush();
            println!("went on");
        }
        "close descriptors" => {
            calls(10);
            flush();
            for number in 3..64 {
                // SAFETY: invariant 1; of a number that is closed the system says so.
                unsafe { libc::close(number) };
            }
            calls(10);
            assert!(flush(), "its file can be opened again");
            calls(10);
        }
        "begin without descriptors" => {
            let mut held = Vec::new();
            while let Ok(file) = File::open("/dev/null") {
                held.push(file);
            }
            calls(10);
            std::env::set_current_dir(&args[2]).expect("a folder");
            drop(held);
            calls(10);
        }
        "replace descriptors" => replace_descriptors(&args[2], &args[3..]),
        other => panic!("{other}: no such thing to do"),
    }
}

/// Until it takes nothing more, whoever reads it.
fn fill_stderr() {
    let set = |flags: i32| {
        // SAFETY: invariant 1.
        assert_eq!(unsafe { libc::fcntl(2, libc::F_SETFL, flags) }, 0);
    };
    set(libc::O_NONBLOCK);
    while std::io::stderr().write(&[b'x'; 4096]).is_ok() {}
    while std::io::stderr().write(b"x").is_ok() {}
    set(0);
}

/// Has files of its own under the numbers of others, as a program gets them that closes those first.
fn replace_descriptors(folder: &str, descriptors: &[String]) {
    calls(10);
    flush();
    for descriptor in descriptors {
        let mut own = File::create(format!("{folder}/own-{descriptor}")).expect("a file");
        own.write_all(b"precious").expect("written");
        let number = descriptor.parse().expect("a number");
        // SAFETY: invariant 1.
        assert_eq!(unsafe { libc::dup2(own.as_raw_fd(), number) }, number);
    }
    calls(1_000);
    assert!(!flush(), "there is nowhere to write to");
    calls(10);
    for descriptor in descriptors {
        let own = fs::read_to_string(format!("{folder}/own-{descriptor}")).expect("text");
        assert_eq!(own, "precious");
    }
}
