//! One line of a call, as fields that borrow from it.
use std::borrow::Cow;

/// A line of a call: its beginning or its end.
///
/// ```
/// use flowtrace_cli::read::{Kind, Line};
///
/// let line = br#"{"timestamp":1635789012345,"event":"ENTER","thread":"main","module":"shop","function":"buy","args":"{\"id\":1}","nanos":7,"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7"}"#;
/// let Line::Call(record) = Line::of(line) else { panic!("a call") };
/// assert_eq!(record.kind, Kind::Enter);
/// assert_eq!(record.at, 1_635_789_012_345_000_007);
/// assert_eq!(record.value.unwrap().decoded(), r#"{"id":1}"#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Nanoseconds since the Unix epoch.
    pub at: u64,
    /// Which line of the call it is.
    pub kind: Kind,
    /// Where it was written.
    pub thread: Text<'a>,
    /// Which function it is a call of.
    pub path: Path<'a>,
    /// Where the function stands, `src/sql.rs:91`; on an ENTER alone.
    pub source: Option<Text<'a>>,
    /// `args`, `result` or `exception`, whichever the line has.
    pub value: Option<Text<'a>>,
    /// Whether a value of the line was cut.
    pub truncated: bool,
    /// How the call ended; [`Outcome::Returned`] on an ENTER.
    pub outcome: Outcome,
    /// Nanoseconds from the ENTER; 0 on an ENTER.
    pub duration: u64,
    /// Nanoseconds spent inside of `poll`, of an async call that ended.
    pub busy: Option<u64>,
    /// All calls under one root share it.
    pub trace: Text<'a>,
    /// The call's own id, never 0.
    pub span: u64,
    /// The caller's.
    pub parent: Option<u64>,
}

/// Which function it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path<'a> {
    /// The module of the function.
    pub module: Text<'a>,
    /// The type that the function is a method of.
    pub self_type: Option<Text<'a>>,
    /// The function.
    pub function: Text<'a>,
}

/// Which line of a call a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The call begins.
    Enter,
    /// It ends.
    Exit,
    /// It ends by a panic.
    Exception,
}

impl Kind {
    /// How a call ended if its line does not say.
    pub(super) fn usual_end(self) -> Outcome {
        if self == Self::Exception { Outcome::Panic } else { Outcome::Returned }
    }
}

/// How a call ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It returned well.
    #[default]
    Returned,
    /// It returned an `Err`.
    Error,
    /// It panicked.
    Panic,
    /// Its future was dropped before it was ready.
    Cancelled,
}

impl Outcome {
    /// What the format's word stands for.
    pub(super) fn of(word: &[u8]) -> Option<Self> {
        match word {
            b"error" => Some(Self::Error),
            b"panic" => Some(Self::Panic),
            b"cancelled" => Some(Self::Cancelled),
            _ => None,
        }
    }

    /// The format's word for it, and one for a call that returned well.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Error => "error",
            Self::Panic => "panic",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the call failed: an error or a panic.
    pub(crate) fn failed(self) -> bool {
        matches!(self, Self::Error | Self::Panic)
    }
}

/// A JSON string as it stands in the line, still escaped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    quoted: &'a [u8],
}

impl<'a> Text<'a> {
    /// From the string with its quotes.
    pub(super) fn quoted(quoted: &'a [u8]) -> Self {
        debug_assert!(quoted.len() >= 2);
        Self { quoted }
    }

    /// The bytes between the quotes, escapes and all.
    pub fn raw(self) -> &'a [u8] {
        &self.quoted[1..self.quoted.len() - 1]
    }

    /// What the string says. Bytes that are no UTF-8 become replacement characters.
    pub fn decoded(self) -> Cow<'a, str> {
        if memchr::memchr(b'\\', self.quoted).is_none() {
            return String::from_utf8_lossy(self.raw());
        }
        match serde_json::from_slice(self.quoted) {
            Ok(text) => Cow::Owned(text),
            // a lone surrogate, say: shown as it stands
            Err(_) => String::from_utf8_lossy(self.raw()),
        }
    }
}

impl std::fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.quoted))
    }
}
