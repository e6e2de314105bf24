//! A call as a piece of a row: its name, what it was given, what it came to.
use super::row::{Ink, Row};
use crate::read::{Lost, Outcome};
use crate::text;
use crate::value;

/// How a call ended.
pub(super) struct End {
    pub(super) duration: u64,
    pub(super) own: u64,
    pub(super) outcome: Outcome,
    /// The result or the panic's message.
    pub(super) value: Option<Box<str>>,
}

/// What is known of a call's arguments.
#[derive(Clone, Copy)]
pub(super) enum Args<'a> {
    Known(&'a str),
    /// Its ENTER is missing.
    Missing,
    /// They were shown when the call began.
    Told,
}

/// The sign before a call that did not return well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    /// It failed, and so did all that called it.
    Failed,
    /// It failed, and a caller went on.
    Handled,
    Cancelled,
    Open,
}

impl Mark {
    /// Of a call that ended so, or never did.
    pub(super) fn of(outcome: Option<Outcome>, handled: bool) -> Self {
        match outcome {
            None => Self::Open,
            Some(Outcome::Returned) => Self::None,
            Some(Outcome::Cancelled) => Self::Cancelled,
            Some(_) if handled => Self::Handled,
            Some(_) => Self::Failed,
        }
    }
}

/// In which colour it is told how a call ended.
pub(super) fn ink(outcome: Option<Outcome>, handled: bool) -> Ink {
    match Mark::of(outcome, handled) {
        Mark::None => Ink::Plain,
        Mark::Failed => Ink::Alarm,
        Mark::Handled | Mark::Cancelled | Mark::Open => Ink::Warning,
    }
}

/// Puts the name of a call on `row`. What is not `asked` for is there for the others' sake.
pub(super) fn put_name(row: &mut Row, path: &str, asked: bool, mark: Mark) {
    match mark {
        Mark::None => {}
        Mark::Failed => row.put(Ink::Alarm, "✗ "),
        Mark::Handled => row.put(Ink::Warning, "△ "),
        Mark::Cancelled => row.put(Ink::Warning, "⊘ "),
        Mark::Open => row.put(Ink::Warning, "◌ "),
    }
    row.put(if asked { Ink::Name } else { Ink::Faint }, text::short(path));
}

/// Puts a call on `row`, with its end if it has one.
pub(super) fn put(row: &mut Row, path: &str, asked: bool, mark: Mark, args: Args<'_>, end: Option<&End>) {
    put_name(row, path, asked, mark);
    match args {
        Args::Known(args) => row.put(Ink::Plain, format!("({})", text::harmless(&value::arguments(args)))),
        Args::Missing => row.put(Ink::Faint, "(…)"),
        Args::Told => {}
    }
    if let Some((end, said)) = end.and_then(|end| Some((end, said(end)?))) {
        row.put(ink(Some(end.outcome), mark == Mark::Handled), format!(" {}", text::harmless(&said)));
    }
}

/// What a call came to, if that is known.
pub(super) fn said(end: &End) -> Option<String> {
    let value = end.value.as_deref();
    match (end.outcome, value) {
        (Outcome::Panic, message) => Some(format!("panicked: {}", message.unwrap_or_default())),
        (Outcome::Cancelled, _) => Some("cancelled".to_owned()),
        (_, Some(json)) => Some(format!("→ {}", value::result(json))),
        (Outcome::Error, None) => Some("→ Err".to_owned()),
        (Outcome::Returned, None) => None,
    }
}

/// A row that says that lines are missing.
pub(super) fn lost(lost: &Lost<'_>) -> Row {
    let mut row = Row::default();
    let lines = if lost.count == 1 { "line" } else { "lines" };
    let reason = text::name(lost.reason);
    row.put(Ink::Alarm, format!("{} {lines} lost at {}: {reason}", lost.count, text::moment(lost.at)));
    row
}
