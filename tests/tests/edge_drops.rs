//! Values are dropped when and in the order in which they are without the attribute.
#![allow(
    dropping_copy_types,
    dropping_references,
    clippy::drop_non_drop,
    clippy::infallible_destructuring_match,
    clippy::items_after_statements,
    clippy::many_single_char_names,
    clippy::match_single_binding,
    clippy::ref_as_ptr,
    clippy::toplevel_ref_arg,
    clippy::needless_pass_by_value,
    clippy::used_underscore_binding,
    clippy::unused_async,
    clippy::unused_self,
    clippy::unit_arg,
    clippy::borrow_as_ptr,
    clippy::needless_return,
    clippy::redundant_closure_call,
    reason = "the shapes have it, in both halves of each pair"
)]
use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use flowtrace_runtime::testing::capture;

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn say(what: &str) {
    LOG.with_borrow_mut(|log| log.push(what.to_owned()));
}

/// What is said while `f` runs.
fn log(f: impl FnOnce()) -> Vec<String> {
    LOG.with_borrow_mut(Vec::clear);
    if catch_unwind(AssertUnwindSafe(f)).is_err() {
        say("panicked");
    }
    LOG.take()
}

/// Says when it is dropped.
#[derive(Debug)]
struct D(&'static str);

impl D {
    fn len(&self) -> usize {
        say(self.0);
        self.0.len()
    }

    fn name(&self) -> &str {
        self.0
    }
}

impl Drop for D {
    fn drop(&mut self) {
        say(self.0);
    }
}

struct Pair(D, D);

struct Unit;

impl Drop for Unit {
    fn drop(&mut self) {
        say("unit");
    }
}

/// The same functions without the attribute and with it.
macro_rules! twins {
    ($({ $($item:tt)* })*) => {
        #[allow(unused)]
        mod plain { use super::*; $($($item)*)* }
        #[allow(unused)]
        mod traced { use super::*; $(#[flowtrace_runtime::trace] $($item)*)* }
    };
}

twins! {
    { pub(super) fn named(a: D, b: D, c: D) { say("body"); } }
    { pub(super) fn ignored(_: D, b: D, _: D, _c: D) { say("body"); } }
    { pub(super) fn pairs((a, b): (D, D), c: D, (d, e): (D, D)) { say("body"); } }
    { pub(super) fn half_ignored(Pair(_, b): Pair, c: D, Pair(d, ..): Pair) { say("body"); } }
    { pub(super) fn by_reference((a, ref b): (D, D), ref c: D, ref mut d: D) { d.0 = "changed"; } }
    { pub(super) fn slices([a, .., c]: [D; 3], [_, rest @ ..]: [D; 2]) { say("body"); } }
    { pub(super) fn unit_struct(a: D, Unit: Unit, b: D) { say("body"); } }
    { pub(super) fn locals(a: D) -> usize { let _local = D("local"); let _ = D("at once"); a.0.len() } }
    { pub(super) fn tail_temporary(a: D) -> usize { let _local = D("local"); D("temporary").len() } }
    { pub(super) fn tail_match(a: D) -> usize { let _local = D("local"); match D("temporary").name() { n => n.len() } } }
    { pub(super) fn tail_pointer(a: D) -> *const D { let _local = D("local"); &D("temporary") as *const D } }
    { pub(super) fn tail_tuple(a: D) -> (*const D, usize) { let _local = D("local"); (&D("one") as *const D, D("two").len()) } }
    { pub(super) fn tail_of_an_argument(a: D) -> usize { a.name().len() + D("temporary").name().len() } }
    { pub(super) fn tail_if_let(a: D) -> usize { if let Some(n) = Some(D("some").name().len()) { n } else { D("none").len() } } }
    { pub(super) fn moved(a: D, b: D) { drop(b); say("body"); } }
    { pub(super) fn replaced(mut a: D, b: D) { a = D("new"); say("body"); } }
    { pub(super) fn not_moved(a: D, b: D) { let _ = a; let _b = b; say("body"); } }
    { pub(super) fn half_moved(p: Pair, b: D) { drop(p.1); say("body"); } }
    { pub(super) fn returned(a: D, b: D) -> D { say("body"); a } }
    { pub(super) fn early(a: D, b: D) -> Option<D> { let _local = D("local"); if a.0 == "a" { return Some(b); } None } }
    { pub(super) fn question(a: D, b: D) -> Result<D, D> { let _local = D("local"); Err(a)?; Ok(b) } }
    { pub(super) fn shadowed(a: D) { let a = D("inner"); let a = D("innermost"); say("body"); } }
    { pub(super) fn captured(a: D, b: D) { let f = move || a.len(); f(); say("body"); } }
    { pub(super) fn opaque(a: D, b: D) -> impl Sized { say("body"); (b, 1) } }
    { pub(super) fn panics(a: D, (b, _): (D, D), _: D) -> D { let _local = D("local"); panic!("here"); } }
    { pub(super) fn panics_half_moved(a: D, p: Pair) { drop(p.0); let _c = a; panic!("here"); } }
    { pub(super) fn never(a: D, _: D, (b, _): (D, D)) -> ! { let _local = D("local"); panic!("here"); } }
    { #[track_caller] pub(super) fn guarded(a: D, _: D, (b, _): (D, D)) -> usize { let _local = D("local"); D("temporary").len() } }
    { #[track_caller] pub(super) fn guarded_panics(a: D, (b, _): (D, D)) { let _local = D("local"); panic!("here"); } }
    { pub(super) async fn named_async(a: D, b: D) { let _local = D("local"); step().await; say("body"); } }
    { pub(super) async fn ignored_async(_: D, b: D, _c: D, _: D) { step().await; say("body"); } }
    { pub(super) async fn half_ignored_async(Pair(_, b): Pair, (c, ref d): (D, D)) { step().await; say("body"); } }
    { pub(super) async fn unit_async(a: D, Unit: Unit, b: D) { step().await; say("body"); } }
    { pub(super) async fn moved_async(a: D, mut b: D) { drop(a); step().await; b = D("new"); say("body"); } }
    { pub(super) async fn held_async(a: D) -> usize { let _local = D("local"); hold(&D("temporary")).await + D("tail").len() } }
    { pub(super) async fn early_async(a: D, b: D) -> Result<D, D> { let _local = D("local"); step().await; Err(a)?; Ok(b) } }
    { pub(super) async fn panics_async(a: D, (b, _): (D, D)) -> D { let _local = D("local"); step().await; panic!("here"); } }
    { pub(super) async fn never_async(a: D, _: D) -> ! { let _local = D("local"); step().await; panic!("here"); } }
}

/// Is pending once.
async fn step() {
    let mut first = true;
    poll_fn(|_| if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }).await;
}

async fn hold(d: &D) -> usize {
    step().await;
    d.len()
}

/// Polls a future a number of times and drops it.
fn polled<F: Future>(future: F, times: usize) {
    {
        let mut future = pin!(future);
        for _ in 0..times {
            if let Poll::Ready(result) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                say("ready");
                drop(result);
                break;
            }
        }
        say("dropping");
    }
    say("dropped");
}

/// Runs both halves, the traced one on and off.
macro_rules! same {
    ($($f:ident($($arg:expr),*);)*) => {
        $(
            let plain = log(|| drop(plain::$f($($arg),*)));
            let mut traced = Vec::new();
            capture(|| traced = log(|| drop(traced::$f($($arg),*))));
            assert_eq!(traced, plain, concat!(stringify!($f), ", traced"));
            let off = log(|| drop(traced::$f($($arg),*)));
            assert_eq!(off, plain, concat!(stringify!($f), ", off"));
        )*
    };
}

macro_rules! same_async {
    ($($f:ident($($arg:expr),*);)*) => {
        $(for times in 0..4 {
            let plain = log(|| polled(plain::$f($($arg),*), times));
            let mut traced = Vec::new();
            capture(|| traced = log(|| polled(traced::$f($($arg),*), times)));
            assert_eq!(traced, plain, concat!(stringify!($f), ", traced, {} polls"), times);
            let off = log(|| polled(traced::$f($($arg),*), times));
            assert_eq!(off, plain, concat!(stringify!($f), ", off, {} polls"), times);
        })*
    };
}

fn off() {
    let config = flowtrace_runtime::Config::builder().filter("off");
    // another test of this process may have been first
    let _ = config.build().map(flowtrace_runtime::init);
}

#[test]
fn arguments_are_dropped_in_the_order_without_the_attribute() {
    off();
    same! {
        named(D("a"), D("b"), D("c"));
        ignored(D("a"), D("b"), D("c"), D("d"));
        pairs((D("a"), D("b")), D("c"), (D("d"), D("e")));
        half_ignored(Pair(D("a"), D("b")), D("c"), Pair(D("d"), D("e")));
        slices([D("a"), D("b"), D("c")], [D("d"), D("e")]);
        by_reference((D("a"), D("b")), D("c"), D("d"));
        moved(D("a"), D("b"));
        replaced(D("a"), D("b"));
        not_moved(D("a"), D("b"));
        half_moved(Pair(D("a"), D("b")), D("c"));
        returned(D("a"), D("b"));
        shadowed(D("a"));
        captured(D("a"), D("b"));
        opaque(D("a"), D("b"));
    }
}

#[test]
fn a_unit_struct_in_a_pattern_is_dropped_once() {
    off();
    same! {
        unit_struct(D("a"), Unit, D("b"));
    }
    same_async! {
        unit_async(D("a"), Unit, D("b"));
    }
}

#[test]
fn locals_and_temporaries_are_dropped_in_the_order_without_the_attribute() {
    off();
    same! {
        locals(D("a"));
        tail_temporary(D("a"));
        tail_match(D("a"));
        tail_of_an_argument(D("a"));
        tail_if_let(D("a"));
        early(D("a"), D("b"));
        early(D("x"), D("b"));
        question(D("a"), D("b"));
    }
}

#[test]
fn a_temporary_that_a_pointer_is_made_of_does_not_live_longer() {
    off();
    same! {
        tail_pointer(D("a"));
        tail_tuple(D("a"));
    }
}

#[test]
fn a_panic_drops_in_the_order_without_the_attribute() {
    off();
    same! {
        panics(D("a"), (D("b"), D("c")), D("d"));
        panics_half_moved(D("a"), Pair(D("b"), D("c")));
    }
    let plain = log(|| plain::never(D("a"), D("b"), (D("c"), D("d"))));
    let mut traced = Vec::new();
    capture(|| traced = log(|| traced::never(D("a"), D("b"), (D("c"), D("d")))));
    assert_eq!(traced, plain);
}

#[test]
fn a_function_that_sees_its_caller_drops_in_the_order_without_the_attribute() {
    off();
    same! {
        guarded(D("a"), D("b"), (D("c"), D("d")));
        guarded_panics(D("a"), (D("b"), D("c")));
    }
}

#[test]
fn futures_drop_what_they_hold_in_the_order_without_the_attribute() {
    off();
    same_async! {
        named_async(D("a"), D("b"));
        ignored_async(D("a"), D("b"), D("c"), D("d"));
        half_ignored_async(Pair(D("a"), D("b")), (D("c"), D("d")));
        moved_async(D("a"), D("b"));
        held_async(D("a"));
        early_async(D("a"), D("b"));
        panics_async(D("a"), (D("b"), D("c")));
        never_async(D("a"), D("b"));
    }
}

#[test]
fn a_flag_set_on_drop_is_seen_when_it_is_without_the_attribute() {
    use std::sync::atomic::{AtomicBool, Ordering};

    off();
    struct SetFlagOnDrop<'a>(&'a AtomicBool);

    impl Drop for SetFlagOnDrop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    #[flowtrace_runtime::trace]
    async fn ignores(_: SetFlagOnDrop<'_>, flag: &AtomicBool) -> bool {
        step().await;
        flag.load(Ordering::Relaxed)
    }

    let flag = AtomicBool::new(false);
    let events = capture(|| {
        let mut future = pin!(ignores(SetFlagOnDrop(&flag), &flag));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut cx).is_pending());
        assert_eq!(future.as_mut().poll(&mut cx), Poll::Ready(false));
        assert!(flag.load(Ordering::Relaxed), "a finished future has dropped its arguments");
    });
    assert_eq!(events.len(), 2);
}
