//! What each thread keeps: the stack of open calls, its ids, its label, and a buffer to write records in.
#![expect(
    clippy::inline_always,
    reason = "each way of a call is one function: a call of a part costs what the part does"
)]

mod usual;

use std::cell::{Cell, OnceCell, RefCell};

use crate::call::callsite::Callsite;
use crate::call::draft::Draft;
use crate::thread::context::Context;
use crate::thread::counts::{Counts, Suspended};
use crate::thread::id::Ids;
use crate::thread::label::Label;
use crate::thread::thinning;

/// An open call, or a context that was carried here.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    /// What calls made inside become children of.
    pub(crate) context: Context,
    /// The span id of the caller; 0 for a root. Of one that is left out, that of the next caller which is not.
    pub(crate) parent: u64,
    /// When its ENTER was written, by the monotonic clock; 0 until then.
    pub(crate) start: u64,
    /// The full name of the call's `Self` type; empty where there is none.
    pub(crate) self_type: &'static str,
    /// Absent from a context that was carried here.
    pub(crate) callsite: Option<&'static Callsite>,
    /// Of a call that is left out, one more than the place where it will be counted, or `NESTED`; else 0.
    pub(crate) left_out: u32,
    /// Where the thread's counts begin that are of what this one calls; set when it is pushed, and `u32::MAX` while it is not.
    pub(crate) counts: u32,
    /// What its records begin with, if there is nothing out of the ordinary about them, nor about where its callees are made;
    /// else [`Frame::ODD`]. Set when it is pushed.
    pub(crate) head: u64,
}

/// A call whose ENTER comes next, and its `Self` type.
pub(crate) type Announced = (&'static Callsite, &'static str);

/// The call was made by one that is left out, and is not counted.
pub(crate) const NESTED: u32 = u32::MAX;

impl Frame {
    pub(crate) const NONE: Self = Self {
        context: Context::ROOT,
        parent: 0,
        start: 0,
        self_type: "",
        callsite: None,
        left_out: 0,
        counts: 0,
        head: Self::ODD,
    };

    /// In place of a head.
    pub(crate) const ODD: u64 = u64::MAX;

    /// What makes `context` the current one.
    #[inline]
    pub(crate) fn carried(context: Context) -> Self {
        Self { context, ..Self::NONE }
    }

    /// Says that it is not left out after all, but a call of `caller`, which has its ENTER.
    pub(crate) fn keep(&mut self, caller: Option<Context>) {
        // a future may be polled by what did not call it
        if let Some(caller) = caller.filter(|caller| caller.trace == self.context.trace && caller.span != 0) {
            self.parent = caller.span;
        }
        self.left_out = 0;
    }
}

pub(crate) struct Local {
    pub(super) counts: Counts,
    pub(super) frames: RefCell<Vec<Frame>>,
    pub(super) ids: Ids,
    label: OnceCell<Label>,
    draft: Cell<Option<Box<Draft>>>,
    enter: Cell<Option<Box<Draft>>>,
    announced: Cell<Option<Announced>>,
    pub(super) capturing: Cell<bool>,
}

impl Drop for Local {
    fn drop(&mut self) {
        self.tell_all_counts();
    }
}

thread_local! {
    static LOCAL: Local = const {
        Local {
            counts: Counts::new(),
            frames: RefCell::new(Vec::new()),
            ids: Ids::new(),
            label: OnceCell::new(),
            draft: Cell::new(None),
            enter: Cell::new(None),
            announced: Cell::new(None),
            capturing: Cell::new(false),
        }
    };
}

/// `None` once the thread is so far gone that its thread-locals are: such calls are not traced.
#[inline]
pub(crate) fn with<R>(f: impl FnOnce(&Local) -> R) -> Option<R> {
    LOCAL.try_with(f).ok()
}

