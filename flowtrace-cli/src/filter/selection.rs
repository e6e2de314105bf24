//! Which calls of a trace are asked for, while it is read: what an ENTER alone says is kept until the call ends, no longer.
use std::borrow::Cow;

use super::expr::{Expr, Facts};
use super::nearest::Nearest;
use crate::forest::NumberMap;
use crate::moment::Moment;
use crate::read::{Kind, LeftOut, Outcome, Path, Record, Text};
use crate::text;

/// A slice of time. Calls are in it that ran in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: Option<Moment>,
    pub(crate) to: Option<Moment>,
}

/// Says of each call whether it is asked for.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    expr: Option<Expr>,
    window: Window,
    /// The moments of the window, once the first line has said on which day it is.
    span: Option<(u64, u64)>,
    open: NumberMap<Pending>,
    nearest: Nearest,
    /// A call was asked for.
    any: bool,
}

/// What is known of an open call.
#[derive(Debug)]
struct Pending {
    begun: u64,
    /// What its ENTER has settled.
    verdict: Verdict,
    source: Option<Box<str>>,
    args: Option<Box<str>>,
    /// Where its end settles what is asked of it.
    names: Option<Box<Origin>>,
}

/// What calls are named by, and where they began.
#[derive(Debug)]
struct Origin {
    module: Box<str>,
    path: Box<str>,
    function: Box<str>,
    thread: Box<str>,
    trace: Box<str>,
}

/// What is asked of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// It is one of those asked for.
    pub(crate) matches: bool,
    /// It is, or it was called by one that is, where the filter does not ask how calls end.
    pub(crate) inside: bool,
}

impl Verdict {
    pub(crate) const ALL: Self = Self { matches: true, inside: true };
    const NOT: Self = Self { matches: false, inside: false };
}

impl Pending {
    /// A call of which the ENTER is missing.
    fn since(begun: u64) -> Self {
        Self { begun, verdict: Verdict::NOT, source: None, args: None, names: None }
    }
}

impl Selection {
    pub(crate) fn new(expr: Option<Expr>, window: Window) -> Self {
        let nearest = expr.as_ref().map(Nearest::new).unwrap_or_default();
        Self { expr, window, nearest, ..Self::default() }
    }

    /// Whether all calls are asked for.
    pub(crate) fn is_all(&self) -> bool {
        self.expr.is_none() && self.window == Window::default()
    }

    /// Whether calls can only be judged by their ends.
    pub(crate) fn waits_for_ends(&self) -> bool {
        self.window != Window::default() || self.expr.as_ref().is_some_and(Expr::asks_for_ends)
    }

    /// Takes a line of a call.
    pub(crate) fn take(&mut self, record: &Record<'_>) -> Verdict {
        if record.kind == Kind::Enter { self.begin(record) } else { self.end(record) }
    }

    /// Takes an ENTER. What can only be judged by its end is not inside yet.
    pub(crate) fn begin(&mut self, record: &Record<'_>) -> Verdict {
        if self.is_all() {
            return Verdict::ALL;
        }
        let args = self.wants_args().then(|| record.value.map(|args| args.decoded().into())).flatten();
        let source = record.source.map(|source| source.decoded().into());
        let mut open = Pending { source, args, ..Pending::since(record.at) };
        if self.waits_for_ends() {
            open.names = Some(Box::new(Origin::of(record)));
        } else {
            let matches = self.judge(&Decoded { value: None, ..Decoded::of(record) }, &open, record.at, None);
            open.verdict = Verdict { matches, inside: matches || self.is_inside(record.parent) };
        }
        let verdict = open.verdict;
        self.open.insert(record.span, open);
        verdict
    }

    /// Takes a closing line.
    pub(crate) fn end(&mut self, record: &Record<'_>) -> Verdict {
        if self.is_all() {
            return Verdict::ALL;
        }
        let open = self.open.remove(&record.span);
        if let Some(open) = open.as_ref().filter(|open| open.names.is_none()) {
            return open.verdict;
        }
        let open = open.unwrap_or_else(|| Pending::since(record.at.saturating_sub(record.duration)));
        let mut text = Decoded::of(record);
        if let Some(names) = &open.names {
            text.thread = Cow::Borrowed(&names.thread);
        }
        let matches = self.judge(&text, &open, record.at, Some((record.outcome, record.duration)));
        Verdict { matches, inside: matches }
    }

