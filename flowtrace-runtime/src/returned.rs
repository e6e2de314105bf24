//! What a function returned that is not async: a value, or a future that goes on as the call.
use std::convert::Infallible;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::capture::{Capture, Probe};
use crate::future::{AsyncSpan, Traced};
use crate::span::Span;

/// A returned value, seen as a whole: `M` says whether it is a future, `T` is what it comes to.
pub struct Whole<T, M> {
    /// Stands for the value itself, or for a future's output.
    pub output: Probe<T>,
    mode: PhantomData<M>,
}

impl<T, M> Whole<T, M> {
    const NEW: Self = Self { output: Probe::new(), mode: PhantomData };
}

/// No future.
pub struct Value;
/// `Pin<Box<dyn Future>>`.
pub struct Local;
/// `Pin<Box<dyn Future + Send>>`.
pub struct Sendable;
/// `Pin<Box<dyn Future + Send + Sync>>`.
pub struct Shareable;

/// Sees a boxed future, whatever alias it hides behind.
pub trait WholeLocal<T> {
    /// The whole.
    #[inline]
    fn flowtrace_whole(&self) -> Whole<T, Local> {
        Whole::NEW
    }
}
impl<T> WholeLocal<T> for &&&Probe<Pin<Box<dyn Future<Output = T> + '_>>> {}

/// The same of one that is `Send`.
pub trait WholeSend<T> {
    /// The whole.
    #[inline]
    fn flowtrace_whole(&self) -> Whole<T, Sendable> {
        Whole::NEW
    }
}
impl<T> WholeSend<T> for &&Probe<Pin<Box<dyn Future<Output = T> + Send + '_>>> {}

/// The same of one that is `Send` and `Sync`.
pub trait WholeSync<T> {
    /// The whole.
    #[inline]
    fn flowtrace_whole(&self) -> Whole<T, Shareable> {
        Whole::NEW
    }
}
impl<T> WholeSync<T> for &Probe<Pin<Box<dyn Future<Output = T> + Send + Sync + '_>>> {}

/// Any other type.
pub trait WholeValue<T> {
    /// The whole.
    #[inline]
    fn flowtrace_whole(&self) -> Whole<T, Value> {
        Whole::NEW
    }
}
impl<T> WholeValue<T> for Probe<T> {}

#[expect(clippy::unused_self, reason = "it is there for its type")]
impl<T> Whole<T, Value> {
    /// Ends the call.
    #[inline]
    pub fn flowtrace_exit<K: Capture<T>>(self, span: Span, result: T, kind: K, show: bool) -> T {
        span.exit(&result, kind, show);
        result
    }
}

macro_rules! boxed {
    ($mode:ident, $($bounds:tt)+) => {
        impl<T> Whole<T, $mode> {
            /// Lets the call go on as the future.
            pub fn flowtrace_exit<'a, K: Capture<T>>(
                self,
                span: Span,
                future: Pin<Box<dyn Future<Output = T> + $($bounds)+>>,
                kind: K,
                show: bool,
            ) -> Pin<Box<dyn Future<Output = T> + $($bounds)+>>
            where
                T: 'a,
            {
                Box::pin(follow(span, future, kind, show))
            }
        }
    };
}

boxed!(Local, 'a);
boxed!(Sendable, Send + 'a);
boxed!(Shareable, Send + Sync + 'a);

/// Stands for the output of `future`, which is a `T`.
#[inline]
pub fn output_of<T, F: Future<Output = T>>(_future: &F) -> Probe<T> {
    Probe::new()
}

/// Lets the call that is `span` go on as `future`.
pub fn follow<F: Future, K: Capture<F::Output>>(
    span: Span,
    future: F,
    kind: K,
    show: bool,
) -> Followed<F, K> {
    Followed { traced: AsyncSpan::going_on(span).follow(future), kind, show }
}

pin_project! {
    /// A future that is traced as the call which returned it.
    #[must_use = "a future does nothing until it is polled"]
    pub struct Followed<F, K> {
        #[pin]
        traced: Traced<F>,
        kind: K,
        show: bool,
    }
}

impl<F: Future, K: Capture<F::Output>> Future for Followed<F, K> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let (result, span) = ready!(this.traced.poll(cx));
        span.exit(&result, *this.kind, *this.show);
        Poll::Ready(result)
    }
}

/// Makes a type known; never called.
#[cold]
pub fn never<T>() -> T {
    unreachable!("generated code asks for a type, not for a value")
}

/// What an async function returns that never does.
pub type Never = Infallible;
