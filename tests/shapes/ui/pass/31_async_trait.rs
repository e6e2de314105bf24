//! Methods of `#[async_trait]` traits and impls: the future is what is traced, in a box or not.
#![deny(warnings, dead_code, unused)]
use std::rc::Rc;

use async_trait::async_trait;
use flowtrace_runtime::testing::{Kind, capture_future};
use flowtrace_runtime::trace;

#[async_trait]
trait Tr {
    async fn required(&self, n: u8, s: &str) -> Result<u8, String>;

    #[trace]
    async fn provided(&mut self, (a, _): (u8, u8)) -> u8 {
        tokio::task::yield_now().await;
        self.required(a, "x").await.unwrap_or(0)
    }

    #[trace]
    async fn without_self(n: u8) -> u8
    where
        Self: Sized,
    {
        tokio::task::yield_now().await;
        n
    }
}

struct S(u8);

#[async_trait]
impl Tr for S {
    #[trace]
    async fn required(&self, n: u8, s: &str) -> Result<u8, String> {
        tokio::task::yield_now().await;
        if n == 0 { Err(s.to_owned()) } else { Ok(self.0 + n) }
    }
}

#[async_trait(?Send)]
trait Local {
    async fn local(self: Rc<Self>, rc: Rc<u8>) -> u8;
}

#[async_trait(?Send)]
impl Local for S {
    #[trace]
    async fn local(self: Rc<Self>, rc: Rc<u8>) -> u8 {
        tokio::task::yield_now().await;
        self.0 + *rc
    }
}

#[async_trait]
impl<T: Tr + Send + Sync> Tr for Vec<T> {
    #[trace]
    async fn required(&self, n: u8, s: &str) -> Result<u8, String> {
        let mut sum = 0;
        for one in self {
            sum += one.required(n, s).await?;
        }
        Ok(sum)
    }
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() {
    let events = capture_future(async {
        assert_eq!(S(1).provided((1, 2)).await, 2);
        assert_eq!(S::without_self(1).await, 1);
        assert_eq!(vec![S(1), S(2)].required(0, "no").await, Err("no".to_owned()));
        assert_eq!(Rc::new(S(1)).local(Rc::new(2)).await, 3);
        let boxed: Box<dyn Tr> = Box::new(S(1));
        drop(boxed.required(1, "never polled"));
    })
    .await;
    let of = |function: &'static str, kind| events.iter().filter(move |e| e.function == function && e.kind == kind);
    // the method was called, and with that the call began; that nobody polled it is how it ended
    assert_eq!(of("required", Kind::Enter).count(), 4);
    assert_eq!(of("required", Kind::Exit).filter(|e| e.outcome.as_deref() == Some("cancelled")).count(), 1);
    let required = of("required", Kind::Enter).next().unwrap();
    assert_eq!(required.args.as_deref(), Some(r#"{"n":1,"s":"x"}"#));
    assert_eq!(required.parent_span_id, of("provided", Kind::Enter).next().map(|e| e.span_id.clone()));
    assert_eq!(required.self_type.as_deref(), Some("S"));
    let closed = of("required", Kind::Exit).next().unwrap();
    assert_eq!(closed.result.as_deref(), Some(r#"{"Ok":2}"#));
    assert!(closed.busy_nanos.is_some());
    assert_eq!(of("required", Kind::Exit).filter(|e| e.outcome.as_deref() == Some("error")).count(), 2);
    assert_eq!(of("provided", Kind::Exit).next().unwrap().result.as_deref(), Some("2"));
    assert_eq!(of("without_self", Kind::Exit).next().unwrap().self_type.as_deref(), Some("S"));
    assert_eq!(of("local", Kind::Exit).next().unwrap().result.as_deref(), Some("3"));
}
