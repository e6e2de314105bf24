//! Async calls: when they begin, how they end, whose children they are, and what their futures are like.
#![allow(
    clippy::unused_async,
    clippy::async_yields_async,
    clippy::drop_non_drop,
    clippy::large_futures,
    clippy::large_types_passed_by_value,
    clippy::size_of_ref,
    clippy::needless_pass_by_value,
    clippy::used_underscore_binding,
    clippy::future_not_send,
    reason = "the shapes have it"
)]
use std::cell::Cell;
use std::future::{Future, poll_fn, ready};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use flowtrace_runtime::testing::{Kind, capture};
use flowtrace_runtime::{Event, trace};
use futures::FutureExt as _;
use futures::executor::block_on;

/// `name>` for each ENTER, `name<outcome` for each closing line.
fn story(events: &[Event]) -> Vec<String> {
    let tell = |event: &Event| match event.kind {
        Kind::Enter => format!("{}>", event.function),
        _ => format!("{}<{}", event.function, event.outcome.as_deref().unwrap_or("ok")),
    };
    events.iter().map(tell).collect()
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Is pending once.
async fn step() {
    let mut first = true;
    poll_fn(|_| if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }).await;
}

#[trace]
async fn waits(n: u8) -> u8 {
    step().await;
    leaf(n)
}

#[trace]
fn leaf(n: u8) -> u8 {
    n
}

#[trace]
async fn outer(n: u8) -> u8 {
    waits(n).await
}

#[test]
fn nothing_runs_before_the_first_poll() {
    thread_local!(static RAN: Cell<bool> = const { Cell::new(false) });
    #[trace]
    async fn runs((a, _): (u8, u8)) -> u8 {
        RAN.set(true);
        a
    }
    let events = capture(|| {
        let future = runs((1, 2));
        assert!(!RAN.get());
        drop(future);
    });
    assert!(events.is_empty() && !RAN.get());
    let events = capture(|| {
        let future = runs((1, 2));
        leaf(1);
        assert_eq!(block_on(future), 1);
    });
    assert_eq!(story(&events), ["leaf>", "leaf<ok", "runs>", "runs<ok"]);
}

#[test]
fn a_future_dropped_while_it_waits_is_cancelled() {
    let events = capture(|| {
        let mut future = Box::pin(outer(1));
        assert!(poll_once(future.as_mut()).is_pending());
        drop(future);
    });
    assert_eq!(story(&events), ["outer>", "waits>", "waits<cancelled", "outer<cancelled"]);
    assert!(events[2..].iter().all(|event| event.result.is_none() && event.busy_nanos.is_some()));
}

#[test]
fn a_destructor_of_a_cancelled_call_is_its_child() {
    struct Cleans;
    impl Drop for Cleans {
        fn drop(&mut self) {
            leaf(9);
        }
    }
    #[trace]
    async fn holds(_argument: Cleans) {
        let _local = Cleans;
        step().await;
    }
    let events = capture(|| {
        let mut future = Box::pin(holds(Cleans));
        assert!(poll_once(future.as_mut()).is_pending());
        drop(future);
    });
    assert_eq!(story(&events), ["holds>", "leaf>", "leaf<ok", "leaf>", "leaf<ok", "holds<cancelled"]);
    assert_eq!(events[1].parent_span_id.as_ref(), Some(&events[0].span_id));
    assert_eq!(events[3].parent_span_id.as_ref(), Some(&events[0].span_id));
    assert_eq!(events[1].trace_id, events[0].trace_id);
}

#[test]
fn a_panic_in_a_poll_closes_the_call_once_even_if_it_is_polled_again() {
    #[trace]
    async fn panics() -> u8 {
        step().await;
        panic!("in poll")
    }
    let events = capture(|| {
        let mut future = Box::pin(panics());
        assert!(poll_once(future.as_mut()).is_pending());
        for _ in 0..2 {
            catch_unwind(AssertUnwindSafe(|| poll_once(future.as_mut()))).unwrap_err();
        }
        drop(future);
        leaf(1);
    });
    assert_eq!(story(&events), ["panics>", "panics<panic", "leaf>", "leaf<ok"]);
    assert_eq!(events[1].exception.as_deref(), Some("in poll"));
    assert_eq!(events[2].parent_span_id, None, "the panic leaves no open call behind");
}

#[test]
fn a_panic_that_a_future_catches_leaves_the_calls_around_it_open() {
    #[trace]
    async fn panics() {
        waits(1).await;
        panic!("caught");
    }
    #[trace]
    async fn catches() -> bool {
        let caught = AssertUnwindSafe(panics()).catch_unwind().await.is_err();
        leaf(2);
        caught
    }
    let events = capture(|| assert!(block_on_stepping(catches())));
    let expected = [
        "catches>",
        "panics>",
        "waits>",
        "leaf>",
        "leaf<ok",
        "waits<ok",
        "panics<panic",
        "leaf>",
        "leaf<ok",
        "catches<ok",
    ];
    assert_eq!(story(&events), expected);
    assert_eq!(events[7].parent_span_id.as_ref(), Some(&events[0].span_id));
}

