//! A traced program for the tests; its first argument says what it does.
use std::io::Read as _;
use std::thread;
use std::time::Duration;

use flowtrace_runtime::{Config, Context, Output, carry, flush, init, set_filter, trace};

#[trace]
fn leaf(n: u64) -> u64 {
    n + 1
}

#[trace]
fn chain(n: u64) -> u64 {
    leaf(n) + leaf(n + 1)
}

#[trace]
fn fail(n: u64) -> Result<u64, String> {
    Err(format!("{n} is not enough"))
}

#[trace]
fn boom() {
    panic!("it broke");
}

#[trace]
fn echo(text: &str) -> String {
    text.to_owned()
}

mod quiet {
    #[flowtrace_runtime::trace]
    pub(crate) fn whisper() {}
}

#[trace]
fn is_traced() -> bool {
    // where a root is sampled out, its context says so
    Context::current().is_some_and(|context| context.to_string().ends_with("-01"))
}

#[trace]
fn fails_below(n: u64) -> u64 {
    leaf(n);
    fail(n).unwrap_or(n)
}

/// Of four trees, one with an error and one with a panic.
fn trees_of_all_kinds() {
    chain(1);
    let _ = fails_below(2);
    chain(3);
    thread::spawn(|| std::panic::catch_unwind(boom).is_err()).join().expect("caught");
}

#[trace]
fn flush_inside() {
    leaf(1);
    assert!(flush(), "an open call holds nothing up");
    leaf(2);
}

/// Changes the filter while it is open.
#[trace]
fn open_at_the_change(filter: &str) {
    set_filter(filter).expect("a filter");
    leaf(0);
}

/// Says each time when calls begin to be traced or not to be, until stdin is closed.
fn tell_whether_traced() {
    let end = thread::spawn(wait_for_stdin_to_close);
    let mut before = None;
    while !end.is_finished() {
        let now = is_traced();
        if before.replace(now) != Some(now) {
            eprintln!("{}", if now { "traced" } else { "not traced" });
        }
        thread::sleep(Duration::from_millis(1));
    }
}

fn chains(count: u64) {
    (0..count).for_each(|n| {
        chain(n);
    });
}

fn wait_for_stdin_to_close() {
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

/// Takes all descriptors there are, traces, and gives them back.
fn without_descriptors(count: u64) {
    let taken: Vec<_> = std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()).collect();
    chains(count);
    assert!(!flush(), "there is no file yet");
    drop(taken);
    while !flush() {}
    let path = std::env::var_os("FLOWTRACE_OUTPUT").expect("a file");
    println!("{} lines", std::fs::read_to_string(path).expect("a trace").lines().count());
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = || args[2].parse::<u64>().expect("a number");
    match args[1].as_str() {
        "chains" => chains(number()),
        "errors" => (0..number()).for_each(|n| drop(fail(n))),
        "modules" => {
            leaf(1);
            quiet::whisper();
        }
        "panic" => boom(),
        "panic in a thread" => drop(thread::spawn(boom).join()),
        "exit" => {
            chain(1);
            std::process::exit(7);
        }
        "exit from a thread" => {
            let exits = thread::spawn(|| {
                chain(1);
                std::process::exit(7);
            });
            let _ = exits.join();
        }
        "wait" => {
            chain(1);
            wait_for_stdin_to_close();
        }
        "outlive the reader" => {
            chain(1);
            wait_for_stdin_to_close();
            chains(50_000);
            eprintln!("done");
        }
        "threads" => {
            let work = |_| thread::spawn(|| chains(2_000));
            let all: Vec<_> = (0..8).map(work).collect();
            for thread in all {
                thread.join().expect("no panic");
            }
        }
        "end among threads" => {
            let (begun, beginnings) = std::sync::mpsc::channel();
            for _ in 0..4 {
                let begun = begun.clone();
                thread::spawn(move || {
                    chain(1);
                    begun.send(()).expect("main waits");
                    loop {
                        chain(2);
                    }
                });
            }
            assert_eq!(beginnings.iter().take(4).count(), 4);
        }
        "tell whether traced" => tell_whether_traced(),
        "change the filter" => {
            chain(1);
            open_at_the_change("off");
            chain(2);
            // off now, so nothing of its own is seen
            open_at_the_change("off,traced::leaf=on");
            chain(3);
            eprintln!("{}", set_filter("traced::leaf").expect_err("no verdict"));
            // as another thread has it
            thread::spawn(|| set_filter("on").expect("a filter")).join().expect("no panic");
            chain(4);
        }
        "two bursts" => {
            chains(number());
            flush();
            eprintln!("burst");
            wait_for_stdin_to_close();
            chains(number());
        }
        "without descriptors" => without_descriptors(number()),
        "carried" => carried(),
        "echo" => drop(echo(&args[2])),
        "flush" => {
            chain(1);
            let flushed = flush();
            eprintln!("flushed: {flushed}");
            // no exit handler runs
            std::process::abort();
        }
        "keep" => trees_of_all_kinds(),
        "flush inside" => flush_inside(),
        "init" => {
            let config = Config::builder().output(Output::File(args[2].clone().into())).filter("traced=on");
            init(config.build().expect("a good configuration")).expect("the first");
            chain(1);
            let again = init(Config::builder().build().expect("a good configuration"));
            eprintln!("{}", again.expect_err("too late"));
        }
        "init a bad path" => {
            let config = Config::builder().output(Output::File("/nowhere/at/all".into()));
            eprintln!("{}", init(config.build().expect("a good configuration")).expect_err("no such folder"));
            chain(1);
        }
        other => panic!("{other}: no such thing to do"),
    }
}

#[trace]
fn carried() {
    let named = thread::Builder::new().name("worker".to_owned());
    let first = named.spawn(carry(|| leaf(1))).expect("a thread");
    first.join().expect("no panic");
    thread::spawn(|| leaf(2)).join().expect("no panic");
}
