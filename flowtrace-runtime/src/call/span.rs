//! A call from its ENTER to its closing line.
use std::any::{Any, type_name};
use std::panic::resume_unwind;

use crate::call::callsite::Callsite;
use crate::call::draft::{Draft, Ending};
use crate::call::known::Type;
use crate::call::piece::{Piece, Shown};
use crate::call::thin;
use crate::capture::Capture;
use crate::clock;
use crate::global;
use crate::record::{Event, flag};
use crate::thread::context::Context;
use crate::thread::counts::Suspended;
use crate::thread::id::Trace;
use crate::thread::local::{self, Frame, Local};
use crate::thread::thinning;

const UNKNOWN: &str = "(message not known: more than 64 traced calls were open)";
const NOT_CAUGHT: &str = "(message not known: a panic is not caught in this function)";

/// What becomes of a call that begins.
pub(crate) enum Opened {
    Off,
    /// Its root is not one of those kept; the root itself has yet to say so to its callees.
    Unsampled {
        context: Context,
        is_root: bool,
    },
    /// With its place in the trace and the caller's span id.
    On(Context, u64),
    /// It has no lines, unless it fails: the span id is that of the next caller which has. As [`Frame::left_out`] has it, and
    /// when it began.
    LeftOut(Context, u64, u32, u64),
}

/// Decides on a call that begins here and now. The thread is capturing: an allocator may be traced, and what follows
/// may allocate.
#[inline]
pub(crate) fn open(local: &Local, callsite: &'static Callsite, self_type: &'static str) -> Opened {
    let Some(parent) = local.try_current() else { return Opened::Off };
    if !callsite.is_on(parent.listener != 0) {
        return Opened::Off;
    }
    if !parent.sampled {
        return Opened::Unsampled { context: parent, is_root: false };
    }
    if parent.span != 0 {
        let context = Context { span: local.new_span(), ..parent };
        if thinning::is_possible() {
            return thin::open(local, callsite, self_type, context, parent.span);
        }
        return Opened::On(context, parent.span);
    }
    let low = local.new_span();
    if parent.listener == 0 && !global::tracer().samples(low) {
        let context = Context { trace: Trace::own(low), span: low, sampled: false, ..Context::ROOT };
        return Opened::Unsampled { context, is_root: true };
    }
    let context = Context { trace: Trace::own(low), span: local.new_span(), ..parent };
    if thinning::is_possible() {
        return thin::open(local, callsite, self_type, context, parent.span);
    }
    Opened::On(context, parent.span)
}

/// An open call of a function that is not async.
///
/// One word, of which each frame of the user's stack has several copies in a debug build: four times the height of
/// the thread's stack of frames with this call's own, and the flags below; 0 where the call has no frame.
#[derive(Clone, Copy)]
pub struct Span(usize);

impl Span {
    pub(crate) const OFF: Self = Self(0);

    /// Its ENTER is to be written.
    const BEGINS: usize = 1;
    /// Its end is to be seen to.
    const ENDS: usize = 2;

    fn new(depth: usize, flags: usize) -> Self {
        if depth == 0 { Self::OFF } else { Self(depth << 2 | flags) }
    }

    /// How many frames the thread has with this call's; 0 where it has none.
    pub(crate) fn depth(self) -> usize {
        self.0 >> 2
    }

    /// Whether its ENTER is to be written.
    #[inline]
    #[must_use]
    pub fn is_on(self) -> bool {
        self.0 & Self::BEGINS != 0
    }

    /// Whether its end is to be seen to: it has lines, or it is counted.
    #[inline]
    pub(crate) fn has_end(self) -> bool {
        self.0 & Self::ENDS != 0
    }

    /// Begins a call of a function without a `Self`.
    #[inline]
    #[must_use]
    pub fn begin(callsite: &'static Callsite) -> Self {
        if callsite.is_off() { Self::OFF } else { Self::open(callsite, "") }
    }

    /// The same of a method or associated function of `S`.
    #[inline]
    #[must_use]
    pub fn begin_in<S: ?Sized>(callsite: &'static Callsite) -> Self {
        if callsite.is_off() { Self::OFF } else { Self::open(callsite, type_name::<S>()) }
    }

