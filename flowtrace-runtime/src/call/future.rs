//! An async call: current only while it is polled, closed when it is ready, panics or is dropped.
use std::any::{Any, type_name};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::call::callsite::Callsite;
use crate::call::known::Type;
use crate::call::piece::{Piece, Shown};
use crate::call::span::{self, Opened, Span};
use crate::call::thin;
use crate::capture::Capture;
use crate::clock;
use crate::record::flag;
use crate::thread::counts::Suspended;
use crate::thread::local::{self, Entered, Frame, Local};
use crate::thread::thinning;

/// An open call of an async function.
pub struct AsyncSpan {
    /// Absent where the call is off or already closed.
    frame: Option<Frame>,
    busy: u64,
    /// What was left out below it, while it is not polled.
    counts: Option<Suspended>,
}

impl AsyncSpan {
    const OFF: Self = Self { frame: None, busy: 0, counts: None };

    /// Begins a call of a function without a `Self`, at its first poll, and says whether there are lines
    /// to write.
    #[inline]
    #[must_use]
    pub fn begin(callsite: &'static Callsite) -> (Self, bool) {
        if callsite.is_off() { (Self::OFF, false) } else { Self::open(callsite, "") }
    }

    /// The same of a method or associated function of `S`.
    #[inline]
    #[must_use]
    pub fn begin_in<S: ?Sized>(callsite: &'static Callsite) -> (Self, bool) {
        if callsite.is_off() { (Self::OFF, false) } else { Self::open(callsite, type_name::<S>()) }
    }

    #[inline(never)]
    fn open(callsite: &'static Callsite, self_type: &'static str) -> (Self, bool) {
        let frame = local::with(|local| {
            let _busy = local.busy()?;
            match span::open(local, callsite, self_type) {
                Opened::Off => None,
                Opened::Unsampled { context, .. } => Some(Frame::carried(context)),
                Opened::On(context, parent) => {
                    Some(Frame { context, parent, self_type, callsite: Some(callsite), ..Frame::NONE })
                }
                Opened::LeftOut(context, parent, left_out, start) => {
                    let callsite = Some(callsite);
                    Some(Frame { context, parent, start, self_type, callsite, left_out, ..Frame::NONE })
                }
            }
        });
        let span = Self { frame: frame.flatten(), busy: 0, counts: None };
        let on = span.is_on();
        (span, on)
    }

    fn is_on(&self) -> bool {
        self.frame.as_ref().is_some_and(|frame| frame.context.sampled)
    }

    /// Runs the body of the function, and then has `exit` end the call by what the body returned.
    #[inline]
    pub fn follow<R, F: Future<Output = R>, E: FnMut(&mut Self, &R)>(
        self,
        _returned: Type<R>,
        future: F,
        exit: E,
    ) -> Traced<F, E> {
        Traced::new(self, future, exit)
    }

    /// The rest of a call that began as one of a function that is not async, and returned a future.
    pub(crate) fn going_on(span: Span) -> Self {
        let left = span.leave();
        let busy = left.as_ref().map_or(0, |(frame, _)| clock::read().mono.saturating_sub(frame.start));
        left.map_or(Self::OFF, |(frame, counts)| Self { frame: Some(frame), busy, counts })
    }

    /// Ends a call that returned `result`.
    #[inline]
    pub fn exit<T, K: Capture<T>>(&mut self, result: &T, kind: K, show: bool) {
        let shown = Shown::of(result, kind);
        self.close(span::error(kind.is_error(result)), if show { Some(&shown) } else { None });
    }

    fn close(&mut self, outcome: u32, result: Option<&dyn Piece>) {
        if let Some(frame) = self.frame.take() {
            local::with(|local| {
                self.tell_counts(local);
                span::write_exit(local, &frame, outcome, Some(self.busy), result);
            });
        }
    }

    /// Makes this the innermost call until the guard is dropped, which must be before the next `.await`.
    pub fn enter(&mut self) -> Option<Entered> {
        let frame = self.frame.as_mut()?;
        frame.start = clock::read().mono;
        Some(local::enter_frame(*frame))
    }

    /// Makes this the innermost call for the time of a poll. Not generic, as is all else that can be.
    fn begin_poll(&mut self) -> Polling {
        Polling { depth: self.resume(), begun: clock::read().mono }
    }

