//! What counting needs of a line: no values, and one name as a number.
use super::record::{Kind, Outcome, Record};
use crate::names::{self, Names, Parts};
use crate::text;

/// A line of a call, in brief.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Brief {
    pub(crate) at: u64,
    /// How the call ended, and after how long; `None` where it begins.
    pub(crate) end: Option<(Outcome, u64)>,
    pub(crate) span: u64,
    pub(crate) parent: Option<u64>,
    /// The number of the name that calls are grouped by.
    pub(crate) key: u32,
}

/// What calls are grouped by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum By {
    #[default]
    Function,
    Module,
    /// What the function is a method of
    Type,
    Thread,
}

impl By {
    fn parts<'a>(self, record: &Record<'a>) -> Parts<'a> {
        match self {
            Self::Function => names::function_parts(record),
            Self::Module => [record.module.raw(), b"", b""],
            Self::Type => [record.self_type.map_or(b"", |text| text.raw()), b"", b""],
            Self::Thread => [record.thread.raw(), b"", b""],
        }
    }

    fn spell(self, record: &Record<'_>) -> String {
        match self {
            Self::Function => text::harmless(&text::path(record)).into_owned(),
            Self::Module => text::name(record.module),
            Self::Type => record.self_type.map_or_else(|| "-".to_owned(), text::name),
            Self::Thread => text::name(record.thread),
        }
    }

    /// The name that the calls of `record` go by in `names`.
    pub(crate) fn key(self, record: &Record<'_>, names: &mut Names) -> u32 {
        names.number(self.parts(record), || self.spell(record))
    }
}

impl Brief {
    pub(crate) fn of(record: &Record<'_>, key: u32) -> Self {
        let end = (record.kind != Kind::Enter).then_some((record.outcome, record.duration));
        Self { at: record.at, end, span: record.span, parent: record.parent, key }
    }
}
