//! What is known of a traced function at compile time, and the filter's verdict on it.
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::global;
use crate::global::dictionary::{self, UNKEPT};
use crate::global::ended::ended;
use crate::record::dictionary::Function;

const UNDECIDED: u8 = 0;
const OFF: u8 = 1;
const ON: u8 = 2;
/// Off but for the threads on which a test captures its events.
const CAPTURED_ONLY: u8 = 3;
/// It was decided, and is to be decided again.
const STALE: u8 = 4;
/// On, and calls are rendered where they are made: there was no room for what records would name.
const ON_UNKEPT: u8 = 5;

/// In place of a number that is not given yet.
const UNNUMBERED: u32 = u32::MAX;

/// One for each traced function, in a static of its own.
pub struct Callsite {
    /// Where the function stands: `src/sql.rs:91`.
    pub(crate) source: &'static str,
    module: &'static str,
    function: &'static str,
    /// The names of its arguments, and the places of those marked `redact`.
    pub(crate) args: &'static [&'static str],
    redacted: &'static [usize],
    /// The places of those marked `show`.
    shown: &'static [usize],
    /// A bit for each of the first 64 whose value must not be shown.
    secret: AtomicU64,
    /// What records have in its place, once it is on.
    number: AtomicU32,
    /// How many calls there were, as long as that tells whether it is hot.
    calls: AtomicU32,
    verdict: AtomicU8,
}

impl Callsite {
    /// For generated code alone. `args` are the names of the arguments that are shown; `redacted` are the
    /// places of those marked `redact`; `source` is where the function stands, as `src/sql.rs:91`.
    #[must_use]
    pub const fn new(
        module: &'static str,
        function: &'static str,
        args: &'static [&'static str],
        redacted: &'static [usize],
        source: &'static str,
    ) -> Self {
        Self {
            source,
            module,
            function,
            args,
            redacted,
            shown: &[],
            secret: AtomicU64::new(0),
            number: AtomicU32::new(UNNUMBERED),
            calls: AtomicU32::new(0),
            verdict: AtomicU8::new(UNDECIDED),
        }
    }

    /// With the places of the arguments marked `show`, whose names hide nothing.
    #[must_use]
    pub const fn showing(mut self, shown: &'static [usize]) -> Self {
        self.shown = shown;
        self
    }

    /// All that a call pays that is off.
    #[inline]
    pub(crate) fn is_off(&self) -> bool {
        self.verdict.load(Ordering::Relaxed) == OFF
    }

    /// Whether a call is traced, on a thread on which a test captures its events or not.
    pub(crate) fn is_on(&'static self, captured: bool) -> bool {
        // with `Acquire`, whoever sees a verdict sees the secrets and the number that were settled before it
        let verdict = match self.verdict.load(Ordering::Acquire) {
            UNDECIDED | STALE if ended() && !captured => OFF,
            UNDECIDED | STALE => self.decide(),
            verdict => verdict,
        };
        match verdict {
            _ if ended() => captured,
            ON | ON_UNKEPT => true,
            CAPTURED_ONLY => captured,
            _ => false,
        }
    }

    /// Whether calls are traced on any thread, and the drainer can render them. If not, [`Callsite::is_on`] knows more.
    #[inline]
    pub(crate) fn is_on_as_usual(&self) -> bool {
        self.verdict.load(Ordering::Acquire) == ON
    }

    /// Whether the values of all arguments may be shown. If not, [`Callsite::is_secret`] knows more.
    #[inline]
    pub(crate) fn hides_none(&self) -> bool {
        self.args.len() <= 64 && self.secret.load(Ordering::Relaxed) == 0
    }

    /// Whether the argument's value must not be shown. From the 64th on this is looked up each time.
    pub(crate) fn is_secret(&self, arg: usize) -> bool {
        match 1_u64.checked_shl(u32::try_from(arg).unwrap_or(u32::MAX)) {
            Some(bit) => self.secret.load(Ordering::Relaxed) & bit != 0,
            None => self.looks_secret(arg),
        }
    }

    fn arg(&self, at: usize) -> &'static str {
        self.args.get(at).copied().unwrap_or_default()
    }

    /// What records have in its place; only once it is on.
    #[inline]
    pub(crate) fn number(&self) -> u32 {
        self.number.load(Ordering::Relaxed)
    }

    /// The same, if the dictionary has it.
    pub(crate) fn kept_number(&self) -> Option<u32> {
        Some(self.number()).filter(|number| number & UNKEPT == 0)
    }

    /// Whether there were so many calls.
    #[inline]
    pub(crate) fn is_hot(&self, hot_after: u32) -> bool {
        self.calls.load(Ordering::Relaxed) >= hot_after
    }

    /// Takes a call; whether there were so many before.
    #[inline]
    pub(crate) fn warm(&self, hot_after: u32) -> bool {
        self.is_hot(hot_after) || self.calls.fetch_add(1, Ordering::Relaxed) >= hot_after
    }

    /// Gives it a number; once.
    fn define(&self) {
        let function = Function { module: self.module, name: self.function, source: self.source };
        let args = (0..self.args.len()).map(|at| self.arg(at));
        self.number.store(dictionary::callsite_number(function, args), Ordering::Relaxed);
    }

    fn looks_secret(&self, arg: usize) -> bool {
        let by_name = || !self.shown.contains(&arg) && global::tracer().redact.is_secret(self.arg(arg));
        self.redacted.contains(&arg) || by_name()
    }

    #[cold]
    fn decide(&'static self) -> u8 {
        let tracer = global::tracer();
        let secret = (0..self.args.len().min(64)).filter(|arg| self.looks_secret(*arg));
        let secret = secret.fold(0, |bits, arg| bits | 1 << arg);
        self.secret.store(secret, Ordering::Relaxed);
        // under the lock, so that `capture_everywhere` misses no callsite
        let mut decided = DECIDED.lock().unwrap_or_else(PoisonError::into_inner);
        match self.verdict.load(Ordering::Relaxed) {
            UNDECIDED => decided.push(self),
            STALE => {}
            // another thread was faster
            verdict => return verdict,
        }
        let verdict = match tracer.traces(self.module, self.function) {
            true if !ended() => ON,
            _ if CAPTURING.load(Ordering::Relaxed) => CAPTURED_ONLY,
            _ => OFF,
        };
        if verdict != OFF && self.number() == UNNUMBERED {
            self.define();
        }
        let verdict = if verdict == ON && self.number() & UNKEPT != 0 { ON_UNKEPT } else { verdict };
        self.verdict.store(verdict, Ordering::Release);
        verdict
    }
}

