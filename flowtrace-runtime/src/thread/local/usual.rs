//! Usual calls, about which there is nothing out of the ordinary: announced when they begin, and pushed with their ENTER.

use super::{Announced, Callsite, Draft, Frame, Local, grow};
use crate::record::NO_THREAD;
use crate::thread::context::Context;
use crate::thread::id::Trace;
use crate::thread::label::Label;
use crate::thread::state::{self, ENDED, FULL, SAMPLES, THINS};

impl Local {
    /// Says that a call begins whose ENTER comes next, if there is nothing out of the ordinary about where it is made; with its
    /// frame, which is pushed then, the stack will be so high. The thread counts as capturing until the ENTER is written.
    #[inline(always)]
    pub(crate) fn announce(&self, callsite: &'static Callsite, self_type: &'static str) -> Option<usize> {
        // not where anybody looks at them whom this thread has interrupted, as a signal handler does
        let frames = self.frames.try_borrow_mut().ok()?;
        let (is_usual, odd) = match frames.last() {
            Some(caller) => (caller.head != Frame::ODD, THINS | FULL | ENDED),
            None => (self.label.get().is_some_and(Label::is_numbered), THINS | FULL | ENDED | SAMPLES),
        };
        if self.capturing.get() || !is_usual || state::is(odd) {
            return None;
        }
        self.capturing.set(true);
        self.announced.set(Some((callsite, self_type)));
        Some(frames.len() + 1)
    }

    /// The call that was announced.
    #[inline(always)]
    pub(crate) fn announced(&self) -> Option<Announced> {
        self.announced.take()
    }

    /// Pushes its frame, and has `f` look at it. It is a call of the innermost one, and usual as that is.
    #[inline(always)]
    pub(crate) fn push_announced(&self, (callsite, self_type): Announced, f: impl FnOnce(&Frame)) {
        let mut frames = self.frames.borrow_mut();
        if frames.len() == frames.capacity() {
            grow(&mut frames);
        }
        let (trace, parent, span) = if let Some(Frame { context, .. }) = frames.last() {
            (context.trace, context.span, self.ids.span())
        } else {
            let (low, span) = self.ids.two_spans();
            (Trace::own(low), 0, span)
        };
        let context = Context { trace, span, ..Context::ROOT };
        let number = self.label.get().map_or(NO_THREAD, Label::number);
        let head = u64::from(callsite.number()) | u64::from(number) << 32;
        let (callsite, counts) = (Some(callsite), self.counts.height());
        let frame = Frame { context, parent, self_type, callsite, counts, head, ..Frame::NONE };
        f(&frame);
        frames.push(frame);
    }

    /// What the records of a call begin with; [`Frame::ODD`] if there is something about it that is out of the ordinary.
    pub(super) fn head(&self, frame: &Frame) -> u64 {
        let is_usual = frame.context.sampled && frame.context.listener == 0 && frame.left_out == 0;
        let number = frame.callsite.filter(|_| is_usual).and_then(Callsite::kept_number);
        match (number, self.label.get().filter(|label| label.is_numbered())) {
            (Some(number), Some(label)) => u64::from(number) | u64::from(label.number()) << 32,
            _ => Frame::ODD,
        }
    }

    /// As [`Local::take`], of a usual call, once `f` has looked at its frame; `None` if it is not one, and then nothing was done.
    #[inline(always)]
    pub(crate) fn take_usual<R>(&self, depth: usize, f: impl FnOnce(&Frame) -> R) -> Option<R> {
        let mut frames = self.frames.borrow_mut();
        let last = depth.wrapping_sub(1);
        let frame = frames.get(last).filter(|frame| frame.head != Frame::ODD)?;
        let result = f(frame);
        frames.truncate(last);
        Some(result)
    }

    /// Something to write the record of a usual call with, while the thread counts as capturing.
    #[inline(always)]
    pub(crate) fn begin_usual_draft(&self) -> Box<Draft> {
        self.draft.take().unwrap_or_else(Draft::new)
    }
}