    // what is rare or slow anyway must not cost a call that is off its registers
    #[cold]
    #[inline(never)]
    fn open(callsite: &'static Callsite, self_type: &'static str) -> Self {
        let opened = local::with(|local| {
            if !callsite.is_on_as_usual() {
                return Self::open_any(local, callsite, self_type);
            }
            match local.announce(callsite, self_type) {
                Some(depth) => Self::new(depth, Self::BEGINS | Self::ENDS),
                None => Self::open_thinned(local, callsite, self_type),
            }
        });
        opened.unwrap_or(Self::OFF)
    }

    #[inline(never)]
    fn open_thinned(local: &Local, callsite: &'static Callsite, self_type: &'static str) -> Self {
        match thin::leave_out_again(local, callsite, self_type) {
            Some(depth) => Self::new(depth, Self::ENDS),
            None => Self::open_any(local, callsite, self_type),
        }
    }

    #[inline(never)]
    fn open_any(local: &Local, callsite: &'static Callsite, self_type: &'static str) -> Self {
        let Some(_busy) = local.busy() else { return Self::OFF };
        match open(local, callsite, self_type) {
            Opened::Off | Opened::Unsampled { is_root: false, .. } => Self::OFF,
            Opened::Unsampled { context, is_root: true } => Self::new(local.push(Frame::carried(context)), 0),
            Opened::On(context, parent) => {
                let callsite = Some(callsite);
                let frame = Frame { context, parent, self_type, callsite, ..Frame::NONE };
                Self::new(local.push(frame), Self::BEGINS | Self::ENDS)
            }
            Opened::LeftOut(context, parent, left_out, start) => {
                let callsite = Some(callsite);
                let frame = Frame { context, parent, start, self_type, callsite, left_out, ..Frame::NONE };
                Self::new(local.push(frame), Self::ENDS)
            }
        }
    }

    /// Ends a call that returned `result`.
    #[inline]
    pub fn exit<T, K: Capture<T>>(self, result: &T, kind: K, show: bool) {
        self.end(&Shown::of(result, kind), error(kind.is_error(result)), show);
    }

    #[inline(never)]
    fn end(self, result: &dyn Piece, outcome: u32, show: bool) {
        let result = if show { Some(result) } else { None };
        local::with(|local| {
            if thinning::is_possible() {
                return write_exit(local, &local.take(self.depth()), outcome, None, result);
            }
            let at = clock::read();
            if !Draft::exit_usual(local, self.depth(), at, outcome, result) {
                write_exit(local, &local.take(self.depth()), outcome, None, result);
            }
        });
    }

    /// Takes the call off the thread: it goes on as a future. With what it has left out so far.
    pub(crate) fn leave(self) -> Option<(Frame, Option<Suspended>)> {
        if self.0 == 0 { None } else { local::with(|local| local.suspend(self.depth())).flatten() }
    }

    #[inline(never)]
    fn close(self) {
        local::with(|local| write_exit(local, &local.take(self.depth()), 0, None, None));
    }

    #[cold]
    fn close_panicked(self, message: &str) {
        local::with(|local| {
            if let Some(frame) = local.pop(self.depth()) {
                write_exception(local, &frame, message, None);
            }
        });
    }

