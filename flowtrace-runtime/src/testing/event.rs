//! A line of the trace read back, for tests.

/// What a line tells of.
///
/// ```
/// use flowtrace_runtime::{testing, trace};
///
/// #[trace]
/// fn work() {}
///
/// let kinds: Vec<_> = testing::capture(work).iter().map(|event| event.kind).collect();
/// assert_eq!(kinds, [testing::Kind::Enter, testing::Kind::Exit]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A call began.
    Enter,
    /// A call returned, or its future was dropped.
    Exit,
    /// A call panicked.
    Exception,
}

/// A line of the trace, as [`testing::capture`](crate::testing::capture) returns it. The fields are the format's
/// keys; what a line has not is `None`.
///
/// ```
/// use flowtrace_runtime::{Event, testing, trace};
///
/// #[trace]
/// fn double(n: u8) -> u8 {
///     n * 2
/// }
///
/// let events: Vec<Event> = testing::capture(|| assert_eq!(double(2), 4));
/// let exit = &events[1];
/// assert_eq!((exit.function.as_str(), exit.result.as_deref()), ("double", Some("4")));
/// assert!(exit.line.starts_with("{\"timestamp\":"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "docs/FORMAT.md has them")]
pub struct Event {
    pub kind: Kind,
    pub timestamp: u64,
    pub thread: String,
    pub module: String,
    pub function: String,
    pub args: Option<String>,
    pub result: Option<String>,
    pub exception: Option<String>,
    pub duration_micros: Option<u64>,
    pub outcome: Option<String>,
    pub duration_nanos: Option<u64>,
    pub busy_nanos: Option<u64>,
    pub nanos: u64,
    pub source: Option<String>,
    pub self_type: Option<String>,
    pub truncated: bool,
    pub trace_id: String,
    pub span_id: String,
    pub parent_span_id: Option<String>,
    /// The line itself, without its LF.
    pub line: String,
}

impl Event {
    /// Reads a line that `render/` wrote: a flat object of strings, integers and `true`.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let mut fields = Vec::new();
        let mut rest = line.strip_prefix('{')?;
        while !rest.starts_with('}') {
            rest = rest.strip_prefix(',').unwrap_or(rest);
            let (key, after) = string(rest)?;
            let after = after.strip_prefix(':')?.trim_start();
            let (value, after) = if after.starts_with('"') {
                string(after)?
            } else {
                let end = after.find([',', '}'])?;
                (after[..end].to_owned(), &after[end..])
            };
            fields.push((key, value));
            rest = after;
        }
        let text = |key: &str| fields.iter().find(|(k, _)| k == key).map(|(_, value)| value.clone());
        let number = |key: &str| text(key)?.parse().ok();
        Some(Self {
            kind: match text("event")?.as_str() {
                "ENTER" => Kind::Enter,
                "EXIT" => Kind::Exit,
                "EXCEPTION" => Kind::Exception,
                _ => return None,
            },
            timestamp: number("timestamp")?,
            thread: text("thread")?,
            module: text("module")?,
            function: text("function")?,
            args: text("args"),
            result: text("result"),
            exception: text("exception"),
            duration_micros: number("durationMicros"),
            outcome: text("outcome"),
            duration_nanos: number("durationNanos"),
            busy_nanos: number("busyNanos"),
            nanos: number("nanos")?,
            source: text("source"),
            self_type: text("type"),
            truncated: text("truncated").is_some(),
            trace_id: text("traceId")?,
            span_id: text("spanId")?,
            parent_span_id: text("parentSpanId"),
            line: line.to_owned(),
        })
    }
}

/// The string at the front, unescaped, and what is behind it. The writer escapes no character beyond
/// the basic plane, so there are no surrogates.
fn string(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.strip_prefix('"')?.chars();
    loop {
        match chars.next()? {
            '"' => return Some((out, chars.as_str())),
            '\\' => out.push(match chars.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'u' => {
                    let code = chars.as_str().get(..4)?;
                    chars = chars.as_str()[4..].chars();
                    char::from_u32(u32::from_str_radix(code, 16).ok()?)?
                }
                other => other,
            }),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_lines_of_calls_are_read() {
        let page = include_str!("../../../docs/FORMAT.md");
        let lines = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let events: Vec<Event> = lines.lines().filter_map(Event::read).collect();
        assert!(events.iter().all(|event| event.source.is_some() == (event.kind == Kind::Enter)));
        assert_eq!(events[1].source.as_deref(), Some("src/sql.rs:91"));
    }
}