/// The callsites of all functions that were called, for the day they are decided again.
static DECIDED: Mutex<Vec<&'static Callsite>> = Mutex::new(Vec::new());
/// Keeps them still, for a fork.
pub(crate) fn hold() -> impl Sized {
    DECIDED.lock().unwrap_or_else(PoisonError::into_inner)
}

static CAPTURING: AtomicBool = AtomicBool::new(false);

/// From now on even callsites that are off look whether their thread is one on which a test captures.
pub(crate) fn capture_everywhere() {
    decide_again(|| CAPTURING.store(true, Ordering::Relaxed));
}

/// Has each callsite decided again when it is called next, after a `change` of what decides. Calls that are open have been
/// told already.
pub(crate) fn decide_again(change: impl FnOnce()) {
    let decided = DECIDED.lock().unwrap_or_else(PoisonError::into_inner);
    change();
    for callsite in &*decided {
        callsite.verdict.store(STALE, Ordering::Release);
    }
}

/// The functions that were called, each with its module before it, and whether any of them was ever traced. `None` if
/// somebody keeps the callsites still who may wait for this thread: it ends the process.
pub(crate) fn called() -> Option<(Vec<(&'static str, &'static str)>, bool)> {
    let decided = DECIDED.try_lock().ok()?;
    let functions = decided.iter().map(|callsite| (callsite.module, callsite.function)).collect();
    Some((functions, decided.iter().any(|callsite| callsite.number() != UNNUMBERED)))
}

#[cfg(test)]
#[path = "callsite_tests.rs"]
mod tests;
