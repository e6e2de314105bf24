//! Functions that return a boxed or opaque future: what is before it runs at once, and it is the future
//! that is traced.
#![deny(warnings, dead_code, unused)]
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;

use flowtrace_runtime::testing::{Kind, capture_future};
use flowtrace_runtime::trace;

type BoxFut<T> = Pin<Box<dyn Future<Output = T> + Send>>;

#[derive(Clone, Debug)]
struct M(u8);

struct S {
    m: M,
}

thread_local!(static SETUPS: Cell<u32> = const { Cell::new(0) });

fn setup() {
    SETUPS.set(SETUPS.get() + 1);
}

impl S {
    #[trace]
    fn boxed(&self) -> BoxFut<M> {
        let m = self.m.clone();
        setup();
        Box::pin(async move { m })
    }

    #[trace]
    fn borrowed<'a>(&'a self, n: u8) -> Pin<Box<dyn Future<Output = u8> + 'a>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.m.0 + n
        })
    }
}

#[trace]
fn several_returns(n: u8) -> BoxFut<Result<u8, String>> {
    if n == 0 {
        return Box::pin(async { Err("zero".to_owned()) });
    }
    if n == 1 {
        return Box::pin(std::future::ready(Ok(1)));
    }
    Box::pin(async move { Ok(n) })
}

#[trace]
fn opaque(n: u8) -> impl Future<Output = u8> {
    setup();
    async move {
        tokio::task::yield_now().await;
        n
    }
}

#[trace]
fn opaque_and_send(s: &str) -> impl Future<Output = usize> + Send + '_ {
    async move { s.len() }
}

#[trace]
async fn a_future_in_a_result(n: u8) -> Result<Pin<Box<dyn Future<Output = u8> + Send>>, String> {
    if n == 0 { Err("zero".to_owned()) } else { Ok(Box::pin(async { 1 })) }
}

#[trace]
fn recursive(n: u8) -> BoxFut<u32> {
    Box::pin(async move { if n == 0 { 0 } else { u32::from(n) + recursive(n - 1).await } })
}

#[trace]
fn panics_before() -> BoxFut<u8> {
    panic!("before")
}

fn is_send<T: Send>(t: T) -> T {
    t
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    let s = S { m: M(1) };
    let events = capture_future(async {
        drop(s.boxed());
        drop(opaque(1));
        assert_eq!(SETUPS.get(), 2, "what is before the future runs without a poll");
        assert_eq!(s.boxed().await.0, 1);
        assert_eq!(s.borrowed(2).await, 3);
        assert!(several_returns(0).await.is_err() && several_returns(1).await.is_ok());
        assert_eq!(several_returns(2).await, Ok(2));
        assert_eq!(is_send(opaque_and_send("ab")).await, 2);
        assert_eq!(opaque(3).await, 3);
        assert_eq!(a_future_in_a_result(1).await.unwrap().await, 1);
        assert_eq!(recursive(3).await, 6);
        assert!(std::panic::catch_unwind(|| drop(panics_before())).is_err());
    })
    .await;
    drop(std::panic::take_hook());
    let closed = |function: &str| {
        let mut closed = events.iter().filter(|e| e.function == function && e.kind != Kind::Enter);
        closed.next_back().unwrap()
    };
    assert_eq!(closed("boxed").result.as_deref(), Some(r#""M(1)""#));
    assert_eq!(closed("borrowed").result.as_deref(), Some("3"));
    assert_eq!(closed("opaque").result.as_deref(), Some("3"));
    assert_eq!(closed("several_returns").result.as_deref(), Some(r#"{"Ok":2}"#));
    let errors =
        events.iter().filter(|e| e.function == "several_returns" && e.outcome.as_deref() == Some("error"));
    assert_eq!(errors.count(), 1);
    assert!(closed("opaque").busy_nanos.is_some());
    assert_eq!(closed("panics_before").exception.as_deref(), Some("before"));
    let chain: Vec<_> =
        events.iter().filter(|e| e.function == "recursive" && e.kind == Kind::Enter).collect();
    assert_eq!(chain.len(), 4);
    assert_eq!(chain[1].parent_span_id.as_ref(), Some(&chain[0].span_id));
}