    /// How many frames there are then.
    fn resume(&mut self) -> Option<usize> {
        let frame = self.frame?;
        let depth = local::with(|local| {
            let depth = local.push(frame);
            if depth > 0 && thinning::is_possible() {
                thin::prepare(local);
                local.put_counts(self.counts.take());
            }
            depth
        });
        depth.filter(|depth| *depth > 0)
    }

    fn suspend(&mut self, depth: Option<usize>) {
        let suspended = depth.and_then(|depth| local::with(|local| local.suspend(depth)).flatten());
        if let Some((frame, counts)) = suspended {
            (self.frame, self.counts) = (Some(frame), counts);
        }
    }

    fn tell_counts(&mut self, local: &Local) {
        if let Some(counts) = self.counts.take() {
            local.tell_those(*counts);
        }
    }

    fn end_poll(&mut self, Polling { depth, begun }: Polling) {
        // the first poll has written the ENTER, from when on the time counts
        self.suspend(depth);
        let since = self.frame.map_or(begun, |frame| begun.max(frame.start));
        self.busy += clock::read().mono.saturating_sub(since);
    }

    #[cold]
    fn panicked(&mut self, polling: Polling, payload: Box<dyn Any + Send>) -> ! {
        self.end_poll(polling);
        if let Some(frame) = self.frame.take().filter(|frame| frame.context.sampled) {
            let message = span::message(&*payload);
            local::with(|local| {
                self.tell_counts(local);
                span::write_exception(local, &frame, message, Some(self.busy));
            });
        }
        resume_unwind(payload)
    }
}

/// Takes a call off the thread when dropped.
struct Suspending<'a> {
    span: &'a mut AsyncSpan,
    depth: Option<usize>,
}

impl Drop for Suspending<'_> {
    fn drop(&mut self) {
        self.span.suspend(self.depth);
    }
}

/// What ends a call whose future has come to a result.
pub trait Exit<R> {
    /// Ends it.
    fn exit(&mut self, span: &mut AsyncSpan, result: &R);
}

impl<R, E: FnMut(&mut AsyncSpan, &R)> Exit<R> for E {
    #[inline]
    fn exit(&mut self, span: &mut AsyncSpan, result: &R) {
        self(span, result);
    }
}

/// A poll that is going on.
struct Polling {
    depth: Option<usize>,
    begun: u64,
}

/// The future was dropped before it was ready: the call is cancelled.
impl Drop for AsyncSpan {
    fn drop(&mut self) {
        if self.is_on() && self.frame.is_some_and(|frame| frame.start != 0) {
            self.close(flag::CANCELLED, None);
        }
    }
}

/// The call of an async function that must keep its body to itself: its end is seen, its result and
/// its polls are not.
pub struct AsyncGuard(AsyncSpan);

impl AsyncGuard {
    /// Ends `span` when dropped.
    #[must_use]
    pub fn new(span: AsyncSpan) -> Self {
        Self(span)
    }
}

impl Drop for AsyncGuard {
    fn drop(&mut self) {
        if self.0.is_on() {
            self.0.close(0, None);
        }
    }
}

pin_project! {
    /// The body of a traced async function.
    #[must_use = "a future does nothing until it is polled"]
    pub struct Traced<F, E> {
        // absent only while this is dropped
        #[pin]
        future: Option<F>,
        span: AsyncSpan,
        exit: E,
    }

    /// What the body drops is dropped within the call, and before it is closed.
    impl<F, E> PinnedDrop for Traced<F, E> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let depth = this.span.resume();
            let _suspending = Suspending { span: this.span, depth };
            this.future.set(None);
        }
    }
}

impl<F, E> Traced<F, E> {
    #[inline]
    pub(crate) fn new(span: AsyncSpan, future: F, exit: E) -> Self {
        Self { future: Some(future), span, exit }
    }
}

impl<F: Future, E: Exit<F::Output>> Future for Traced<F, E> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else { return Poll::Pending };
        if this.span.frame.is_none() {
            return future.poll(cx);
        }
        let polling = this.span.begin_poll();
        match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(polled) => {
                this.span.end_poll(polling);
                if let Poll::Ready(result) = &polled {
                    this.exit.exit(this.span, result);
                }
                polled
            }
            Err(payload) => this.span.panicked(polling, payload),
        }
    }
}