impl Local {
    /// Says that the tracer is at work until the guard is dropped; `None` if it is already: calls that
    /// the `Debug` or `Serialize` of a value makes, or an allocator, are the tracer's doing, not the program's,
    /// and are not traced.
    #[inline]
    pub(crate) fn busy(&self) -> Option<Busy<'_>> {
        if self.capturing.replace(true) { None } else { Some(Busy(&self.capturing)) }
    }

    #[inline]
    pub(crate) fn current(&self) -> Context {
        self.try_current().unwrap_or(Context::ROOT)
    }

    /// `None` where the frames are being changed: a signal handler asks that has interrupted the tracer.
    #[inline]
    pub(crate) fn try_current(&self) -> Option<Context> {
        let frames = self.frames.try_borrow().ok()?;
        Some(frames.last().map_or(Context::ROOT, |frame| frame.context))
    }

    /// Makes `frame` the innermost one; how many frames there are with it, or 0 where they are in use, as in a signal
    /// handler that has interrupted the tracer.
    #[inline]
    pub(crate) fn push(&self, mut frame: Frame) -> usize {
        frame.counts = self.counts.height();
        frame.head = self.head(&frame);
        let Ok(mut frames) = self.frames.try_borrow_mut() else { return 0 };
        if frames.len() == frames.capacity() {
            self.without_tracing(|| grow(&mut frames));
        }
        frames.push(frame);
        frames.len()
    }

    /// Runs what allocates: an allocator may be traced.
    pub(crate) fn without_tracing<R>(&self, f: impl FnOnce() -> R) -> R {
        let before = self.capturing.replace(true);
        let result = f();
        self.capturing.set(before);
        result
    }

    /// Of what calls are left out here, and how many.
    #[inline]
    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Whether the innermost call is left out (as [`Frame::left_out`] has it), its parent, and where its counts begin.
    #[inline]
    pub(crate) fn caller(&self) -> (u32, u64, u32) {
        let frames = self.frames.try_borrow();
        let last = frames.as_ref().ok().and_then(|frames| frames.last());
        last.map_or((0, 0, 0), |frame| (frame.left_out, frame.parent, frame.counts))
    }

    /// Says that the outermost of the innermost calls that are left out is not any more, for it has failed or is told of elsewhere.
    /// Returns it as it is to be written; `None` if the innermost call is not left out.
    pub(crate) fn keep_next(&self) -> Option<Frame> {
        let mut frames = self.frames.try_borrow_mut().ok()?;
        let first = frames.iter().rposition(|frame| frame.left_out == 0).map_or(0, |at| at + 1);
        let caller = first.checked_sub(1).map(|at| frames[at].context);
        let frame = frames.get_mut(first)?;
        frame.keep(caller);
        Some(*frame)
    }

    /// This thread has a label from now on.
    pub(crate) fn get_label(&self) {
        self.without_tracing(|| _ = self.label());
    }

    /// Has `f` look at the innermost frame, and at nothing that may be the program's; `None` where there is none.
    #[inline(always)]
    pub(crate) fn innermost<R>(&self, f: impl FnOnce(&Frame) -> Option<R>) -> Option<R> {
        self.frames.borrow().last().and_then(f)
    }

    /// Says when the innermost call began.
    #[inline]
    pub(crate) fn start(&self, start: u64) {
        if let Some(frame) = self.frames.borrow_mut().last_mut() {
            frame.start = start;
        }
    }

    /// As [`Local::pop`]; a frame without a callsite where there is none. An `Option` of a frame is taken apart by the
    /// compiler in ways that a processor has to wait for.
    #[inline]
    pub(crate) fn take(&self, depth: usize) -> Frame {
        let mut frames = self.frames.borrow_mut();
        let Some(last) = depth.checked_sub(1) else { return Frame::NONE };
        let frame = frames.get(last).copied().unwrap_or(Frame::NONE);
        frames.truncate(last);
        frame
    }

    /// Takes off the frame that made the stack `depth` high, and whatever a stack that was left by
    /// other means than return or unwinding had put above it.
    #[inline]
    pub(crate) fn pop(&self, depth: usize) -> Option<Frame> {
        let mut frames = self.frames.borrow_mut();
        frames.truncate(depth);
        if frames.len() == depth { frames.pop() } else { None }
    }

    /// As [`Local::pop`], for a call that goes on elsewhere, with what it has left out so far.
    pub(crate) fn suspend(&self, depth: usize) -> Option<(Frame, Option<Suspended>)> {
        let frame = self.pop(depth)?;
        let counts = self.take_counts(frame.counts);
        Some((Frame { counts: u32::MAX, ..frame }, counts))
    }

    /// A new id.
    #[inline]
    pub(crate) fn new_span(&self) -> u64 {
        self.ids.span()
    }

    /// This thread's label.
    #[inline]
    pub(crate) fn label(&self) -> &Label {
        self.label.get_or_init(Label::new)
    }

    /// Says that the tracer is at work, and returns whether it was already.
    #[inline(always)]
    pub(crate) fn begin_capturing(&self) -> bool {
        self.capturing.replace(true)
    }

    /// Says that it is no longer.
    pub(crate) fn end_capturing(&self) {
        self.capturing.set(false);
    }

    /// Something to write a record with. The thread counts as capturing until [`Local::end_draft`].
    #[inline(always)]
    pub(crate) fn begin_draft(&self) -> Box<Draft> {
        let nested = self.begin_capturing();
        let mut draft = self.draft.take().unwrap_or_else(Draft::new);
        draft.nested = nested;
        draft
    }

    /// Takes back what a record was written with.
    #[inline(always)]
    pub(crate) fn end_draft(&self, nested: bool, draft: Box<Draft>) {
        self.capturing.set(nested);
        self.draft.set(Some(draft));
    }

    /// Keeps the record of an ENTER that is being written, from one argument to the next.
    #[inline]
    pub(crate) fn keep_enter(&self, draft: Box<Draft>) {
        self.enter.set(Some(draft));
    }

    /// Hands it out again.
    #[inline]
    pub(crate) fn take_enter(&self) -> Option<Box<Draft>> {
        self.enter.take()
    }
}

