//! Async functions that borrow, are generic, return opaque types, or call themselves.
#![deny(warnings, dead_code, unused)]
use std::future::Future;
use std::pin::Pin;

use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;

pub struct Pool<P>(P);

trait HasPool {
    type P;
    fn pool(&self) -> &Self::P;

    #[trace]
    async fn with<F, Fut, R>(&self, w: F) -> R
    where
        F: FnOnce(&Self::P) -> Fut,
        Fut: Future<Output = R>,
    {
        w(self.pool()).await
    }
}

impl<P> HasPool for Pool<P> {
    type P = P;

    fn pool(&self) -> &P {
        &self.0
    }
}

#[trace]
async fn borrowed<'a, 'b: 'a>(a: &'a mut Vec<u8>, b: &'b str) -> &'a mut u8 {
    std::future::ready(()).await;
    a.push(b.len() as u8);
    a.last_mut().unwrap()
}

#[trace]
async fn elided(a: &str, _: &mut u8) -> usize {
    std::future::ready(a.len()).await
}

#[trace]
async fn async_closure<F: AsyncFnMut(&str) -> usize>(mut f: F) -> usize {
    f("a").await + f("bc").await
}

#[trace]
async fn boxed_recursion(n: u8) -> u32 {
    if n == 0 {
        return 0;
    }
    u32::from(n) + Box::pin(boxed_recursion(n - 1)).await
}

#[trace]
async fn inner_future_type() -> Result<Pin<Box<dyn Future<Output = u8> + Send>>, String> {
    Ok(Box::pin(async { 1 }))
}

#[trace]
async fn question(s: &str) -> Result<u8, Box<dyn std::error::Error + Send + Sync>> {
    let n: u8 = s.parse()?;
    Ok(std::future::ready(n).await)
}

#[trace]
async fn collects_by_its_result(list: &[&str]) -> Result<Vec<u8>, std::num::ParseIntError> {
    list.iter().map(|s| s.parse()).collect()
}

#[trace]
async fn inferred_by_its_result() -> Vec<u64> {
    let mut out = Vec::new();
    out.push(Default::default());
    out.extend([1_u8, 2].map(u64::from));
    out
}

#[trace]
async fn into_by_its_result(s: &str) -> String {
    s.into()
}

#[trace]
async fn default_by_its_result() -> (u8, Option<String>) {
    Default::default()
}

#[trace]
async fn pinned<F: Future + Unpin>(mut f: Pin<&mut F>) -> F::Output {
    f.as_mut().await
}

#[trace]
async fn unit() {}

#[trace]
async fn nothing_returned(n: &mut u8) {
    *n += 1;
}

trait Native {
    async fn required(&self, n: u8) -> u8;

    #[trace]
    async fn provided(&mut self) -> u8 {
        self.required(1).await
    }

    #[trace]
    async fn without_self(n: &str) -> usize
    where
        Self: Sized,
    {
        n.len()
    }
}

impl Native for u8 {
    #[trace]
    async fn required(&self, n: u8) -> u8 {
        *self + n
    }
}

impl<T: Native, const N: usize> Native for [T; N] {
    #[trace]
    async fn required(&self, n: u8) -> u8 {
        let mut sum = 0;
        for one in self {
            sum += one.required(n).await;
        }
        sum
    }
}

trait Desugared {
    fn required(&self) -> impl Future<Output = u8> + Send;
}

impl Desugared for u8 {
    #[trace]
    async fn required(&self) -> u8 {
        *self
    }
}

pub(crate) fn main() {
    let rt = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let events = capture(|| {
        rt.block_on(async {
            assert_eq!(Pool(3_u8).with(|p| std::future::ready(*p)).await, 3);
            *borrowed(&mut vec![], "ab").await += 1;
            assert_eq!(elided("ab", &mut 1).await, 2);
            assert_eq!(async_closure(async |s: &str| s.len()).await, 3);
            assert_eq!(boxed_recursion(3).await, 6);
            assert_eq!(inner_future_type().await.unwrap().await, 1);
            assert!(question("x").await.is_err());
            assert!(collects_by_its_result(&["1", "y"]).await.is_err());
            assert_eq!(inferred_by_its_result().await, [0, 1, 2]);
            assert_eq!(into_by_its_result("x").await, "x");
            assert_eq!(default_by_its_result().await, (0, None));
            assert_eq!(pinned(Pin::new(&mut std::future::ready(1))).await, 1);
            unit().await;
            nothing_returned(&mut 1).await;
            assert_eq!([1, 2].provided().await, 5);
            assert_eq!(<u8 as Native>::without_self("ab").await, 2);
            assert_eq!(Desugared::required(&1).await, 1);
        });
    });
    assert_eq!(events.iter().filter(|event| event.outcome.as_deref() == Some("error")).count(), 2);
    let depth: Vec<_> = events.iter().filter(|event| event.function == "boxed_recursion").collect();
    assert_eq!(depth[1].parent_span_id.as_ref(), Some(&depth[0].span_id));
    assert_eq!(depth[3].parent_span_id.as_ref(), Some(&depth[2].span_id));
}
