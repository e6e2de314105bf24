//! What a function returned that is not async: a value, or a future that goes on as the call.
#![expect(clippy::unused_self, reason = "methods are looked up by the type of what they are called on")]

use std::convert::Infallible;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::capture::{Capture, Split, steps};
use crate::future::{AsyncSpan, Traced};
use crate::span::Span;

/// A returned value, seen as a whole: `M` says whether it is a future, `T` is what it comes to.
pub struct Whole<T, M> {
    /// Stands for the value itself, or for a future's output.
    pub output: Split<T>,
    mode: PhantomData<M>,
}

impl<T, M> Whole<T, M> {
    const NEW: Self = Self { output: Split::NEW, mode: PhantomData };
}

/// No future.
pub struct Value;
/// A future that is not boxed.
pub struct Opaque;
/// `Pin<Box<dyn Future>>`.
pub struct Local;
/// `Pin<Box<dyn Future + Send>>`.
pub struct Sendable;
/// `Pin<Box<dyn Future + Send + Sync>>`.
pub struct Shareable;

/// The last step: any type.
pub struct ReturnedValue<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> ReturnedValue<T> {
    const NEW: Self = Self(PhantomData);
}

steps! {
    /// Stands for what was returned; `flowtrace_whole` sees whether it is a boxed future, whatever alias it
    /// hides behind.
    Returned => ReturnedValue<T>,
    /// Stands for what was returned as an `impl Future`, which may be another trait of that name.
    ReturnedFuture => ReturnedValue<T>
}

impl<F: Future> ReturnedFuture<F> {
    /// The whole.
    #[inline]
    pub fn flowtrace_whole(&self) -> Whole<F::Output, Opaque> {
        Whole::NEW
    }
}

/// A boxed future.
pub trait Boxed {
    /// What it comes to.
    type Output;
    /// Which kind of box it is.
    type Mode;
}

impl<F: Boxed> Returned<F> {
    /// The whole.
    #[inline]
    pub fn flowtrace_whole(&self) -> Whole<F::Output, F::Mode> {
        Whole::NEW
    }
}

impl<T> ReturnedValue<T> {
    /// The whole.
    #[inline]
    pub fn flowtrace_whole(&self) -> Whole<T, Value> {
        Whole::NEW
    }
}

impl<T> Whole<T, Value> {
    /// Ends the call.
    #[inline]
    pub fn flowtrace_exit<K: Capture<T>>(self, span: Span, result: T, kind: K, show: bool) -> T {
        if span.is_on() {
            span.exit(&result, kind, show);
        }
        result
    }

    /// Has the type of what [`Self::flowtrace_exit`] returns.
    #[inline]
    pub fn flowtrace_type(&self, result: T) -> T {
        result
    }
}

impl<T> Whole<T, Opaque> {
    /// Lets the call go on as the future.
    pub fn flowtrace_exit<F: Future<Output = T>, K: Capture<T>>(
        self,
        span: Span,
        future: F,
        kind: K,
        show: bool,
    ) -> Followed<F, K> {
        follow(span, future, kind, show)
    }

    /// Has the type of what [`Self::flowtrace_exit`] returns; never called.
    #[cold]
    pub fn flowtrace_type<F: Future<Output = T>, K: Capture<T>>(&self, _future: F) -> Followed<F, K> {
        never()
    }
}

macro_rules! boxed {
    ($mode:ident, $($bounds:tt)+) => {
        impl<'a, T> Boxed for Pin<Box<dyn Future<Output = T> + $($bounds)+>> {
            type Output = T;
            type Mode = $mode;
        }

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

/// Lets the call that is `span` go on as `future`.
fn follow<F: Future, K: Capture<F::Output>>(span: Span, future: F, kind: K, show: bool) -> Followed<F, K> {
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

/// Makes a closure take the whole of `value`, whatever part of it is used; never called.
#[cold]
pub fn whole<T>(_value: T) -> ! {
    unreachable!("generated code says what a closure takes")
}

/// What an async function returns that never does.
pub type Never = Infallible;