/// Makes room for more calls. An allocator may be traced.
#[cold]
#[inline(never)]
fn grow(frames: &mut Vec<Frame>) {
    frames.reserve(16);
}

/// The tracer is at work on this thread.
#[must_use]
pub(crate) struct Busy<'a>(&'a Cell<bool>);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

/// Has no call of this thread traced.
pub(crate) fn leave_untraced() {
    with(|local| local.capturing.set(true));
}

/// Runs `f` on a thread of the program and traces no calls meanwhile: `f` may hold what they need.
pub(crate) fn untraced<R>(f: impl FnOnce() -> R) -> R {
    let was_capturing = with(|local| local.capturing.replace(true));
    let result = f();
    if was_capturing == Some(false) {
        with(|local| local.capturing.set(false));
    }
    result
}

/// In the child of a fork: the calls that are open are the parent's to close, and its ids are no longer ours.
pub(crate) fn forked() {
    with(|local| {
        if let Ok(mut frames) = local.frames.try_borrow_mut() {
            frames.iter_mut().for_each(|frame| *frame = Frame::carried(frame.context));
        }
        local.forget_counts();
        local.ids.forget();
    });
}

/// Where the running code stands.
pub(crate) fn current() -> Context {
    with(Local::current).unwrap_or(Context::ROOT)
}

/// The same for who tells others, which become its children: it has its lines.
pub(crate) fn hand_on() -> Context {
    let known = with(|local| {
        let is_left_out = local.caller().0 != 0;
        let hooks = local.counts.hooks().filter(|_| is_left_out && !thinning::is_output_full());
        if let Some(hooks) = hooks {
            (hooks.write_open)(local);
        }
        let context = local.current();
        // there is no room for children
        Context { sampled: context.sampled && local.caller().0 == 0, ..context }
    });
    known.unwrap_or(Context::ROOT)
}

/// Makes `context` the current one until the guard is dropped.
pub(crate) fn enter(context: Context) -> Entered {
    enter_frame(Frame::carried(context))
}

/// Makes `frame` the innermost one until the guard is dropped.
pub(crate) fn enter_frame(frame: Frame) -> Entered {
    Entered { depth: with(|local| local.push(frame)).filter(|depth| *depth > 0) }
}

/// Takes its frame off the stack when dropped.
#[must_use]
pub struct Entered {
    depth: Option<usize>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        if let Some(depth) = self.depth {
            with(|local| {
                if let Some(frame) = local.pop(depth) {
                    local.tell_counts(frame.counts);
                }
            });
        }
    }
}