    /// Takes calls that have no lines: they are as slow as the slowest of them, and failed if one of them did.
    pub(crate) fn left_out(&mut self, calls: &LeftOut<'_>) -> Verdict {
        if self.is_all() {
            return Verdict::ALL;
        }
        let outcome = if calls.errors > 0 { Outcome::Error } else { Outcome::Returned };
        let trace = calls.trace.map(Text::decoded).unwrap_or_default();
        let text = Decoded { trace, ..Decoded::at(&calls.path, calls.thread.decoded()) };
        let matches = self.judge(&text, &Pending::since(calls.at), calls.at, Some((outcome, calls.max)));
        Verdict { matches, inside: matches || self.is_inside(calls.parent) }
    }

    /// Says of a call that turned out never to end whether it is asked for.
    pub(crate) fn never_ended(&mut self, span: u64) -> Verdict {
        if self.is_all() {
            return Verdict::ALL;
        }
        let Some(open) = self.open.remove(&span) else { return Verdict::NOT };
        let Some(names) = &open.names else { return open.verdict };
        let text = Decoded {
            module: Cow::Borrowed(&names.module),
            path: Cow::Borrowed(&names.path),
            function: Cow::Borrowed(&names.function),
            thread: Cow::Borrowed(&names.thread),
            trace: Cow::Borrowed(&names.trace),
            value: None,
        };
        let matches = self.judge(&text, &open, u64::MAX, None);
        Verdict { matches, inside: matches }
    }

    fn is_inside(&self, caller: Option<u64>) -> bool {
        caller.and_then(|caller| self.open.get(&caller)).is_some_and(|caller| caller.verdict.inside)
    }

    /// What is to be said where nothing was found.
    pub(crate) fn note(&self) -> Option<String> {
        if self.any || self.is_all() {
            return None;
        }
        Some(match &self.expr {
            Some(_) => self.nearest.note(),
            None => "no call ran in that time".to_owned(),
        })
    }

    fn wants_args(&self) -> bool {
        self.expr.as_ref().is_some_and(Expr::asks_for_args)
    }

    fn judge(&mut self, text: &Decoded<'_>, open: &Pending, at: u64, end: Option<(Outcome, u64)>) -> bool {
        let Window { from, to } = self.window;
        let day = open.begun;
        let (from, to) = *self.span.get_or_insert_with(|| {
            (from.map_or(0, |from| from.on_day_of(day)), to.map_or(u64::MAX, |to| to.on_day_of(day)))
        });
        if at < from || open.begun > to {
            return false;
        }
        let facts = Facts {
            module: &text.module,
            path: &text.path,
            function: &text.function,
            thread: &text.thread,
            source: open.source.as_deref(),
            trace: &text.trace,
            args: open.args.as_deref(),
            value: text.value.as_deref(),
            end,
        };
        let matches = self.expr.as_ref().is_none_or(|expr| expr.matches(&facts));
        self.any |= matches;
        if !self.any {
            self.nearest.take(&facts);
        }
        matches
    }
}

/// The texts of a line, decoded.
struct Decoded<'a> {
    module: Cow<'a, str>,
    path: Cow<'a, str>,
    function: Cow<'a, str>,
    thread: Cow<'a, str>,
    trace: Cow<'a, str>,
    value: Option<Cow<'a, str>>,
}

impl<'a> Decoded<'a> {
    fn of(record: &Record<'a>) -> Self {
        let value = record.value.map(Text::decoded);
        Self { trace: record.trace.decoded(), value, ..Self::at(&record.path, record.thread.decoded()) }
    }

    fn at(path: &Path<'a>, thread: Cow<'a, str>) -> Self {
        Self {
            module: path.module.decoded(),
            path: text::path(path).into(),
            function: path.function.decoded(),
            thread,
            trace: Cow::Borrowed(""),
            value: None,
        }
    }
}

impl Origin {
    fn of(record: &Record<'_>) -> Self {
        let Decoded { module, path, function, thread, trace, .. } = Decoded::of(record);
        let [module, path, function, thread, trace] =
            [module, path, function, thread, trace].map(|text| text.into_owned().into_boxed_str());
        Self { module, path, function, thread, trace }
    }
}
