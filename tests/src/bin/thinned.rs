//! A traced program of which calls are left out; its first argument says what it does.
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use flowtrace_runtime::{carry, trace};
use flowtrace_tests::wood::Node;

#[trace]
fn caller(calls: u64, call: impl FnMut(u64)) {
    (0..calls).for_each(call);
}

#[trace]
fn hot(n: u64) -> u64 {
    inner(n) + 1
}

#[trace]
fn inner(n: u64) -> u64 {
    n + 1
}

#[trace]
fn fib(n: u64) -> u64 {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

#[trace]
fn tries(n: u64) -> u64 {
    inner(n);
    passes_on(n).unwrap_or_default();
    inner(n)
}

#[trace]
fn passes_on(n: u64) -> Result<u64, String> {
    fails(n)
}

#[trace]
fn fails(n: u64) -> Result<u64, String> {
    if n % 1000 == 999 { Err(format!("{n} is too much")) } else { Ok(n) }
}

#[trace]
fn catches(n: u64) -> bool {
    catch_unwind(AssertUnwindSafe(|| panics(n))).is_err()
}

#[trace]
fn panics(n: u64) {
    breaks(n);
}

#[trace]
fn breaks(n: u64) {
    assert!(n % 1000 != 999, "{n} is too much");
}

#[trace]
fn goes_down(left: u64) {
    assert!(left != 0, "it is deep");
    goes_down(left - 1);
}

#[trace]
#[track_caller]
fn guarded(n: u64) -> u64 {
    breaks(n);
    n
}

/// Is pending once, then ready.
struct Once(bool);

impl Future for Once {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

#[trace]
async fn waits(calls: u64) {
    for n in 0..calls {
        hot(n);
        Once(false).await;
        let _ = fetch(n).await;
    }
}

#[trace]
async fn fetch(n: u64) -> Result<u64, String> {
    inner(n);
    Once(false).await;
    fails(n)
}

/// Polls by two threads in turn.
fn run(future: impl Future<Output = ()> + Send) {
    let mut future = pin!(future);
    let mut poll = || future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    while poll().is_pending()
        && thread::scope(|scope| scope.spawn(&mut poll).join().expect("no panic")).is_pending()
    {}
}

#[trace]
fn hands_on(n: u64) {
    let work = carry(move || inner(n));
    if n % 1000 == 999 {
        thread::spawn(work).join().expect("no panic");
    }
}

#[trace]
fn forks(n: u64) {
    if n == 999 {
        // SAFETY: this program has no other thread that holds anything the child needs; the tracer sees to itself.
        #[allow(unsafe_code)]
        let child = unsafe { libc::fork() };
        if child == 0 {
            inner(1);
            std::process::exit(0);
        }
        // SAFETY: the status is not asked for.
        #[allow(unsafe_code)]
        let waited = unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) };
        assert_eq!(waited, child);
    }
}

struct Of<T>(T);

impl<T> Of<T> {
    #[trace]
    fn method(&self) {
        let _ = &self.0;
    }
}

macro_rules! functions {
    ($($name:ident)*) => {
        $(#[trace]
        fn $name() {})*

        const MANY: &[fn()] = &[$($name),*];
    };
}
functions!(a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 b0 b1 b2 b3 b4 b5 b6 b7 b8 b9 c0 c1 c2 c3 c4 c5 c6 c7 c8 c9 d0 d1 d2 d3 d4 d5 d6 d7 d8 d9);

mod wood {
    use super::Node;

    macro_rules! functions {
        ($($name:ident)*) => {
            $(#[flowtrace_runtime::trace]
            fn $name(node: Node) -> Result<(), ()> {
                node.calls().for_each(|node| _ = call(node));
                if node.fails() { Err(()) } else { Ok(()) }
            })*

            const ALL: [fn(Node) -> Result<(), ()>; 5] = [$($name),*];
        };
    }
    functions!(f0 f1 f2 f3 f4);

    pub(super) fn call(node: Node) -> Result<(), ()> {
        ALL[node.function()](node)
    }
}

fn main() {
    std::panic::set_hook(Box::new(|_| ()));
    let args: Vec<String> = std::env::args().collect();
    let number = args.get(2).map_or(0, |number| number.parse().expect("a number"));
    match args[1].as_str() {
        "loop" => caller(number, |n| _ = hot(n)),
        "fib" => _ = fib(number),
        "errors" => caller(number, |n| _ = tries(n)),
        "panics" => caller(number, |n| _ = catches(n)),
        "deep panic" => caller(2, |_| _ = catch_unwind(|| goes_down(number))),
        "guards" => caller(number, |n| _ = catch_unwind(|| guarded(n))),
        "async" => run(waits(number)),
        "cancelled" => caller(number, |n| {
            let mut future = pin!(fetch(n));
            assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }),
        "threads" => {
            let work = |_| {
                thread::spawn(move || {
                    caller(number, |n| _ = hot(n));
                    (0..number).for_each(|n| _ = hot(n));
                })
            };
            let all: Vec<_> = (0..4).map(work).collect();
            for thread in all {
                thread.join().expect("no panic");
            }
        }
        "roots" => (0..number).for_each(|n| _ = hot(n)),
        "long" => {
            let begun = Instant::now();
            caller(2, |_| {
                while begun.elapsed() < Duration::from_millis(number) {
                    thread::sleep(Duration::from_millis(1));
                    inner(1);
                }
            });
        }
        "exit" => caller(number + 1, |n| {
            if n == number {
                std::process::exit(0);
            }
            hot(n);
        }),
        "hand on" => caller(number, hands_on),
        "fork" => caller(number, forks),
        "methods" => caller(number, |n| if n % 2 == 0 { Of(1_u8).method() } else { Of("").method() }),
        "many" => caller(number, |n| MANY[usize::try_from(n).expect("few") % MANY.len()]()),
        "wood" => caller(number, |seed| _ = wood::call(Node::root(seed))),
        other => panic!("{other}: no such thing to do"),
    }
}
