//! The slow way to read a line: JSON with its keys in any order, blanks anywhere, keys of other programs among them.
use serde::Deserialize;
use serde_json::value::RawValue;

use super::canonical::{at, span_id};
use super::left_out::LeftOut;
use super::line::{Line, Lost};
use super::record::{Kind, Outcome, Path, Record, Text};

type Raw<'a> = Option<&'a RawValue>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Keys<'a> {
    #[serde(borrow)]
    timestamp: Raw<'a>,
    event: Raw<'a>,
    thread: Raw<'a>,
    module: Raw<'a>,
    function: Raw<'a>,
    args: Raw<'a>,
    result: Raw<'a>,
    exception: Raw<'a>,
    duration_micros: Raw<'a>,
    outcome: Raw<'a>,
    duration_nanos: Raw<'a>,
    busy_nanos: Raw<'a>,
    nanos: Raw<'a>,
    source: Raw<'a>,
    r#type: Raw<'a>,
    truncated: Raw<'a>,
    trace_id: Raw<'a>,
    span_id: Raw<'a>,
    parent_span_id: Raw<'a>,
    count: Raw<'a>,
    total_nanos: Raw<'a>,
    min_nanos: Raw<'a>,
    max_nanos: Raw<'a>,
    errors: Raw<'a>,
    reason: Raw<'a>,
}

/// What `line` is. A line is taken for one of ours if it is an object that says a time in numbers and one of our events.
pub(super) fn line(line: &[u8]) -> Line<'_> {
    let Ok(keys) = serde_json::from_slice::<Keys<'_>>(line) else {
        return if begins_like_ours(line) {
            Line::Broken("the line is cut short or no JSON")
        } else {
            Line::Foreign
        };
    };
    let (Some(millis), Some(event)) = (number(keys.timestamp), text(keys.event)) else {
        return Line::Foreign;
    };
    let kind = match event.raw() {
        b"ENTER" => Kind::Enter,
        b"EXIT" => Kind::Exit,
        b"EXCEPTION" => Kind::Exception,
        b"COUNT" => return left_out(millis, &keys).map_or_else(Line::Broken, Line::LeftOut),
        b"LOST" => return lost(millis, &keys).map_or_else(Line::Broken, Line::Lost),
        _ => return Line::Foreign,
    };
    call(millis, kind, &keys).map_or_else(Line::Broken, Line::Call)
}

fn begins_like_ours(line: &[u8]) -> bool {
    line.strip_prefix(b"{\"timestamp\":").is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_digit))
}

fn lost<'a>(millis: u64, keys: &Keys<'a>) -> Result<Lost<'a>, &'static str> {
    Ok(Lost {
        at: at(millis, number(keys.nanos).unwrap_or(0)).ok_or("`timestamp` is too large")?,
        count: number(keys.count).ok_or("`count` is missing or no integer")?,
        reason: text(keys.reason).ok_or("`reason` is missing or no string")?,
    })
}

fn left_out<'a>(millis: u64, keys: &Keys<'a>) -> Result<LeftOut<'a>, &'static str> {
    let count = number(keys.count).ok_or("`count` is missing or no integer")?;
    Ok(LeftOut {
        at: at(millis, number(keys.nanos).unwrap_or(0)).ok_or("`timestamp` is too large")?,
        thread: text(keys.thread).ok_or("`thread` is missing or no string")?,
        path: path(keys)?,
        trace: text(keys.trace_id),
        parent: parent(keys)?,
        count,
        total: number(keys.total_nanos).ok_or("`totalNanos` is missing or no integer")?,
        min: number(keys.min_nanos).ok_or("`minNanos` is missing or no integer")?,
        max: number(keys.max_nanos).ok_or("`maxNanos` is missing or no integer")?,
        errors: number(keys.errors).unwrap_or(0),
        reason: text(keys.reason).ok_or("`reason` is missing or no string")?,
    })
}

fn path<'a>(keys: &Keys<'a>) -> Result<Path<'a>, &'static str> {
    Ok(Path {
        module: text(keys.module).ok_or("`module` is missing or no string")?,
        self_type: text(keys.r#type),
        function: text(keys.function).ok_or("`function` is missing or no string")?,
    })
}

fn parent(keys: &Keys<'_>) -> Result<Option<u64>, &'static str> {
    match text(keys.parent_span_id) {
        None => Ok(None),
        Some(digits) => span_id(digits.raw()).map(Some).ok_or("`parentSpanId` is not 16 hex digits"),
    }
}

fn call<'a>(millis: u64, kind: Kind, keys: &Keys<'a>) -> Result<Record<'a>, &'static str> {
    let (value, duration) = match kind {
        Kind::Enter => (Some(text(keys.args).ok_or("`args` is missing or no string")?), 0),
        Kind::Exit => (text(keys.result), duration(keys)?),
        Kind::Exception => {
            (Some(text(keys.exception).ok_or("`exception` is missing or no string")?), duration(keys)?)
        }
    };
    let outcome = match text(keys.outcome) {
        None => kind.usual_end(),
        Some(word) => {
            Outcome::of(word.raw()).ok_or("`outcome` is none of `error`, `panic` and `cancelled`")?
        }
    };
    Ok(Record {
        at: at(millis, number(keys.nanos).unwrap_or(0)).ok_or("`timestamp` is too large")?,
        kind,
        thread: text(keys.thread).ok_or("`thread` is missing or no string")?,
        path: path(keys)?,
        source: text(keys.source).filter(|_| kind == Kind::Enter),
        value,
        truncated: keys.truncated.is_some_and(|truncated| truncated.get() == "true"),
        outcome,
        duration,
        busy: number(keys.busy_nanos),
        trace: text(keys.trace_id).ok_or("`traceId` is missing or no string")?,
        span: text(keys.span_id)
            .and_then(|digits| span_id(digits.raw()))
            .ok_or("`spanId` is missing or not 16 hex digits")?,
        parent: parent(keys)?,
    })
}

fn duration(keys: &Keys<'_>) -> Result<u64, &'static str> {
    let micros = || number(keys.duration_micros)?.checked_mul(1000);
    number(keys.duration_nanos).or_else(micros).ok_or("`durationNanos` is missing or no integer")
}

fn number(raw: Raw<'_>) -> Option<u64> {
    raw?.get().parse().ok()
}

fn text(raw: Raw<'_>) -> Option<Text<'_>> {
    let raw = raw?.get();
    raw.starts_with('"').then(|| Text::quoted(raw.as_bytes()))
}
