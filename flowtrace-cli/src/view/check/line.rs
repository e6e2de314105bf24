//! A line by itself.
use serde_json::Value;
use serde_json::value::RawValue;

use super::Breach;
use crate::text::{Pairs, harmless};

/// A line that can be read, if not without breaches.
pub(super) struct CheckedLine {
    pub(super) event: Event,
    members: Vec<(&'static str, Value)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    Enter,
    Exit,
    Exception,
    Count,
    Lost,
}

use Event::{Count, Enter, Exception, Exit, Lost};

const ALL: &[Event] = &[Enter, Exit, Exception, Count, Lost];
const NAMED: &[Event] = &[Enter, Exit, Exception, Count];
const CALLS: &[Event] = &[Enter, Exit, Exception];
const ENDS: &[Event] = &[Exit, Exception];
const NONE: &[Event] = &[];

/// The keys in order, on which events they stand, on which of those they must, and what their values are.
const KEYS: [(&str, &[Event], &[Event], Kind); 26] = [
    ("timestamp", ALL, ALL, Kind::Number),
    ("event", ALL, ALL, Kind::Text),
    ("thread", NAMED, NAMED, Kind::Text),
    ("module", NAMED, NAMED, Kind::Text),
    ("function", NAMED, NAMED, Kind::Text),
    ("args", &[Enter], &[Enter], Kind::JsonObject),
    ("result", &[Exit], NONE, Kind::Json),
    ("exception", &[Exception], &[Exception], Kind::Text),
    ("durationMicros", ENDS, ENDS, Kind::Number),
    ("outcome", ENDS, NONE, Kind::Outcome),
    ("durationNanos", ENDS, ENDS, Kind::Number),
    ("busyNanos", ENDS, NONE, Kind::Number),
    ("nanos", ALL, ALL, Kind::Nanos),
    ("source", &[Enter], NONE, Kind::Source),
    ("type", NAMED, NONE, Kind::Text),
    ("truncated", CALLS, NONE, Kind::True),
    ("kept", &[Enter], NONE, Kind::Kept),
    ("traceId", NAMED, CALLS, Kind::Hex(32)),
    ("spanId", CALLS, CALLS, Kind::Hex(16)),
    ("parentSpanId", NAMED, NONE, Kind::Hex(16)),
    ("count", &[Count, Lost], &[Count, Lost], Kind::Number),
    ("totalNanos", &[Count], &[Count], Kind::Number),
    ("minNanos", &[Count], &[Count], Kind::Number),
    ("maxNanos", &[Count], &[Count], Kind::Number),
    ("errors", &[Count], &[Count], Kind::Number),
    ("reason", &[Count, Lost], &[Count, Lost], Kind::Text),
];

#[derive(Clone, Copy)]
enum Kind {
    Number,
    Nanos,
    Text,
    Json,
    JsonObject,
    Source,
    Outcome,
    True,
    Kept,
    Hex(usize),
}

impl Kind {
    fn holds(self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Self::Number => value.is_u64(),
            Self::Nanos => value.as_u64().is_some_and(|nanos| nanos < 1_000_000),
            Self::Text => text.is_some(),
            Self::Json => text.is_some_and(|text| serde_json::from_str::<&RawValue>(text).is_ok()),
            Self::JsonObject => text.is_some_and(|text| serde_json::from_str::<Pairs<'_>>(text).is_ok()),
            Self::Source => text.and_then(|text| text.rsplit_once(':')).is_some_and(|(path, line)| {
                !path.is_empty()
                    && line.starts_with(|c| matches!(c, '1'..='9'))
                    && line.parse::<u32>().is_ok()
            }),
            Self::Outcome => text.is_some_and(|text| ["error", "panic", "cancelled"].contains(&text)),
            Self::True => *value == Value::Bool(true),
            Self::Kept => text.is_some_and(|text| ["open too long", "too large", "flushed"].contains(&text)),
            Self::Hex(digits) => text.is_some_and(|text| {
                let hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
                text.len() == digits && text.bytes().all(hex) && text.bytes().any(|c| c != b'0')
            }),
        }
    }

