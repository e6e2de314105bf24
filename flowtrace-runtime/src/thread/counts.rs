//! The functions below each open call of a thread of which calls may be left out, and how many were.
use std::cell::{Cell, RefCell};

use crate::call::callsite::Callsite;
use crate::thread::context::Context;
use crate::thread::id::Trace;
use crate::thread::local::{Frame, Local};

/// So many functions are counted apart below one caller.
const MOST: usize = 32;

/// A function, below one caller.
#[derive(Clone, Copy)]
pub(crate) struct Count {
    pub(crate) callsite: &'static Callsite,
    pub(crate) self_type: &'static str,
    /// The caller and its trace; 0 of a root.
    pub(crate) parent: u64,
    pub(crate) trace: Trace,
    pub(crate) reason: u64,
    /// How many calls were written since the function is hot; of roots, in this second.
    pub(crate) written: u32,
    /// When the first of those was left out that are counted; of a root, when that second began.
    pub(crate) since: u64,
    /// How many are counted that no line tells of yet, and how many nanoseconds they lasted.
    pub(crate) calls: u64,
    pub(crate) total: u64,
    pub(crate) min: u64,
    pub(crate) max: u64,
}

impl Count {
    fn is_of(&self, callsite: &Callsite, self_type: &str) -> bool {
        std::ptr::eq(self.callsite, callsite)
            && (std::ptr::eq(self.self_type, self_type) || self.self_type == self_type)
    }

    /// Takes what no line tells of yet; `None` if there is nothing.
    pub(crate) fn take(&mut self) -> Option<Self> {
        let taken = *self;
        (self.calls, self.total, self.min, self.max) = (0, 0, u64::MAX, 0);
        (taken.calls > 0).then_some(taken)
    }
}

/// Those of a call that is not on the stack of a thread: each future has room for it, and few have any.
pub(crate) type Suspended = Box<Vec<Count>>;

/// What `call/` does about them, for who is below it.
#[derive(Clone, Copy)]
pub(crate) struct Hooks {
    /// Writes that calls were left out.
    pub(crate) tell: fn(&Local, &Count),
    /// Writes the calls that are open and were left out.
    pub(crate) write_open: fn(&Local),
}

/// Those of a thread.
pub(crate) struct Counts {
    /// Of the open calls: those of an inner one are behind those of an outer one.
    below: RefCell<Vec<Count>>,
    /// How many there are, for who only looks whether there are more than before.
    height: Cell<u32>,
    roots: RefCell<Vec<Count>>,
    /// Which one goes next where there are too many.
    draw: Cell<u32>,
    hooks: Cell<Option<Hooks>>,
}

/// Set in the place of one of the roots.
const ROOT: u32 = 1 << 31;

impl Counts {
    pub(crate) const fn new() -> Self {
        Self {
            below: RefCell::new(Vec::new()),
            height: Cell::new(0),
            roots: RefCell::new(Vec::new()),
            draw: Cell::new(0),
            hooks: Cell::new(None),
        }
    }

    #[inline]
    pub(crate) fn height(&self) -> u32 {
        self.height.get()
    }

    pub(crate) fn hook(&self, hooks: Hooks) {
        self.hooks.set(Some(hooks));
    }

    pub(crate) fn hooks(&self) -> Option<Hooks> {
        self.hooks.get()
    }

    fn list(&self, place: u32) -> (&RefCell<Vec<Count>>, usize) {
        let list = if place & ROOT == 0 { &self.below } else { &self.roots };
        (list, (place & !ROOT) as usize)
    }

    /// Where the function is counted below a caller whose own are those from `from` on; of a root, anywhere.
    #[inline]
    pub(crate) fn find(&self, callsite: &Callsite, self_type: &str, parent: u64, from: u32) -> Option<u32> {
        let (list, flag, from) = if parent == 0 { (&self.roots, ROOT, 0) } else { (&self.below, 0, from) };
        let list = list.try_borrow().ok()?;
        let own = list.get(from as usize..)?;
        let at = own.iter().position(|count| count.is_of(callsite, self_type) && count.parent == parent)?;
        Some((u32::try_from(at).ok()? + from) | flag)
    }

