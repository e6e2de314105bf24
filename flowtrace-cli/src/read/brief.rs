//! What counting needs of a line: no values, and one name as a number.
use super::left_out::LeftOut;
use super::record::{Kind, Outcome, Path, Record, Text};
use crate::names::{self, Names, Parts};
use crate::text;

/// A line, in brief.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Brief {
    Call(BriefCall),
    LeftOut(BriefLeftOut),
}

/// A call begins or ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BriefCall {
    pub(crate) at: u64,
    /// How the call ended; `None` where it begins.
    pub(crate) end: Option<BriefEnd>,
    pub(crate) span: u64,
    pub(crate) parent: Option<u64>,
    /// The number of the name that calls are grouped by.
    pub(crate) key: u32,
}

/// A call has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BriefEnd {
    pub(crate) outcome: Outcome,
    pub(crate) duration: u64,
    /// Nanoseconds in which it held its thread: all of them, unless it is async.
    pub(crate) busy: u64,
}

/// Calls have no lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BriefLeftOut {
    pub(crate) parent: Option<u64>,
    pub(crate) key: u32,
    pub(crate) count: u64,
    pub(crate) total: u64,
    pub(crate) max: u64,
    pub(crate) errors: u64,
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
    fn parts<'a>(self, path: &Path<'a>, thread: Text<'a>) -> Parts<'a> {
        match self {
            Self::Function => names::parts(path),
            Self::Module => [path.module.raw(), b"", b""],
            Self::Type => [path.self_type.map_or(b"", |text| text.raw()), b"", b""],
            Self::Thread => [thread.raw(), b"", b""],
        }
    }

    fn spell(self, path: &Path<'_>, thread: Text<'_>) -> String {
        match self {
            Self::Function => text::harmless(&text::path(path)).into_owned(),
            Self::Module => text::name(path.module),
            Self::Type => path.self_type.map_or_else(|| "-".to_owned(), text::name),
            Self::Thread => text::name(thread),
        }
    }

    /// The name that the calls of `path` on `thread` go by in `names`.
    pub(crate) fn key(self, path: &Path<'_>, thread: Text<'_>, names: &mut Names) -> u32 {
        names.number(self.parts(path, thread), || self.spell(path, thread))
    }
}

impl Brief {
    pub(crate) fn of(record: &Record<'_>, key: u32) -> Self {
        let Record { outcome, duration, .. } = *record;
        let busy = record.busy.unwrap_or(duration);
        let end = (record.kind != Kind::Enter).then_some(BriefEnd { outcome, duration, busy });
        Self::Call(BriefCall { at: record.at, end, span: record.span, parent: record.parent, key })
    }

    pub(crate) fn of_left_out(left_out: &LeftOut<'_>, key: u32) -> Self {
        let LeftOut { parent, count, total, max, errors, .. } = *left_out;
        Self::LeftOut(BriefLeftOut { parent, key, count, total, max, errors })
    }
}
