//! Calls that run side by side: on one task, on many, on other threads.
#![allow(
    clippy::unused_async,
    clippy::many_single_char_names,
    clippy::semicolon_if_nothing_returned,
    reason = "the shapes have it"
)]
#[path = "edge_tasks/carried.rs"]
mod carried;

use std::future::pending;
use std::time::Duration;

use flowtrace_runtime::testing::{Kind, capture, capture_future};
use flowtrace_runtime::{Context, Event, carry, carry_future, trace};
use futures::StreamExt as _;
use futures::stream::{self, FuturesUnordered};
use tokio::sync::{Barrier, Notify, oneshot};
use tokio::task::{LocalSet, yield_now};

/// Asserts that each call is closed once and after its ENTER; returns each call as `parent/function`.
fn tree(events: &[Event]) -> Vec<String> {
    let mut out = Vec::new();
    for (at, enter) in events.iter().enumerate().filter(|(_, event)| event.kind == Kind::Enter) {
        let mut closing = events.iter().enumerate();
        let closing: Vec<_> =
            closing.by_ref().filter(|(_, e)| e.span_id == enter.span_id && e.kind != Kind::Enter).collect();
        assert_eq!(closing.len(), 1, "{} is closed once", enter.function);
        assert!(closing[0].0 > at);
        let parent = enter.parent_span_id.as_ref().map(|id| {
            let mut before = events[..at].iter();
            let parent =
                before.find(|e| e.span_id == *id && e.kind == Kind::Enter).expect("the parent stands before");
            assert_eq!(parent.trace_id, enter.trace_id);
            parent.function.as_str()
        });
        out.push(format!("{}/{}", parent.unwrap_or(""), enter.function));
    }
    out
}

fn outcome<'a>(events: &'a [Event], function: &str) -> Option<&'a str> {
    events.iter().find(|e| e.function == function && e.kind != Kind::Enter).unwrap().outcome.as_deref()
}

#[trace]
async fn left(n: u8) -> u8 {
    yield_now().await;
    leaf_of_left(n);
    yield_now().await;
    leaf_of_left(n)
}

#[trace]
fn leaf_of_left(n: u8) -> u8 {
    n
}

#[trace]
async fn right(n: u8) -> u8 {
    leaf_of_right(n);
    yield_now().await;
    leaf_of_right(n)
}

#[trace]
fn leaf_of_right(n: u8) -> u8 {
    n
}

#[trace]
async fn for_ever() -> u8 {
    leaf_of_right(1);
    pending().await
}

#[tokio::test]
async fn joined_futures_are_children_of_the_call_that_joins() {
    #[trace]
    async fn joins() -> u8 {
        let (a, b) = tokio::join!(left(1), right(2));
        let (c, d) = futures::join!(left(3), async { right(4).await });
        let Ok((e, f)) = tokio::try_join!(async { Ok::<_, ()>(left(5).await) }, async { Ok(right(6).await) })
        else {
            return 0;
        };
        a + b + c + d + e + f
    }
    let events = capture_future(async { assert_eq!(joins().await, 21) }).await;
    let mut calls = tree(&events);
    calls.sort();
    let of = |call: &str| calls.iter().filter(|one| *one == call).count();
    assert_eq!((of("/joins"), of("joins/left"), of("joins/right")), (1, 3, 3));
    assert_eq!((of("left/leaf_of_left"), of("right/leaf_of_right")), (6, 6));
    assert_eq!(calls.len(), 19);
}

#[tokio::test]
async fn the_loser_of_a_select_is_cancelled() {
    #[trace]
    async fn selects() -> u8 {
        let won = tokio::select! {
            n = right(1) => n,
            n = for_ever() => n,
        };
        let future = std::pin::pin!(left(2));
        let slow = std::pin::pin!(for_ever());
        match futures::future::select(slow, future).await {
            futures::future::Either::Left((n, _)) => n,
            futures::future::Either::Right((n, _)) => n + won,
        }
    }
    let events = capture_future(async { assert_eq!(selects().await, 3) }).await;
    let calls = tree(&events);
    assert_eq!(calls.iter().filter(|call| *call == "selects/for_ever").count(), 2);
    assert!(calls.contains(&"for_ever/leaf_of_right".to_owned()));
    assert_eq!((outcome(&events, "for_ever"), outcome(&events, "selects")), (Some("cancelled"), None));
    assert_eq!(events.last().unwrap().function, "selects");
}

