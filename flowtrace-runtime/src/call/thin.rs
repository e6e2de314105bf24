//! Calls that are left out of the trace: which, what becomes of them if they fail, and what is told of the others.
//!
//! Below each caller a few calls of a hot function are written; further ones are left out with all that they call, and counted.
//! Such a call has a frame as any other, so that it, and all above it, can still be written if it fails.
use crate::call::callsite::Callsite;
use crate::call::draft::Draft;
use crate::call::span::Opened;
use crate::clock;
use crate::record::count::{OUTPUT_FULL, THINNED};
use crate::thread::context::Context;
use crate::thread::counts::{Count, Hooks};
use crate::thread::id::Trace;
use crate::thread::local::{Frame, Local, NESTED};
use crate::thread::state::{self, THINS};
use crate::thread::thinning;

/// How long counts of a caller that goes on wait for more, in nanoseconds.
const SECOND: u64 = 1_000_000_000;

const HOOKS: Hooks = Hooks { tell: Draft::left_out, write_open };

/// Leaves out a call that begins here and now, if calls of its function have been left out here before and nothing else is to be done:
/// how high the thread's stack of frames is with its own.
pub(crate) fn leave_out_again(
    local: &Local,
    callsite: &'static Callsite,
    self_type: &'static str,
) -> Option<usize> {
    if state::now() != THINS || !callsite.is_hot(thinning::hot_after()) {
        return None;
    }
    let (kept, now) = (thinning::kept(), clock::read().mono);
    let is_left_out = |count: &Count| {
        let is_next_second = count.parent == 0 && now.saturating_sub(count.since) >= SECOND;
        count.reason == THINNED && count.written >= kept && !is_next_second
    };
    local.push_left_out(callsite, self_type, now, is_left_out)
}

/// Decides whether a call that begins here and now is left out.
#[inline(never)]
pub(crate) fn open(
    local: &Local,
    callsite: &'static Callsite,
    self_type: &'static str,
    context: Context,
    parent: u64,
) -> Opened {
    // a test hears what it captures
    if context.listener != 0 {
        return Opened::On(context, parent);
    }
    let is_hot = callsite.warm(thinning::hot_after());
    let (left_out, written, from) = local.caller();
    if left_out != 0 {
        return Opened::LeftOut(context, written, NESTED, clock::read().mono);
    }
    let reason = match is_hot {
        _ if thinning::is_output_full() => OUTPUT_FULL,
        true => THINNED,
        false => return Opened::On(context, parent),
    };
    let now = clock::read().mono;
    let place = local.counts().find(callsite, self_type, parent, from);
    let place = place.or_else(|| add(local, &new(callsite, self_type, &context, parent, reason, now), from));
    match place.filter(|place| is_left_out(local, callsite, parent, *place, reason, now)) {
        Some(place) => Opened::LeftOut(context, parent, place + 1, now),
        None => Opened::On(context, parent),
    }
}

/// Whether a call of the function that is counted at `place` is left out: there were enough.
#[inline]
fn is_left_out(local: &Local, callsite: &Callsite, parent: u64, place: u32, reason: u64, now: u64) -> bool {
    let decide = |count: &mut Count| {
        let is_next_second = parent == 0 && now.saturating_sub(count.since) >= SECOND;
        if is_next_second || count.reason != reason {
            return None;
        }
        let is_left_out = reason == OUTPUT_FULL || count.written >= thinning::kept();
        count.written += u32::from(!is_left_out);
        Some(is_left_out)
    };
    match local.counts().with(place, callsite, parent, decide) {
        Some(Some(is_left_out)) => is_left_out,
        Some(None) => {
            begin_again(local, callsite, parent, place, reason, now);
            is_left_out(local, callsite, parent, place, reason, now)
        }
        None => false,
    }
}

/// Tells what was left out so far, since a second is over or there is another reason now.
#[cold]
fn begin_again(local: &Local, callsite: &Callsite, parent: u64, place: u32, reason: u64, now: u64) {
    let due = local.counts().with(place, callsite, parent, |count| {
        let due = count.take();
        if parent == 0 {
            (count.written, count.since) = (0, now);
        }
        count.reason = reason;
        due
    });
    if let Some(due) = due.flatten() {
        Draft::left_out(local, &due);
    }
}

