//! The log: messages with their context, one line each, on standard error.

mod queue;

use std::{
    fmt,
    io::{self, Write},
    time::Duration,
};

use flowtrace_runtime::trace;
use serde::{Serialize, Serializer};

use self::queue::Queue;
use crate::money::Money;

/// Takes log lines and never waits: a thread of its own writes them.
#[derive(Debug)]
pub(crate) struct LoggerService {
    queue: Queue,
}

#[trace]
impl LoggerService {
    /// A logger that writes to `out`.
    #[trace(off)]
    pub(crate) fn new(out: impl Write + Send + 'static) -> io::Result<Self> {
        Ok(Self { queue: Queue::start(out)? })
    }

    /// Something worth knowing.
    pub(crate) fn info(&self, message: &str, context: Fields<'_>) {
        self.write("INFO", message, context);
    }

    /// Something that was refused, or that needs a look.
    pub(crate) fn warning(&self, message: &str, context: Fields<'_>) {
        self.write("WARNING", message, context);
    }

    /// Something that went wrong.
    pub(crate) fn error(&self, message: &str, context: Fields<'_>) {
        self.write("ERROR", message, context);
    }

    #[trace(off)]
    fn write(&self, level: &str, message: &str, context: Fields<'_>) {
        self.line(&format!("[{level}] {message}{context}"));
    }

    /// Writes `text` as it is, with neither level nor trace.
    #[trace(off)]
    pub(crate) fn line(&self, text: &str) {
        self.queue.push(text);
    }

    /// Waits until everything logged so far is written, for at most `patience`.
    #[trace(off)]
    pub(crate) fn flush(&self, patience: Duration) {
        self.queue.flush(patience);
    }
}

/// The context of a message: names and values. The log shows each as ` name=value`, the trace shows a map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a>(pub(crate) &'a [(&'static str, Field<'a>)]);

impl Fields<'_> {
    /// No context.
    pub(crate) const NONE: Self = Self(&[]);
}

impl fmt::Display for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(name, field)| write!(f, " {name}={field}"))
    }
}

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, field)| (name, field)))
    }
}

/// One value of a context.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Field<'a> {
    Number(i64),
    Money(Money),
    Text(&'a str),
}

impl From<i64> for Field<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<Money> for Field<'_> {
    fn from(amount: Money) -> Self {
        Self::Money(amount)
    }
}

impl<'a> From<&'a str> for Field<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Money(amount) => amount.fmt(f),
            // Quoted, so that a line break in a text does not start a log line of its own.
            Self::Text(text) => write!(f, "{text:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn context_is_shown_as_pairs_and_as_a_map() {
        let total = Money::from_cents(199_998);
        let fields = [("product_id", 1.into()), ("total", total.into()), ("query", "a\n[INFO] b".into())];
        assert_eq!(Fields(&fields).to_string(), r#" product_id=1 total=1999.98 query="a\n[INFO] b""#);
        let json = serde_json::to_string(&Fields(&fields)).expect("JSON");
        assert_eq!(json, r#"{"product_id":1,"total":1999.98,"query":"a\n[INFO] b"}"#);
        assert_eq!(Fields::NONE.to_string(), "");
    }
}
