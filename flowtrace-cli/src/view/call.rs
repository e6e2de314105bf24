//! A call as a piece of a row: its name, what it was given, what it came to.
use super::row::{Ink, Row};
use crate::read::{Lost, Outcome};
use crate::text;

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

/// Puts a call on `row`, with its end if it has one. What is not `asked` for is there for the others' sake.
pub(super) fn put(row: &mut Row, path: &str, asked: bool, args: Args<'_>, end: Option<&End>) {
    match end.map(|end| end.outcome) {
        Some(Outcome::Error | Outcome::Panic) => row.put(Ink::Alarm, "✗ "),
        Some(Outcome::Cancelled) => row.put(Ink::Warning, "⊘ "),
        _ => {}
    }
    row.put(if asked { Ink::Name } else { Ink::Faint }, text::short(path));
    match args {
        Args::Known(args) => row.put(Ink::Plain, format!("({})", text::harmless(&text::arguments(args)))),
        Args::Missing => row.put(Ink::Faint, "(…)"),
        Args::Told => {}
    }
    if let Some(end) = end {
        put_end(row, end);
    }
}

fn put_end(row: &mut Row, end: &End) {
    let value = end.value.as_deref();
    match end.outcome {
        Outcome::Panic => {
            let message = text::harmless(value.unwrap_or_default());
            row.put(Ink::Alarm, format!(" panicked: {message}"));
        }
        Outcome::Cancelled => row.put(Ink::Warning, " cancelled"),
        outcome => {
            let ink = if outcome == Outcome::Error { Ink::Alarm } else { Ink::Plain };
            match value {
                Some(value) => row.put(ink, format!(" → {}", text::harmless(&text::result(value)))),
                None if outcome == Outcome::Error => row.put(ink, " → Err"),
                None => {}
            }
        }
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