#[tokio::test(start_paused = true)]
async fn a_timeout_cancels_what_it_waits_for() {
    #[trace]
    async fn gives_up() -> bool {
        tokio::time::timeout(Duration::from_secs(1), for_ever()).await.is_err()
    }
    let events = capture_future(async { assert!(gives_up().await) }).await;
    assert_eq!(tree(&events), ["/gives_up", "gives_up/for_ever", "for_ever/leaf_of_right"]);
    assert_eq!((outcome(&events, "for_ever"), outcome(&events, "gives_up")), (Some("cancelled"), None));
}

#[tokio::test]
async fn futures_in_a_set_or_stream_are_children_of_the_call_that_drives_them() {
    #[trace]
    async fn drives() -> u32 {
        let mut set: FuturesUnordered<_> = (0..4).map(left).collect();
        let mut sum = 0;
        while let Some(n) = set.next().await {
            sum += u32::from(leaf_of_right(n));
        }
        let all: Vec<u8> = stream::iter(0..4).map(right).buffer_unordered(2).collect().await;
        let unfolded = stream::unfold(0, async |n| if n < 3 { Some((left(n).await, n + 1)) } else { None });
        sum + all.iter().chain(&unfolded.collect::<Vec<_>>().await).map(|n| u32::from(*n)).sum::<u32>()
    }
    let events = capture_future(async { assert_eq!(drives().await, 15) }).await;
    let calls = tree(&events);
    let of = |call: &str| calls.iter().filter(|one| *one == call).count();
    assert_eq!((of("drives/left"), of("drives/right"), of("drives/leaf_of_right")), (7, 4, 4));
    assert_eq!((of("left/leaf_of_left"), of("right/leaf_of_right")), (14, 8));
}

