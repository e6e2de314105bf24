//! The fast way to read a line: its keys stand in the format's order, so each is looked for where it must be.
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::left_out::LeftOut;
use super::record::{Kind, Outcome, Path, Record, Text};

/// What ends a long value: inside of a JSON string a quote has a backslash before it, so that this stands there only
/// after an escaped quote, which is looked at.
static VALUE_END: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\",\""));

/// Reads `line` if it is a call's and its keys stand in order without blanks; else it is for
/// [`general`](super::general) to say what it is.
pub(super) fn record(line: &[u8]) -> Option<Record<'_>> {
    let mut line = Scan { rest: line };
    line.skip(b"{\"timestamp\":")?;
    let millis = line.number()?;
    line.skip(b",\"event\":\"E")?;
    let kind = if line.has(b"NTER") {
        Kind::Enter
    } else if line.has(b"XIT") {
        Kind::Exit
    } else {
        line.skip(b"XCEPTION")?;
        Kind::Exception
    };
    line.skip(b"\",\"thread\":")?;
    let thread = line.name()?;
    line.skip(b",\"module\":")?;
    let module = line.name()?;
    line.skip(b",\"function\":")?;
    let function = line.name()?;
    let value = match kind {
        Kind::Enter => Some(line.skip(b",\"args\":").and_then(|()| line.value())?),
        Kind::Exit if line.has(b",\"result\":") => Some(line.value()?),
        Kind::Exit => None,
        Kind::Exception => Some(line.skip(b",\"exception\":").and_then(|()| line.value())?),
    };
    let (mut outcome, mut duration, mut busy) = (kind.usual_end(), 0, None);
    if kind != Kind::Enter {
        line.skip(b",\"durationMicros\":")?;
        line.number()?;
        if line.has(b",\"outcome\":") {
            outcome = Outcome::of(line.name()?.raw())?;
        }
        line.skip(b",\"durationNanos\":")?;
        duration = line.number()?;
        if line.has(b",\"busyNanos\":") {
            busy = Some(line.number()?);
        }
    }
    line.skip(b",\"nanos\":")?;
    let nanos = line.number()?;
    let source = if kind == Kind::Enter && line.has(b",\"source\":") { Some(line.name()?) } else { None };
    let self_type = if line.has(b",\"type\":") { Some(line.name()?) } else { None };
    let truncated = line.has(b",\"truncated\":true");
    if kind == Kind::Enter && line.has(b",\"kept\":") {
        line.name()?;
    }
    line.skip(b",\"traceId\":")?;
    let trace = line.name()?;
    line.skip(b",\"spanId\":\"")?;
    let span = line.span()?;
    let parent = if line.has(b"\",\"parentSpanId\":\"") { Some(line.span()?) } else { None };
    if line.rest != b"\"}" {
        return None;
    }
    let at = at(millis, nanos)?;
    Some(Record {
        at,
        kind,
        thread,
        path: Path { module, self_type, function },
        source,
        value,
        truncated,
        outcome,
        duration,
        busy,
        trace,
        span,
        parent,
    })
}