fn new(
    callsite: &'static Callsite,
    self_type: &'static str,
    context: &Context,
    parent: u64,
    reason: u64,
    since: u64,
) -> Count {
    let trace = if parent == 0 { Trace::NONE } else { context.trace };
    let (written, calls, total, min, max) = (0, 0, 0, u64::MAX, 0);
    Count { callsite, self_type, parent, trace, reason, written, since, calls, total, min, max }
}

#[cold]
fn add(local: &Local, count: &Count, from: u32) -> Option<u32> {
    prepare(local);
    let (place, other) = local.without_tracing(|| local.counts().add(*count, from, thinning::kept()))?;
    if let Some(other) = other {
        Draft::left_out(local, &other);
    }
    Some(place)
}

/// Readies the thread for calls that are left out.
pub(crate) fn prepare(local: &Local) {
    if local.counts().hooks().is_none() {
        // at the end of the thread it is too late for one
        local.get_label();
        local.counts().hook(HOOKS);
    }
}

/// Sees to the end of a call that is left out, and has not failed.
pub(crate) fn leave_out(local: &Local, frame: &Frame) {
    if frame.left_out != NESTED {
        count(local, frame, clock::read().mono.saturating_sub(frame.start));
    }
}

/// Sees to the end of any other: what it has left out is told. Returns it as it is to be closed: it has an ENTER.
#[inline(never)]
pub(crate) fn end(local: &Local, frame: &Frame) -> Frame {
    let mut frame = *frame;
    if frame.left_out == 0 {
        local.tell_counts(frame.counts);
    } else {
        write_open(local);
        frame.keep(Some(local.current()));
        write_late(local, &frame);
    }
    frame
}

/// Counts a call that was left out.
#[inline]
fn count(local: &Local, frame: &Frame, nanos: u64) {
    let Some(callsite) = frame.callsite else { return };
    let (now, place) = (frame.start + nanos, frame.left_out - 1);
    let take = |count: &mut Count| {
        if count.calls == 0 && frame.parent != 0 {
            count.since = now;
        }
        count.calls += 1;
        count.total = count.total.saturating_add(nanos);
        count.min = count.min.min(nanos);
        count.max = count.max.max(nanos);
        now.saturating_sub(count.since) >= SECOND && frame.parent != 0
    };
    match local.counts().with(place, callsite, frame.parent, take) {
        Some(false) => {}
        Some(true) => tell(local, callsite, frame.parent, place),
        None => count_apart(local, frame, nanos),
    }
}

#[cold]
fn tell(local: &Local, callsite: &Callsite, parent: u64, place: u32) {
    if let Some(due) = local.counts().with(place, callsite, parent, Count::take).flatten() {
        Draft::left_out(local, &due);
    }
}

/// The caller is over, or goes on elsewhere.
#[cold]
fn count_apart(local: &Local, frame: &Frame, nanos: u64) {
    let Some(callsite) = frame.callsite else { return };
    let reason = if thinning::is_output_full() { OUTPUT_FULL } else { THINNED };
    let count = new(callsite, frame.self_type, &frame.context, frame.parent, reason, 0);
    Draft::left_out(local, &Count { calls: 1, total: nanos, min: nanos, max: nanos, ..count });
}

/// Writes the ENTER of each call that is open on this thread and left out, since one of them has failed, or is named elsewhere.
#[cold]
fn write_open(local: &Local) {
    while let Some(frame) = local.keep_next() {
        write_late(local, &frame);
    }
}

#[cold]
fn write_late(local: &Local, frame: &Frame) {
    let Some(callsite) = frame.callsite else { return };
    let now = clock::read();
    let begun = now.wall.saturating_sub(now.mono.saturating_sub(frame.start));
    Draft::enter_late(local, frame, callsite).finish_late(local, begun);
}