    #[cold]
    pub(crate) fn panicked(self, payload: Box<dyn Any + Send>) -> ! {
        if self.0 != 0 {
            self.close_panicked(message(&*payload));
        }
        resume_unwind(payload)
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn unwound(self) {
        if self.has_end() { self.close_panicked(UNKNOWN) } else { self.take_off() }
    }

    /// Has `exit` end a call that has returned, if there are lines to write.
    #[inline]
    pub(crate) fn end_by<R>(self, exit: impl FnOnce(&mut R), result: &mut R) {
        if self.has_end() {
            exit(result);
        } else {
            self.forget();
        }
    }

    /// Takes an unsampled root's frame off again.
    #[inline]
    fn forget(self) {
        if self.0 != 0 && !self.has_end() {
            self.take_off();
        }
    }

    fn take_off(self) {
        local::with(|local| local.pop(self.depth()));
    }
}

/// The same as [`call`](super::catch::call) for a function through which other languages may unwind, by a C++ exception or `pthread_exit`: Rust aborts
/// when it catches one. The call then ends without a result.
#[inline]
pub fn call_through<R>(
    span: Span,
    _returned: Type<R>,
    body: impl FnOnce() -> R,
    exit: impl FnOnce(&mut R),
) -> R {
    let guard = Guard::new(span);
    let mut result = body();
    std::mem::forget(guard);
    span.end_by(exit, &mut result);
    result
}

/// The call of a function that must keep its body to itself, as one that is `#[track_caller]`: its end
/// is seen, its result is not.
pub struct Guard {
    span: Span,
    /// The call was made by a destructor during a panic, so that its end is not the panic's doing.
    was_panicking: bool,
}

impl Guard {
    /// Ends `span` when dropped.
    #[must_use]
    pub fn new(span: Span) -> Self {
        Self { span, was_panicking: span.has_end() && std::thread::panicking() }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.span.has_end() {
            self.span.forget();
        } else if std::thread::panicking() && !self.was_panicking {
            self.span.close_panicked(NOT_CAUGHT);
        } else {
            self.span.close();
        }
    }
}

/// The arguments of the call that has just begun on this thread. Its record waits in the thread's own
/// memory, so that no stack frame and no future is larger for it.
pub struct Args;

impl Args {
    /// Writes down the ENTER with all of them.
    pub fn show(args: &[&dyn Piece]) {
        local::with(|local| {
            if let Some(announced) = local.announced() {
                return Draft::enter_announced(local, announced, args);
            }
            let Some(mut draft) = Draft::enter(local) else { return };
            draft.all_arguments(args);
            draft.finish_enter(local);
        });
    }

    /// Begins the record of the ENTER, where not all of them are there at once.
    pub fn begin() {
        local::with(|local| {
            if let Some(announced) = local.announced() {
                local.push_announced(announced, |_| ());
                local.end_capturing();
            }
            if let Some(draft) = Draft::enter(local) {
                local.keep_enter(draft);
            }
        });
    }

    /// Shows an argument, by its place in the callsite's list of names.
    pub fn add(index: usize, arg: &dyn Piece) {
        local::with(|local| {
            let Some(mut draft) = local.take_enter() else { return };
            draft.argument(index, arg);
            local.keep_enter(draft);
        });
    }

    /// Hands it on.
    pub fn enter() {
        local::with(|local| {
            let Some(mut draft) = local.take_enter() else { return };
            draft.end_arguments();
            draft.finish_enter(local);
        });
    }
}

pub(crate) fn error(is_error: bool) -> u32 {
    if is_error { flag::ERROR } else { 0 }
}

/// Writes the result, if it is shown, and ends the record.
fn finish(mut draft: Box<Draft>, local: &Local, result: Option<&dyn Piece>) {
    match result {
        Some(result) => result.write(draft.slot()),
        None => draft.absent(),
    }
    draft.finish(local);
}

/// Writes down the end of a call that was not ended by a panic.
pub(crate) fn write_exit(
    local: &Local,
    frame: &Frame,
    outcome: u32,
    busy: Option<u64>,
    result: Option<&dyn Piece>,
) {
    let Some(callsite) = frame.callsite else { return };
    let failed = outcome & flag::ERROR != 0;
    if thinning::is_possible() && frame.left_out != 0 && !failed {
        return thin::leave_out(local, frame);
    }
    let at = clock::read();
    let kept;
    let frame = if thinning::is_possible() {
        kept = thin::end(local, frame);
        &kept
    } else {
        frame
    };
    let ending = Ending { event: Event::Exit, at, outcome, busy };
    finish(Draft::ending(local, frame, callsite, &ending), local, result);
}

/// Writes down the end of a call that a panic ended.
pub(crate) fn write_exception(local: &Local, frame: &Frame, message: &str, busy: Option<u64>) {
    let Some(callsite) = frame.callsite else { return };
    let at = clock::read();
    let frame = &thin::end(local, frame);
    let ending = Ending { event: Event::Exception, at, outcome: 0, busy };
    let mut draft = Draft::ending(local, frame, callsite, &ending);
    draft.slot().short_text(message);
    draft.finish(local);
}

/// What a panic said, as std's own hook prints it.
pub(crate) fn message(payload: &(dyn Any + Send)) -> &str {
    match (payload.downcast_ref::<&'static str>(), payload.downcast_ref::<String>()) {
        (Some(message), _) => message,
        (_, Some(message)) => message,
        _ => "Box<dyn Any>",
    }
}