#[tokio::test]
async fn async_blocks_and_closures_belong_to_the_call_they_run_in() {
    #[trace]
    async fn blocks(n: u8) -> u8 {
        let block = async move { leaf_of_left(n) };
        let closure = async |m: u8| leaf_of_right(n + m);
        let boxed: std::pin::Pin<Box<dyn Future<Output = u8> + Send>> = Box::pin(right(n));
        block.await + closure(1).await + boxed.await
    }
    let events = capture_future(async { assert_eq!(blocks(1).await, 4) }).await;
    let calls = tree(&events);
    assert_eq!(calls[..3], ["/blocks", "blocks/leaf_of_left", "blocks/leaf_of_right"]);
    assert_eq!(calls[3..], ["blocks/right", "right/leaf_of_right", "right/leaf_of_right"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn carried_tasks_and_threads_are_children() {
    #[trace]
    async fn spawns() -> u8 {
        let task = tokio::spawn(carry_future(left(1)));
        let blocking = tokio::task::spawn_blocking(carry(|| leaf_of_right(1)));
        let thread = std::thread::spawn(carry(|| leaf_of_right(1)));
        let nested =
            tokio::spawn(carry_future(async { tokio::spawn(carry_future(right(1))).await.unwrap() }));
        let sum = task.await.unwrap() + blocking.await.unwrap() + nested.await.unwrap();
        sum + tokio::task::spawn_blocking(|| thread.join().unwrap()).await.unwrap()
    }
    let events = capture_future(async { assert_eq!(spawns().await, 4) }).await;
    let calls = tree(&events);
    let of = |call: &str| calls.iter().filter(|one| *one == call).count();
    assert_eq!((of("spawns/left"), of("spawns/leaf_of_right"), of("spawns/right")), (1, 2, 1));
    assert_eq!((of("left/leaf_of_left"), of("right/leaf_of_right")), (2, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_carried_has_no_parent() {
    #[trace]
    async fn spawns() -> bool {
        assert!(Context::current().is_some());
        let task = tokio::spawn(async { Context::current().is_none() }).await.unwrap();
        let blocking = tokio::task::spawn_blocking(|| Context::current().is_none()).await.unwrap();
        let thread = std::thread::spawn(|| Context::current().is_none()).join().unwrap();
        task && blocking && thread
    }
    let events = capture_future(async { assert!(spawns().await) }).await;
    assert_eq!(tree(&events), ["/spawns"]);
    assert!(Context::current().is_none(), "a call that is over is nobody's parent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_tasks_that_wander_keep_their_own_parents() {
    #[trace]
    async fn wanders(n: u32) -> u32 {
        for _ in 0..10 {
            yield_now().await;
            assert_eq!(check(n), n);
        }
        n
    }
    #[trace]
    fn check(n: u32) -> u32 {
        n
    }
    let events = capture_future(async {
        let tasks: Vec<_> = (0..64).map(|n| tokio::spawn(carry_future(wanders(n)))).collect();
        for task in tasks {
            task.await.unwrap();
        }
    })
    .await;
    assert_eq!(tree(&events).len(), 64 * 11);
    for inner in events.iter().filter(|event| event.function == "check" && event.kind == Kind::Enter) {
        let parent =
            events.iter().find(|event| Some(&event.span_id) == inner.parent_span_id.as_ref()).unwrap();
        assert_eq!(parent.function, "wanders");
        assert_eq!(parent.args, inner.args);
    }
}

#[tokio::test]
async fn an_aborted_task_is_cancelled() {
    #[trace]
    async fn hangs(begun: oneshot::Sender<()>) {
        begun.send(()).unwrap();
        for_ever().await;
    }
    let events = capture_future(async {
        let (begun, has_begun) = oneshot::channel();
        let task = tokio::spawn(carry_future(hangs(begun)));
        has_begun.await.unwrap();
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    })
    .await;
    assert_eq!(tree(&events), ["/hangs", "hangs/for_ever", "for_ever/leaf_of_right"]);
    assert_eq!(
        (outcome(&events, "for_ever"), outcome(&events, "hangs")),
        (Some("cancelled"), Some("cancelled"))
    );
}

#[tokio::test]
async fn a_task_that_panics_tells_its_message() {
    #[trace]
    async fn panics(n: u8) {
        yield_now().await;
        panic!("task {n}");
    }
    let events = capture_future(async {
        assert!(tokio::spawn(carry_future(panics(1))).await.unwrap_err().is_panic());
    })
    .await;
    assert_eq!(tree(&events), ["/panics"]);
    assert_eq!(events[1].exception.as_deref(), Some("task 1"));
}

#[test]
fn what_a_carried_future_drops_belongs_to_its_call() {
    struct Drops;
    impl Drop for Drops {
        #[trace]
        fn drop(&mut self) {}
    }
    #[trace]
    fn parent() -> impl Future<Output = ()> + use<> {
        let drops = Drops;
        let carried = carry_future(async move {
            let _drops = drops;
            pending::<()>().await;
        });
        std::mem::drop(carried);
        async {}
    }
    let events = capture(|| std::mem::drop(parent()));
    assert_eq!(tree(&events), ["/parent", "parent/drop"]);
}

#[tokio::test]
async fn local_tasks_with_values_that_cannot_be_sent_are_children() {
    #[trace]
    async fn local(rc: std::rc::Rc<u8>) -> u8 {
        yield_now().await;
        leaf_of_left(*rc)
    }
    #[trace]
    async fn spawns() -> u8 {
        tokio::task::spawn_local(carry_future(local(std::rc::Rc::new(3)))).await.unwrap()
    }
    let events = capture_future(LocalSet::new().run_until(async { assert_eq!(spawns().await, 3) })).await;
    assert_eq!(tree(&events), ["/spawns", "spawns/local", "local/leaf_of_left"]);
}

#[tokio::test]
async fn tasks_that_wait_for_each_other_do_not_mix() {
    #[trace]
    async fn meets(barrier: &Barrier, n: u8) -> u8 {
        barrier.wait().await;
        leaf_of_left(n)
    }
    #[trace]
    async fn is_notified(notify: &Notify) {
        notify.notified().await;
        leaf_of_right(1);
    }
    let (barrier, notify) = (Barrier::new(2), Notify::new());
    let events = capture_future(async {
        tokio::join!(is_notified(&notify), meets(&barrier, 1), meets(&barrier, 2), async {
            notify.notify_one();
        });
    })
    .await;
    let calls = tree(&events);
    assert_eq!(calls.iter().filter(|call| *call == "meets/leaf_of_left").count(), 2);
    assert!(calls.contains(&"is_notified/leaf_of_right".to_owned()));
    for inner in events.iter().filter(|event| event.function == "leaf_of_left" && event.kind == Kind::Enter) {
        let parent =
            events.iter().find(|event| Some(&event.span_id) == inner.parent_span_id.as_ref()).unwrap();
        let n = inner.args.as_deref().unwrap().trim_matches(['{', '}']);
        assert!(parent.args.as_deref().unwrap().contains(n));
    }
}

#[test]
fn a_runtime_inside_a_call_and_a_call_inside_a_runtime() {
    #[trace]
    fn blocks(n: u8) -> u8 {
        let rt = tokio::runtime::Builder::new_current_thread().build().unwrap();
        rt.block_on(right(n)) + leaf_of_left(n)
    }
    let events = capture(|| assert_eq!(blocks(2), 4));
    let expected =
        ["/blocks", "blocks/right", "right/leaf_of_right", "right/leaf_of_right", "blocks/leaf_of_left"];
    assert_eq!(tree(&events), expected);
}

#[test]
fn rayon_calls_are_children_where_the_context_is_carried() {
    use rayon::prelude::*;
    #[trace]
    fn shares_out(n: u8) -> u32 {
        let context = Context::current().unwrap();
        let mapped: u32 = (0..n).into_par_iter().map(|n| context.run(|| u32::from(leaf_of_left(n)))).sum();
        let (a, b) = rayon::join(carry(|| leaf_of_right(1)), carry(|| leaf_of_right(2)));
        let scoped = std::sync::Mutex::new(0);
        let inner = carry(|| *scoped.lock().unwrap() += u32::from(leaf_of_right(3)));
        rayon::scope(|scope| scope.spawn(|_| inner()));
        mapped + u32::from(a + b) + scoped.into_inner().unwrap()
    }
    let events = capture(|| assert_eq!(shares_out(50), 1225 + 6));
    let calls = tree(&events);
    let of = |call: &str| calls.iter().filter(|one| *one == call).count();
    assert_eq!((of("shares_out/leaf_of_left"), of("shares_out/leaf_of_right")), (50, 3));
}

/// How many calls of `function` each function made.
fn callers<'a>(calls: &'a [String], function: &str) -> Vec<(&'a str, usize)> {
    let callers = calls.iter().filter_map(|call| call.strip_suffix(function)?.strip_suffix('/'));
    let mut counts = std::collections::BTreeMap::new();
    callers.for_each(|caller| *counts.entry(caller).or_default() += 1);
    counts.into_iter().collect()
}

#[test]
fn work_that_the_command_carries_to_threads_hangs_below_what_started_it() {
    let events = capture(|| {
        assert_eq!(carried::threads(), 2);
        assert_eq!(carried::scoped(vec!["a".to_owned(), "bc".to_owned()]), 7);
        assert_eq!(carried::sum(&[1, 2, 3, 4, 5]), 15);
    });
    let calls = tree(&events);
    assert_eq!(callers(&calls, "leaf"), [("scoped", 3), ("sum", 5), ("threads", 2)]);
    assert_eq!(callers(&calls, "sum"), [("", 1), ("sum", 8)]);
    assert_eq!(calls.len(), 21);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_that_the_command_carries_to_tasks_hangs_below_what_started_it() {
    let events = capture_future(async {
        assert_eq!(carried::tasks().await, 5);
        assert_eq!(carried::local().await, 2);
    })
    .await;
    let calls = tree(&events);
    assert_eq!(callers(&calls, "waits"), [("local", 2), ("tasks", 3)]);
    assert_eq!(callers(&calls, "leaf"), [("tasks", 2), ("waits", 5)]);
    assert_eq!(calls.len(), 14);
}