    /// Adds one; where there are too many, in the place of another, which is returned: its function, if it comes again, has used up
    /// what is kept of it. `None` where the list is in use, as in a signal handler that has interrupted the tracer.
    pub(crate) fn add(&self, count: Count, from: u32, kept: u32) -> Option<(u32, Option<Count>)> {
        let (list, flag, from) =
            if count.parent == 0 { (&self.roots, ROOT, 0) } else { (&self.below, 0, from) };
        let mut list = list.try_borrow_mut().ok()?;
        let len = u32::try_from(list.len()).ok().filter(|len| *len < ROOT)?;
        let own = list.get_mut(from as usize..)?;
        if own.len() >= MOST {
            // any of them, and each time another: those that take turns must not all miss each time
            self.draw.set(self.draw.get().wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
            let at = (self.draw.get() >> 16) as usize % own.len();
            let other = own[at].take();
            own[at] = Count { written: kept, ..count };
            return Some(((u32::try_from(at).ok()? + from) | flag, other));
        }
        list.push(count);
        if flag == 0 {
            self.height.set(len + 1);
        }
        Some((len | flag, None))
    }

    /// Has `f` do something with the one at `place`, if it is still that of the function below that caller.
    #[inline]
    pub(crate) fn with<R>(
        &self,
        place: u32,
        callsite: &Callsite,
        parent: u64,
        f: impl FnOnce(&mut Count) -> R,
    ) -> Option<R> {
        let (list, at) = self.list(place);
        let mut list = list.try_borrow_mut().ok()?;
        let count = list.get_mut(at)?;
        let is_it = count.parent == parent && std::ptr::eq(callsite, count.callsite);
        is_it.then(|| f(count))
    }

    /// Takes those from `from` on off, for a call that ends here, or goes on on another thread.
    fn take_off(&self, from: u32, mut take: impl FnMut(Count)) {
        while self.height.get() > from {
            let last = match self.below.try_borrow_mut() {
                Ok(mut below) => below.pop(),
                Err(_) => return,
            };
            let Some(last) = last else { break };
            self.height.set(self.height.get() - 1);
            take(last);
        }
    }
}

impl Local {
    /// Pushes the frame of a call that begins `now` and is left out, if its function is counted below its caller and `is_left_out` by
    /// what is counted: how many frames there are with it.
    #[inline]
    pub(crate) fn push_left_out(
        &self,
        callsite: &'static Callsite,
        self_type: &'static str,
        now: u64,
        is_left_out: impl FnOnce(&Count) -> bool,
    ) -> Option<usize> {
        let mut frames = self.frames.try_borrow_mut().ok()?;
        if self.capturing.get() || frames.len() == frames.capacity() {
            return None;
        }
        let (caller, from) = match frames.last() {
            Some(caller) if caller.head == Frame::ODD => return None,
            Some(caller) => (caller.context, caller.counts),
            None => (Context::ROOT, 0),
        };
        let place = self.counts.find(callsite, self_type, caller.span, from)?;
        if !self.counts.with(place, callsite, caller.span, |count| is_left_out(count))? {
            return None;
        }
        let (trace, span) = match caller.span {
            0 => {
                let (low, span) = self.ids.two_spans();
                (Trace::own(low), span)
            }
            _ => (caller.trace, self.ids.span()),
        };
        let (context, parent) = (Context { trace, span, ..caller }, caller.span);
        let (callsite, left_out, counts) = (Some(callsite), place + 1, self.counts.height());
        let head = Frame::ODD;
        frames.push(Frame { context, parent, start: now, self_type, callsite, left_out, counts, head });
        Some(frames.len())
    }

    /// Writes what was left out below the call whose counts are those from `from` on: it ends.
    #[inline]
    pub(crate) fn tell_counts(&self, from: u32) {
        if self.counts.height() > from {
            self.tell_all(from);
        }
    }

    #[cold]
    fn tell_all(&self, from: u32) {
        self.counts.take_off(from, |mut count| self.tell(count.take()));
    }

    fn tell(&self, count: Option<Count>) {
        if let (Some(hooks), Some(count)) = (self.counts.hooks(), count) {
            (hooks.tell)(self, &count);
        }
    }

    /// Writes what was left out on this thread so far: it ends, or the process does.
    pub(crate) fn tell_all_counts(&self) {
        self.tell_all(0);
        loop {
            let Ok(mut roots) = self.counts.roots.try_borrow_mut() else { return };
            let Some(mut root) = roots.pop() else { return };
            drop(roots);
            self.tell(root.take());
        }
    }

    /// Writes what was left out below a call that ends, and was not on this thread's stack.
    pub(crate) fn tell_those(&self, counts: Vec<Count>) {
        for mut count in counts {
            self.tell(count.take());
        }
    }

    /// Takes the counts from `from` on off: the call goes on elsewhere.
    pub(crate) fn take_counts(&self, from: u32) -> Option<Suspended> {
        if self.counts.height() <= from {
            return None;
        }
        let mut counts = Box::new(Vec::new());
        self.counts.take_off(from, |count| counts.push(count));
        Some(counts)
    }

    /// Puts counts of the innermost call on.
    pub(crate) fn put_counts(&self, counts: Option<Suspended>) {
        let Some(counts) = counts else { return };
        for count in counts.into_iter().rev() {
            let from = self.counts.height();
            self.without_tracing(|| self.counts.add(count, from, 0));
        }
    }

    /// In the child of a fork: what was left out is the parent's to tell.
    pub(crate) fn forget_counts(&self) {
        self.counts.take_off(0, |_| ());
        if let Ok(mut roots) = self.counts.roots.try_borrow_mut() {
            roots.clear();
        }
    }
}
