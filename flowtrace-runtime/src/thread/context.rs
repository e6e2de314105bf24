//! Which call the running code belongs to, and how that goes along to other threads, tasks and services.
use std::fmt;
use std::pin::Pin;
use std::str::FromStr;
use std::task::Poll;

use pin_project_lite::pin_project;

use crate::thread::id::Trace;
use crate::thread::local;

/// A place in a trace: the call that new calls become children of.
///
/// It goes along through function calls and `.await` by itself. Into a spawned thread or task it is
/// carried by [`carry`] and [`carry_future`], into another service by its W3C `traceparent`, which
/// `Display` writes and `FromStr` reads:
///
/// ```
/// use flowtrace_runtime::{Context, trace};
///
/// #[trace]
/// fn handle() -> Option<Context> {
///     Context::current()
/// }
///
/// let context: Context = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse()?;
/// let inside = context.run(handle).expect("the call is traced");
/// assert!(inside.to_string().starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"));
/// # Ok::<(), flowtrace_runtime::TraceparentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    pub(crate) trace: Trace,
    /// 0 where there is no call around: the next one is a root.
    pub(crate) span: u64,
    pub(crate) sampled: bool,
    /// The test that captures the events, see `testing.rs`; 0 is none.
    pub(crate) listener: u32,
}

impl Context {
    /// No call is around.
    pub(crate) const ROOT: Self = Self { trace: Trace::NONE, span: 0, sampled: true, listener: 0 };

    /// The innermost traced call of the running code; `None` where there is none.
    ///
    /// ```
    /// use flowtrace_runtime::{Context, testing, trace};
    ///
    /// #[trace]
    /// fn here() -> Option<String> {
    ///     Context::current().map(|context| context.to_string())
    /// }
    ///
    /// assert_eq!(Context::current(), None);
    /// let events = testing::capture(|| {
    ///     let traceparent = here().expect("the call is traced");
    ///     assert_eq!(traceparent.len(), 55);
    /// });
    /// assert_eq!(events.len(), 2);
    /// ```
    #[must_use]
    pub fn current() -> Option<Self> {
        Some(local::hand_on()).filter(|context| context.span != 0)
    }

    /// Runs `f` as a part of this call: what it calls are this call's children. The type's own example
    /// takes up another service's call so.
    pub fn run<R>(self, f: impl FnOnce() -> R) -> R {
        let _entered = local::enter(self);
        f()
    }
}

/// As a W3C `traceparent`: `00-<trace id>-<span id>-<flags>`.
impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace.id(), self.span, u8::from(self.sampled))
    }
}

/// A text is no W3C `traceparent`.
///
/// ```
/// use flowtrace_runtime::Context;
///
/// let error = "00-abc".parse::<Context>().unwrap_err();
/// assert!(error.to_string().starts_with("not a traceparent"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceparentError;

impl fmt::Display for TraceparentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a traceparent: expected 00-<32 hex digits>-<16 hex digits>-<2 hex digits>")
    }
}

impl std::error::Error for TraceparentError {}

/// From a W3C `traceparent`; of a later version than 00 what this one knows is read, as the
/// specification asks.
impl FromStr for Context {
    type Err = TraceparentError;

    fn from_str(text: &str) -> Result<Self, TraceparentError> {
        let hex = |part: Option<&str>, digits: usize| {
            part.filter(|part| part.len() == digits)
                .filter(|part| part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
                .and_then(|part| u128::from_str_radix(part, 16).ok())
                .ok_or(TraceparentError)
        };
        let mut parts = text.trim().split('-');
        let version = hex(parts.next(), 2)?;
        let trace = hex(parts.next(), 32)?;
        let span = u64::try_from(hex(parts.next(), 16)?).map_err(|_| TraceparentError)?;
        let sampled = hex(parts.next(), 2)? & 1 == 1;
        let more = parts.next().is_some();
        if trace == 0 || span == 0 || version == 0xff || (version == 0 && more) {
            return Err(TraceparentError);
        }
        let trace = Trace::read(trace);
        Ok(Self { trace, span, sampled, listener: local::current().listener })
    }
}

/// Makes `f` run as a part of the current call, wherever it is run.
///
/// ```
/// use flowtrace_runtime::{carry, trace};
///
/// #[trace]
/// fn parent() {
///     std::thread::spawn(carry(|| child(1))).join().unwrap();
/// }
/// # #[trace]
/// # fn child(_n: u8) {}
/// # let events = flowtrace_runtime::testing::capture(parent);
/// # assert_eq!(events[1].parent_span_id, Some(events[0].span_id.clone()));
/// ```
#[must_use = "a closure does nothing until it is called"]
pub fn carry<F: FnOnce() -> R, R>(f: F) -> impl FnOnce() -> R + use<F, R> {
    let context = local::hand_on();
    move || context.run(f)
}

/// Makes `future` run as a part of the current call, wherever it is polled: for `tokio::spawn` and
/// its like.
///
/// ```
/// use flowtrace_runtime::carry_future;
///
/// # async fn work() {}
/// # fn spawn<F: Future>(_: F) {}
/// spawn(carry_future(work()));
/// ```
#[must_use = "a future does nothing until it is polled"]
pub fn carry_future<F: Future>(future: F) -> impl Future<Output = F::Output> + use<F> {
    Carried { context: local::hand_on(), future: Some(future) }
}

pin_project! {
    struct Carried<F> {
        context: Context,
        // absent only while this is dropped
        #[pin]
        future: Option<F>,
    }

    /// What the future drops is dropped within the call.
    impl<F> PinnedDrop for Carried<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = local::enter(*this.context);
            this.future.set(None);
        }
    }
}

impl<F: Future> Future for Carried<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else { return Poll::Pending };
        let _entered = local::enter(*this.context);
        future.poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::Context;

    #[test]
    fn a_traceparent_reads_back() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(text.parse::<Context>().unwrap().to_string(), text);
        let later = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-what-comes";
        assert!(!later.parse::<Context>().unwrap().sampled);
    }

    #[test]
    fn a_trace_id_of_another_service_is_kept_whatever_it_looks_like() {
        let text = "00-000000000000000000f067aa0ba902b7-00f067aa0ba902b7-00";
        let context: Context = text.parse().unwrap();
        assert_eq!(context.run(Context::current), Some(context));
    }

    #[test]
    fn what_is_no_traceparent_is_refused() {
        for text in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert!(text.parse::<Context>().is_err(), "{text}");
        }
    }
}
