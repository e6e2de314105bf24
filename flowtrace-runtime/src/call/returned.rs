//! What a function returned that is not async: a value, or a future that goes on as the call.
#![expect(clippy::unused_self, reason = "methods are looked up by the type of what they are called on")]

use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::call::future::{AsyncSpan, Exit, Traced};
use crate::call::known::never;
use crate::call::span::Span;
use crate::capture::{Capture, Split, steps};

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

/// How a call ends that returned an `R`.
pub trait End<R, K> {
    /// What is returned in its place.
    type Out;

    /// Ends the call, or lets it go on as the future.
    fn end(span: Span, result: R, kind: K, show: bool) -> Self::Out;
}

impl<T, M> Whole<T, M> {
    /// Ends the call, or lets it go on as the future. There is one such method: of several the compiler could not tell
    /// which is meant where the result's type has an error, and would say so, too.
    #[inline]
    pub fn flowtrace_exit<R, K: Capture<T>>(self, span: Span, result: R, kind: K, show: bool) -> M::Out
    where
        M: End<R, K>,
    {
        M::end(span, result, kind, show)
    }
}

/// How a call ends whose result stays where it is.
pub trait EndInPlace<R, K> {
    /// Ends the call, or lets it go on as the future that takes the place of the result.
    fn end(span: Span, result: &mut R, kind: K, show: bool);
}

impl<T, M> Whole<T, M> {
    /// The same where the result stays in its place.
    #[inline]
    pub fn flowtrace_end<R, K: Capture<T>>(self, span: Span, result: &mut R, kind: K, show: bool)
    where
        M: EndInPlace<R, K>,
    {
        M::end(span, result, kind, show);
    }
}

impl<T, K: Capture<T>> EndInPlace<T, K> for Value {
    #[inline]
    fn end(span: Span, result: &mut T, kind: K, show: bool) {
        span.exit(result, kind, show);
    }
}

impl<T, K: Capture<T>> End<T, K> for Value {
    type Out = T;

    #[inline]
    fn end(span: Span, result: T, kind: K, show: bool) -> T {
        if span.has_end() {
            span.exit(&result, kind, show);
        }
        result
    }
}

impl<F: Future, K: Capture<F::Output>> End<F, K> for Opaque {
    type Out = Traced<F, Ends<K>>;

    fn end(span: Span, future: F, kind: K, show: bool) -> Traced<F, Ends<K>> {
        Traced::new(AsyncSpan::going_on(span), future, Ends { kind, show })
    }
}

impl<T> Whole<T, Value> {
    /// Has the type of what [`Self::flowtrace_exit`] returns.
    #[inline]
    pub fn flowtrace_type(&self, result: T) -> T {
        result
    }
}

impl<T> Whole<T, Opaque> {
    /// Has the type of what [`Self::flowtrace_exit`] returns; never called.
    #[cold]
    pub fn flowtrace_type<F: Future<Output = T>, K: Capture<T>>(&self, _future: F) -> Traced<F, Ends<K>> {
        never()
    }
}

macro_rules! boxed {
    ($mode:ident, $($bounds:tt)+) => {
        impl<'a, T> Boxed for Pin<Box<dyn Future<Output = T> + $($bounds)+>> {
            type Output = T;
            type Mode = $mode;
        }

        impl<'a, T: 'a, K: Capture<T>> EndInPlace<Pin<Box<dyn Future<Output = T> + $($bounds)+>>, K> for $mode {
            fn end(
                span: Span,
                result: &mut Pin<Box<dyn Future<Output = T> + $($bounds)+>>,
                kind: K,
                show: bool,
            ) {
                let future = std::mem::replace(result, Box::pin(Empty(PhantomData)));
                *result = Box::pin(<Opaque as End<_, K>>::end(span, future, kind, show));
            }
        }
    };
}

boxed!(Local, 'a);
boxed!(Sendable, Send + 'a);
boxed!(Shareable, Send + Sync + 'a);

/// Stands in the place of a future for a moment; takes no memory.
struct Empty<T>(PhantomData<fn() -> T>);

impl<T> Future for Empty<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        Poll::Pending
    }
}

/// Ends the call of a returned future.
pub struct Ends<K> {
    kind: K,
    show: bool,
}

impl<T, K: Capture<T>> Exit<T> for Ends<K> {
    fn exit(&mut self, span: &mut AsyncSpan, result: &T) {
        span.exit(result, self.kind, self.show);
    }
}