/// As `block_on`, but for futures that wake nobody.
fn block_on_stepping<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(result) = poll_once(future.as_mut()) {
            return result;
        }
    }
}

#[test]
fn a_future_that_moves_to_another_thread_stays_the_same_call() {
    let events = capture(|| {
        let mut future = Box::pin(outer(3));
        assert!(poll_once(future.as_mut()).is_pending());
        let thread = std::thread::Builder::new().name("elsewhere".to_owned());
        let other = thread.spawn(move || assert_eq!(poll_once(future.as_mut()), Poll::Ready(3)));
        other.unwrap().join().unwrap();
    });
    assert_eq!(story(&events), ["outer>", "waits>", "leaf>", "leaf<ok", "waits<ok", "outer<ok"]);
    assert!(events.iter().all(|event| event.trace_id == events[0].trace_id));
    assert_eq!(events[2].parent_span_id.as_ref(), Some(&events[1].span_id));
    assert!(events[2..].iter().all(|event| event.thread == "elsewhere"));
    assert_ne!(events[0].thread, "elsewhere");
    for closing in &events[4..] {
        assert!(closing.busy_nanos <= closing.duration_nanos);
    }
}

#[test]
fn the_parent_is_the_call_that_polls_first() {
    #[trace]
    fn polls(mut future: Pin<&mut (dyn Future<Output = u8> + '_)>) -> bool {
        future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }
    let events = capture(|| {
        let mut future = pin!(waits(1));
        assert!(!polls(future.as_mut()));
        assert!(polls(future.as_mut()));
    });
    let expected = ["polls>", "waits>", "polls<ok", "polls>", "leaf>", "leaf<ok", "waits<ok", "polls<ok"];
    assert_eq!(story(&events), expected);
    assert_eq!(events[1].parent_span_id.as_ref(), Some(&events[0].span_id));
    assert_eq!(
        events[4].parent_span_id.as_ref(),
        Some(&events[1].span_id),
        "a child of the future, not of its poller"
    );
}

#[test]
fn a_call_with_a_result_in_itself_is_closed_before_the_result_is_used() {
    #[trace]
    async fn gives_a_future() -> impl Future<Output = u8> {
        waits(1)
    }
    let events = capture(|| assert_eq!(block_on_stepping(async { gives_a_future().await.await }), 1));
    assert_eq!(
        story(&events),
        ["gives_a_future>", "gives_a_future<ok", "waits>", "leaf>", "leaf<ok", "waits<ok"]
    );
    assert_eq!(events[2].parent_span_id, None);
}

#[test]
fn boxed_recursion_is_a_chain_of_parents() {
    #[trace]
    fn down(n: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
        Box::pin(ready(n))
    }
    #[trace]
    async fn sum(n: u32) -> u32 {
        if n == 0 { down(0).await } else { n + Box::pin(sum(n - 1)).await }
    }
    let events = capture(|| assert_eq!(block_on(sum(100)), 5050));
    let enters: Vec<_> = events.iter().filter(|e| e.kind == Kind::Enter && e.function == "sum").collect();
    assert_eq!(enters.len(), 101);
    for pair in enters.windows(2) {
        assert_eq!(pair[1].parent_span_id.as_ref(), Some(&pair[0].span_id));
    }
}

/// Which auto traits a value has.
macro_rules! auto_traits {
    ($value:expr) => {{
        let value = $value;
        let traits = [
            asks!(&value, Send),
            asks!(&value, Sync),
            asks!(&value, Unpin),
            asks!(&value, UnwindSafe),
            asks!(&value, RefUnwindSafe),
        ];
        drop(value);
        traits
    }};
}

macro_rules! asks {
    ($value:expr, $trait:ident) => {{
        struct Ask<T>(PhantomData<T>);
        #[allow(dead_code, reason = "one of the two is called")]
        trait No {
            fn answer(&self) -> bool {
                false
            }
        }
        impl<T> No for Ask<T> {}
        impl<T: $trait> Ask<T> {
            #[allow(dead_code, clippy::unused_self, reason = "one of the two is called")]
            fn answer(&self) -> bool {
                true
            }
        }
        fn of<T>(_: &T) -> Ask<T> {
            Ask(PhantomData)
        }
        of($value).answer()
    }};
}

/// The same functions without the attribute and with it.
macro_rules! twins {
    ($({ $($item:tt)* })*) => {
        mod plain { use super::*; $($($item)*)* }
        mod traced { use super::*; $(#[trace] $($item)*)* }
    };
}

type Big = [u8; 1024];

twins! {
    { pub(super) async fn empty() {} }
    { pub(super) async fn waiting(n: u8) -> u8 { step().await; n } }
    { pub(super) async fn borrowing(s: &str, (a, b): (&u8, &Cell<u8>)) -> usize { step().await; s.len() + usize::from(*a + b.get()) } }
    { pub(super) async fn pattern((a, ref b, _): (String, Vec<u8>, u8), [c, ..]: [u8; 2]) -> usize { step().await; a.len() + b.len() + usize::from(c) } }
    { pub(super) async fn with_rc(rc: Rc<u8>) -> u8 { step().await; *rc } }
    { pub(super) async fn rc_inside() -> u8 { let rc = Rc::new(1); step().await; *rc } }
    { pub(super) async fn rc_not_held() -> u8 { drop(Rc::new(1)); step().await; 1 } }
    { pub(super) async fn pointer(p: *const u8) -> bool { step().await; p.is_null() } }
    { pub(super) async fn sync_cell(c: Cell<u8>) -> u8 { step().await; c.get() } }
    { pub(super) async fn rc_result() -> Rc<u8> { step().await; Rc::new(1) } }
    { pub(super) async fn rc_error(n: u8) -> Result<u8, Rc<u8>> { step().await; if n == 0 { Err(Rc::new(1)) } else { Ok(n) } } }
    { pub(super) async fn big(bytes: Big) -> u8 { step().await; bytes[0] } }
    { pub(super) async fn big_local() -> u8 { let bytes: Big = [1; 1024]; step().await; bytes[0] } }
    { pub(super) async fn big_pattern((bytes, _): (Big, u8)) -> u8 { step().await; bytes[0] } }
    { pub(super) async fn big_result() -> Big { step().await; [1; 1024] } }
    { pub(super) async fn nested(bytes: Big) -> u8 { inner_big(bytes).await } }
    { pub(super) async fn inner_big(bytes: Big) -> u8 { step().await; bytes[0] } }
    { pub(super) async fn not_send_generic<T>(t: T) -> T { step().await; t } }
    { pub(super) async fn never() -> ! { loop { step().await; } } }
}

macro_rules! same_auto_traits {
    ($($f:ident($($arg:expr),*);)*) => {
        $(assert_eq!(auto_traits!(traced::$f($($arg),*)), auto_traits!(plain::$f($($arg),*)), stringify!($f));)*
    };
}

#[test]
fn futures_keep_their_auto_traits() {
    let (n, cell) = (1, Cell::new(1));
    same_auto_traits! {
        empty();
        waiting(1);
        borrowing("x", (&n, &cell));
        pattern((String::new(), vec![], 1), [1, 2]);
        with_rc(Rc::new(1));
        rc_inside();
        rc_not_held();
        pointer(&raw const n);
        sync_cell(Cell::new(1));
        rc_result();
        rc_error(1);
        not_send_generic(1);
        not_send_generic(Rc::new(1));
        never();
    }
    assert!(asks!(&traced::waiting(1), Send) && !asks!(&traced::with_rc(Rc::new(1)), Send));
}

/// What each call of a traced function may make its future larger by, beside one copy of its arguments.
const GROWTH: usize = 160;

/// Name, size without and with the attribute, and the allowance.
macro_rules! growth {
    ($($calls:literal of $f:ident($($arg:expr),*);)*) => {
        [$((
            stringify!($f),
            size_of_val(&plain::$f($($arg),*)),
            size_of_val(&traced::$f($($arg),*)),
            $calls * (GROWTH $(+ size_of_val(&$arg))*),
        )),*]
    };
}

#[test]
fn futures_grow_by_a_bounded_number_of_bytes() {
    let sizes = growth! {
        1 of empty();
        1 of waiting(1_u8);
        1 of borrowing("x", (&1, &Cell::new(1)));
        1 of pattern((String::new(), vec![0], 1_u8), [1_u8, 2]);
        1 of never();
        1 of big_local();
        1 of big_result();
        1 of big([0_u8; 1024]);
        // twice for what a pattern takes apart: as it comes, and in parts
        2 of big_pattern(([0_u8; 1024], 1_u8));
        2 of nested([0_u8; 1024]);
    };
    for (name, plain, traced, allowed) in sizes {
        println!("{name:>12}: {plain:>5} bytes, traced {traced:>5}, +{} of +{allowed}", traced - plain);
    }
    for (name, plain, traced, allowed) in sizes {
        assert!(traced - plain <= allowed, "{name} grows by {}, more than {allowed}", traced - plain);
    }
}