/// Reads `line` if it tells of calls that were left out, and its keys stand in order without blanks.
pub(super) fn left_out(line: &[u8]) -> Option<LeftOut<'_>> {
    let mut line = Scan { rest: line };
    line.skip(b"{\"timestamp\":")?;
    let millis = line.number()?;
    line.skip(b",\"event\":\"COUNT\",\"thread\":")?;
    let thread = line.name()?;
    line.skip(b",\"module\":")?;
    let module = line.name()?;
    line.skip(b",\"function\":")?;
    let function = line.name()?;
    line.skip(b",\"nanos\":")?;
    let nanos = line.number()?;
    let self_type = if line.has(b",\"type\":") { Some(line.name()?) } else { None };
    let trace = if line.has(b",\"traceId\":") { Some(line.name()?) } else { None };
    let mut parent = None;
    if line.has(b",\"parentSpanId\":\"") {
        parent = Some(line.span()?);
        line.skip(b"\"")?;
    }
    line.skip(b",\"count\":")?;
    let count = line.number()?;
    line.skip(b",\"totalNanos\":")?;
    let total = line.number()?;
    line.skip(b",\"minNanos\":")?;
    let min = line.number()?;
    line.skip(b",\"maxNanos\":")?;
    let max = line.number()?;
    line.skip(b",\"errors\":")?;
    let errors = line.number()?;
    line.skip(b",\"reason\":")?;
    let reason = line.name()?;
    if line.rest != b"}" {
        return None;
    }
    let path = Path { module, self_type, function };
    Some(LeftOut {
        at: at(millis, nanos)?,
        thread,
        path,
        trace,
        parent,
        count,
        total,
        min,
        max,
        errors,
        reason,
    })
}

/// Nanoseconds since the epoch of what a line says in two keys.
pub(super) fn at(millis: u64, nanos: u64) -> Option<u64> {
    millis.checked_mul(1_000_000)?.checked_add(nanos)
}

/// The number that 16 hex digits write; 0 is no id.
pub(super) fn span_id(digits: &[u8]) -> Option<u64> {
    let digits: &[u8; 16] = digits.try_into().ok()?;
    let (mut id, mut wrong) = (0u64, 0u8);
    for digit in digits {
        let value = HEX[usize::from(*digit)];
        id = id << 4 | u64::from(value & 0xf);
        wrong |= value;
    }
    (wrong < 16 && id != 0).then_some(id)
}

/// What a lower-case hex digit is worth; 16 for every other byte.
static HEX: [u8; 256] = {
    let mut table = [16; 256];
    let mut value = 0;
    while value < 16 {
        table[b"0123456789abcdef"[value as usize] as usize] = value;
        value += 1;
    }
    table
};

/// What is left of a line.
struct Scan<'a> {
    rest: &'a [u8],
}

impl<'a> Scan<'a> {
    fn has(&mut self, literal: &[u8]) -> bool {
        match self.rest.strip_prefix(literal) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn skip(&mut self, literal: &[u8]) -> Option<()> {
        self.has(literal).then_some(())
    }

    /// A number of at most 19 digits, which fits in any case.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0u64;
        let mut digits = 0;
        while let Some(digit) = self.rest.get(digits).filter(|byte| byte.is_ascii_digit()) {
            if digits == 19 {
                return None;
            }
            number = number * 10 + u64::from(digit - b'0');
            digits += 1;
        }
        if digits == 0 || (self.rest[0] == b'0' && digits > 1) {
            return None;
        }
        self.rest = &self.rest[digits..];
        Some(number)
    }

    /// A short string.
    fn name(&mut self) -> Option<Text<'a>> {
        let inside = self.rest.strip_prefix(b"\"")?;
        let mut end = memchr::memchr2(b'"', b'\\', inside)?;
        while inside[end] == b'\\' {
            end += 2;
            end += memchr::memchr2(b'"', b'\\', inside.get(end..)?)?;
        }
        Some(self.take(end + 2))
    }

    /// A string of any length, with another key after it.
    fn value(&mut self) -> Option<Text<'a>> {
        let inside = self.rest.strip_prefix(b"\"")?;
        let mut from = 0;
        loop {
            let end = from + VALUE_END.find(&inside[from..])?;
            let backslashes = inside[..end].iter().rev().take_while(|byte| **byte == b'\\').count();
            if backslashes % 2 == 0 {
                return Some(self.take(end + 2));
            }
            from = end + 1;
        }
    }

    fn take(&mut self, length: usize) -> Text<'a> {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        Text::quoted(taken)
    }

    fn span(&mut self) -> Option<u64> {
        let (digits, rest) = self.rest.split_at_checked(16)?;
        self.rest = rest;
        span_id(digits)
    }
}