    fn expected(self) -> String {
        match self {
            Self::Number => "expected an integer".to_owned(),
            Self::Nanos => "expected an integer from 0 to 999999".to_owned(),
            Self::Text => "expected a string".to_owned(),
            Self::Json => "expected a string that holds JSON".to_owned(),
            Self::JsonObject => "expected a string that holds a JSON object".to_owned(),
            Self::Source => "expected a path, a colon and the number of a line".to_owned(),
            Self::Outcome => "expected `error`, `panic` or `cancelled`".to_owned(),
            Self::True => "expected true".to_owned(),
            Self::Kept => "expected `open too long`, `too large` or `flushed`".to_owned(),
            Self::Hex(digits) => format!("expected {digits} hex digits in lower case, not all 0"),
        }
    }
}

/// Checks `bytes`, a line without its LF. `None` if no more can be said of it.
pub(super) fn check(bytes: &[u8], found: &mut Vec<Breach>) -> Option<CheckedLine> {
    if bytes.is_empty() {
        found.push(Breach::new("line", "is blank"));
        return None;
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        found.push(Breach::new("line", "is not UTF-8"));
        return None;
    };
    if text.ends_with('\r') {
        found.push(Breach::new("line", "ends with CR and LF, expected LF alone"));
    }
    let unescaped = |c: &char| (c.is_control() && *c >= '\u{7f}') || matches!(c, '\u{2028}' | '\u{2029}');
    if let Some(c) = text.chars().find(unescaped) {
        let escaped = c.escape_unicode();
        found.push(Breach::new("rule 6", format!("has {escaped} as it is, expected it to be escaped")));
    }
    let Pairs(members) = match serde_json::from_str(text) {
        Ok(members) => members,
        Err(error) => {
            found.push(Breach::new("line", format!("is no JSON object, {error}")));
            return None;
        }
    };
    let line = read(&members, found)?;
    line.agrees(found);
    Some(line)
}

/// The keys and the types of their values.
fn read(members: &[(std::borrow::Cow<'_, str>, &RawValue)], found: &mut Vec<Breach>) -> Option<CheckedLine> {
    let value = |raw: &RawValue| serde_json::from_str::<Value>(raw.get()).unwrap_or_default();
    let event = members.iter().find(|(key, _)| key == "event").map(|(_, raw)| value(raw)).unwrap_or_default();
    let event = match event.as_str() {
        Some("ENTER") => Enter,
        Some("EXIT") => Exit,
        Some("EXCEPTION") => Exception,
        Some("COUNT") => Count,
        Some("LOST") => Lost,
        _ => {
            let what = "`event` is missing or unknown, expected ENTER, EXIT, EXCEPTION, COUNT or LOST";
            found.push(Breach::new("keys", what));
            return None;
        }
    };
    let mut line = CheckedLine { event, members: Vec::new() };
    let mut next = 0;
    for (key, raw) in members {
        let Some(at) = KEYS.iter().position(|(known, ..)| known == key) else {
            found.push(Breach::new("keys", format!("`{}` is unknown", harmless(key))));
            continue;
        };
        let (key, events, _, kind) = KEYS[at];
        if !events.contains(&event) {
            found.push(Breach::new("keys", format!("`{key}` does not belong on this event")));
        } else if line.members.iter().any(|(known, _)| *known == key) {
            found.push(Breach::new("keys", format!("`{key}` stands there twice")));
        } else if at < next {
            found.push(Breach::new(
                "keys",
                format!("`{key}` is out of order, expected before `{}`", KEYS[next - 1].0),
            ));
        }
        next = next.max(at + 1);
        let value = value(raw);
        if !kind.holds(&value) {
            let is = harmless(raw.get()).chars().take(60).collect::<String>();
            found.push(Breach::new("types", format!("`{key}` is {is}, {}", kind.expected())));
        }
        line.members.push((key, value));
    }
    for (key, _, required, _) in KEYS {
        if required.contains(&event) && line.get(key).is_none() {
            found.push(Breach::new("keys", format!("`{key}` is missing")));
        }
    }
    Some(line)
}

impl CheckedLine {
    fn get(&self, key: &str) -> Option<&Value> {
        self.members.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    pub(super) fn number(&self, key: &str) -> Option<u64> {
        self.get(key)?.as_u64()
    }

    /// Nanoseconds since the epoch.
    pub(super) fn at(&self) -> Option<u64> {
        self.number("timestamp")?.checked_mul(1_000_000)?.checked_add(self.number("nanos")?)
    }

    /// Whether calls that were left out can have been as they are counted.
    fn counts(&self, found: &mut Vec<Breach>) {
        if self.get("traceId").is_some() != self.get("parentSpanId").is_some() {
            found.push(Breach::new(
                "keys",
                "`traceId` and `parentSpanId` stand together on a COUNT, or neither does",
            ));
        }
        if self.text("reason").is_some_and(|reason| reason != "thinned" && reason != "output full") {
            found.push(Breach::new("types", "`reason` of a COUNT is neither `thinned` nor `output full`"));
        }
        let numbers = ["count", "totalNanos", "minNanos", "maxNanos", "errors"].map(|key| self.number(key));
        let [Some(count), Some(total), Some(min), Some(max), Some(errors)] = numbers else { return };
        let each = u128::from(count);
        let within = u128::from(min) * each..=u128::from(max) * each;
        if count == 0 || errors > count {
            found.push(Breach::new("rule 7", "`count` is 0, or less than `errors`"));
        }
        if min > max || !within.contains(&total.into()) {
            found.push(Breach::new(
                "rule 7",
                "`totalNanos` is no sum of `count` durations from `minNanos` to `maxNanos`",
            ));
        }
    }

    /// Whether the values of a line go together.
    fn agrees(&self, found: &mut Vec<Breach>) {
        if let Some(nanos) = self.number("durationNanos") {
            if self.number("durationMicros").is_some_and(|micros| micros != nanos / 1_000) {
                found.push(Breach::new("types", "`durationMicros` is not `durationNanos` in microseconds"));
            }
            if self.number("busyNanos") > Some(nanos) {
                found.push(Breach::new("types", "`busyNanos` is more than `durationNanos`"));
            }
        }
        if self.event == Count {
            self.counts(found);
        }
        let outcome = self.text("outcome");
        if (self.event == Exception) != (outcome == Some("panic")) {
            found.push(Breach::new("keys", "`outcome` is `panic` on an EXCEPTION and nowhere else"));
        }
        if outcome == Some("cancelled") && self.get("result").is_some() {
            found.push(Breach::new("keys", "`result` does not belong on a cancelled call"));
        }
        let cut = ["args", "result", "exception"]
            .iter()
            .any(|key| self.text(key).is_some_and(|text| text.contains('…')));
        if self.get("truncated").is_some() && !cut {
            found.push(Breach::new("rule 4", "`truncated` is true, but no value ends with `…`"));
        }
    }
}
