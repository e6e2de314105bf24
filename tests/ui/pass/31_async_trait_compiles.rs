//! Methods of `#[async_trait]` traits and impls compile and do as they did; how they are traced is another matter.
#![deny(warnings, dead_code, unused)]
use async_trait::async_trait;
use flowtrace_runtime::trace;

#[async_trait]
trait Tr {
    async fn required(&self, n: u8, s: &str) -> Result<u8, String>;

    #[trace]
    async fn provided(&mut self, (a, _): (u8, u8)) -> u8 {
        self.required(a, "x").await.unwrap_or(0)
    }

    #[trace]
    async fn without_self(mut n: u8) -> u8
    where
        Self: Sized,
    {
        n += 1;
        n
    }
}

struct S(u8);

#[async_trait]
impl Tr for S {
    #[trace]
    async fn required(&self, n: u8, s: &str) -> Result<u8, String> {
        std::future::ready(()).await;
        if n == 0 { Err(s.to_owned()) } else { Ok(self.0 + n) }
    }
}

#[async_trait(?Send)]
trait Local {
    async fn local(self: std::rc::Rc<Self>, rc: std::rc::Rc<u8>) -> u8;
}

#[async_trait(?Send)]
impl Local for S {
    #[trace]
    async fn local(self: std::rc::Rc<Self>, rc: std::rc::Rc<u8>) -> u8 {
        self.0 + *rc
    }
}

fn main() {
    let rt = tokio::runtime::Builder::new_current_thread().build().unwrap();
    rt.block_on(async {
        let mut boxed: Box<dyn Tr + Send + Sync> = Box::new(S(1));
        assert_eq!(boxed.provided((1, 2)).await, 2);
        assert_eq!(S::without_self(1).await, 2);
        assert!(S(1).required(0, "x").await.is_err());
        assert_eq!(std::rc::Rc::new(S(1)).local(std::rc::Rc::new(2)).await, 3);
    });
}
