//! Every kind of `self`.
#![deny(warnings, dead_code, unused)]
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;

#[derive(Default)]
struct S {
    n: u8,
    name: String,
}

impl S {
    #[trace]
    fn by_value(self) -> String {
        self.name
    }

    #[trace]
    fn by_mut_value(mut self, n: u8) -> Self {
        self.n += n;
        self
    }

    #[trace]
    fn by_ref(&self) -> u8 {
        self.n
    }

    #[trace]
    fn by_mut(&mut self) -> &mut String {
        self.n += 1;
        &mut self.name
    }

    #[trace]
    fn by_lifetime<'a>(&'a self, _other: &str) -> &'a str {
        &self.name
    }

    #[trace]
    fn by_arc(self: Arc<Self>) -> usize {
        Arc::strong_count(&self)
    }

    #[trace]
    fn by_ref_arc(self: &Arc<Self>) -> usize {
        Arc::strong_count(self)
    }

    #[trace]
    fn by_rc(mut self: Rc<Self>) -> u8 {
        Rc::make_mut_or_panic(&mut self).n
    }

    #[trace]
    fn by_pin(mut self: Pin<&mut Self>) -> u8 {
        self.as_mut().n += 1;
        self.n
    }

    #[trace]
    fn by_pin_ref(self: Pin<&Self>) -> &u8 {
        &self.get_ref().n
    }

    #[trace]
    fn by_box(self: Box<Self>) -> String {
        self.name
    }

    #[trace]
    fn by_mut_box(mut self: Box<Self>) -> Box<Self> {
        self.n = 5;
        self
    }

    #[trace]
    fn by_name(self: &S) -> u8 {
        self.n
    }

    #[trace]
    fn by_pinned_arc(self: Pin<Arc<Self>>) -> u8 {
        self.n
    }

    #[trace]
    fn unused_self(&self, _: u8) {}

    #[trace]
    fn unused_value(self) {}

    #[trace]
    fn taken_apart(self) -> (u8, String) {
        let Self { n, name } = self;
        (n, name)
    }

    #[trace]
    async fn async_value(mut self, n: u8) -> Self {
        self.n += n;
        self
    }

    #[trace]
    async fn async_mut(&mut self) -> &mut Self {
        self.n += 1;
        self
    }

    #[trace]
    async fn async_rebound<'a>(mut self: &'a Self, other: &'a Self) -> u8 {
        if other.n > 9 {
            self = other;
        }
        self.n
    }

    #[trace]
    async fn async_pin(self: Pin<&mut Self>) -> u8 {
        self.n
    }

    #[trace]
    async fn async_arc(self: Arc<Self>) -> u8 {
        self.n
    }
}

trait OrPanic<T> {
    fn make_mut_or_panic(this: &mut Self) -> &mut T;
}

impl<T> OrPanic<T> for Rc<T> {
    fn make_mut_or_panic(this: &mut Self) -> &mut T {
        Rc::get_mut(this).unwrap()
    }
}

pub(crate) fn main() {
    let rt = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let events = capture(|| {
        let mut s = S::default().by_mut_value(2);
        s.by_mut().push('x');
        assert_eq!((s.by_ref(), s.by_lifetime("y"), s.by_name()), (3, "x", 3));
        assert_eq!(Pin::new(&mut s).by_pin() + *Pin::new(&s).by_pin_ref(), 8);
        s.unused_self(1);
        assert_eq!(rt.block_on(s.async_rebound(&S::default())), 4);
        assert_eq!(rt.block_on(s.async_mut()).n, 5);
        assert_eq!(rt.block_on(Pin::new(&mut s).async_pin()), 5);
        let s = rt.block_on(s.async_value(1));
        assert_eq!(s.by_value(), "x");
        assert_eq!(Arc::new(S::default()).by_ref_arc() + Arc::new(S::default()).by_arc(), 2);
        assert_eq!(Rc::new(S::default()).by_rc() + Arc::pin(S::default()).by_pinned_arc(), 0);
        assert_eq!(Box::new(S::default()).by_mut_box().by_box(), "");
        S::default().unused_value();
        assert_eq!(S::default().taken_apart(), (0, String::new()));
        assert_eq!(rt.block_on(Arc::new(S::default()).async_arc()), 0);
    });
    assert_eq!(events[0].args.as_deref(), Some(r#"{"n":2}"#));
    assert!(events.iter().all(|event| event.self_type.as_deref() == Some("S")));
    assert_eq!(events.len(), 2 * 22);
}
