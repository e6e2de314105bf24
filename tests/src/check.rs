//! Holds a trace against docs/FORMAT.md: each line by itself, then the calls they tell of.
use std::collections::HashMap;

use serde_json::{Map, Value};

const ALL: &[&str] = &["ENTER", "EXIT", "EXCEPTION", "COUNT", "LOST"];
const NAMED: &[&str] = &["ENTER", "EXIT", "EXCEPTION", "COUNT"];
const CALLS: &[&str] = &["ENTER", "EXIT", "EXCEPTION"];
const ENDS: &[&str] = &["EXIT", "EXCEPTION"];

/// The keys, in order, and on which events they stand.
const KEYS: [(&str, &[&str]); 26] = [
    ("timestamp", ALL),
    ("event", ALL),
    ("thread", NAMED),
    ("module", NAMED),
    ("function", NAMED),
    ("args", &["ENTER"]),
    ("result", &["EXIT"]),
    ("exception", &["EXCEPTION"]),
    ("durationMicros", ENDS),
    ("outcome", ENDS),
    ("durationNanos", ENDS),
    ("busyNanos", ENDS),
    ("nanos", ALL),
    ("source", &["ENTER"]),
    ("type", NAMED),
    ("truncated", CALLS),
    ("kept", &["ENTER"]),
    ("traceId", NAMED),
    ("spanId", CALLS),
    ("parentSpanId", NAMED),
    ("count", &["COUNT", "LOST"]),
    ("totalNanos", &["COUNT"]),
    ("minNanos", &["COUNT"]),
    ("maxNanos", &["COUNT"]),
    ("errors", &["COUNT"]),
    ("reason", &["COUNT", "LOST"]),
];

/// Keys that need not stand on every event they may stand on.
const OPTIONAL: [&str; 7] = ["result", "outcome", "busyNanos", "type", "truncated", "kept", "parentSpanId"];

/// A line, as a JSON object.
pub type Line = Map<String, Value>;

/// A trace that was found to obey the format.
#[derive(Debug)]
pub struct Trace {
    /// Its lines, in order.
    pub lines: Vec<Line>,
    /// The spans that began and did not end.
    pub open: Vec<String>,
}

/// Reads a trace that is over.
///
/// # Panics
/// With the line and the rule, where the format is not obeyed or a call is open.
pub fn complete(text: &str) -> Trace {
    let trace = partial(text);
    assert!(trace.open.is_empty(), "rule 1: calls without a closing line: {:?}\n{text}", trace.open);
    trace
}

/// Reads a trace of a program that still runs or died: calls may be open.
///
/// # Panics
/// With the line and the rule, where the format is not obeyed.
pub fn partial(text: &str) -> Trace {
    assert!(text.is_empty() || text.ends_with('\n'), "the last line is not ended: {:?}", text.lines().last());
    let lines: Vec<Line> = text.split_terminator('\n').map(line).collect();
    let open = calls(&lines);
    Trace { lines, open }
}

/// Reads one line and holds it against the format.
///
/// # Panics
/// With the line and what is wrong with it.
pub fn line(text: &str) -> Line {
    let line: Line = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text:?}"));
    let event = line["event"].as_str().expect("event");
    let mut order = KEYS.iter();
    for key in line.keys() {
        let found = order.find(|(known, _)| known == key);
        let (_, events) = found.unwrap_or_else(|| panic!("`{key}` is unknown or out of order: {text}"));
        assert!(events.contains(&event), "`{key}` does not belong on {event}: {text}");
    }
    for (key, events) in KEYS {
        let optional = OPTIONAL.contains(&key) || (key, event) == ("traceId", "COUNT");
        let missing = events.contains(&event) && !optional && !line.contains_key(key);
        assert!(!missing, "`{key}` is missing: {text}");
    }
    for (key, value) in &line {
        assert!(well_typed(key, value), "`{key}` is not of its type: {text}");
    }
    if let Some(args) = line.get("args") {
        let args: Value = serde_json::from_str(args.as_str().expect("args")).expect("args hold JSON");
        assert!(args.is_object(), "args hold no object: {text}");
    }
    if let Some(result) = line.get("result") {
        let _: Value = serde_json::from_str(result.as_str().expect("result"))
            .unwrap_or_else(|error| panic!("the result is no JSON, {error}: {text}"));
    }
    if let Some(nanos) = line.get("durationNanos") {
        assert_eq!(nanos.as_u64().map(|n| n / 1000), line["durationMicros"].as_u64(), "{text}");
        let busy = line.get("busyNanos").and_then(Value::as_u64);
        assert!(busy <= nanos.as_u64(), "busier than it lasted: {text}");
    }
    if event == "COUNT" {
        counts(&line);
    }
    line
}

/// Rule 7, of a line by itself.
fn counts(line: &Line) {
    assert_eq!(line.contains_key("traceId"), line.contains_key("parentSpanId"), "{line:?}");
    assert!(line["reason"] == "thinned" || line["reason"] == "output full", "{line:?}");
    let number = |key: &str| u128::from(line[key].as_u64().expect("an integer"));
    let (count, min, max) = (number("count"), number("minNanos"), number("maxNanos"));
    assert!(count > 0 && number("errors") <= count, "{line:?}");
    assert!((min * count..=max * count).contains(&number("totalNanos")), "{line:?}");
}

fn well_typed(key: &str, value: &Value) -> bool {
    let hex = |digits: usize| {
        let lower = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        value
            .as_str()
            .is_some_and(|s| s.len() == digits && s.chars().all(lower) && s.chars().any(|c| c != '0'))
    };
    match key {
        "timestamp" | "durationMicros" | "durationNanos" | "busyNanos" | "count" | "totalNanos"
        | "minNanos" | "maxNanos" | "errors" => value.is_u64(),
        "nanos" => value.as_u64().is_some_and(|nanos| nanos < 1_000_000),
        "truncated" => value == &Value::Bool(true),
        "kept" => ["open too long", "too large", "flushed"].iter().any(|kept| value == kept),
        "traceId" => hex(32),
        "spanId" | "parentSpanId" => hex(16),
        "source" => value.as_str().and_then(|text| text.rsplit_once(':')).is_some_and(|(path, line)| {
            !path.is_empty() && line.starts_with(|c| matches!(c, '1'..='9')) && line.parse::<u32>().is_ok()
        }),
        "outcome" => ["error", "panic", "cancelled"].iter().any(|outcome| value == outcome),
        _ => value.is_string(),
    }
}

/// Rules 1 and 2. Returns the spans that are open at the end.
fn calls(lines: &[Line]) -> Vec<String> {
    let mut entered: HashMap<&str, (&Line, bool)> = HashMap::new();
    let mut orphans = Vec::new();
    for line in lines.iter().filter(|line| line["event"] != "LOST") {
        if line["event"] == "COUNT" {
            let Some(parent) = line.get("parentSpanId").and_then(Value::as_str) else { continue };
            match entered.get(parent) {
                Some((parent, _)) => assert_eq!(parent["traceId"], line["traceId"], "{line:?}"),
                None => orphans.push((parent, line)),
            }
            continue;
        }
        let id = line["spanId"].as_str().expect("spanId");
        if line["event"] == "ENTER" {
            assert!(!entered.contains_key(id), "rule 1: two calls with one span id: {line:?}");
            let parent = line.get("parentSpanId").and_then(Value::as_str);
            if let Some((parent, _)) = parent.and_then(|parent| entered.get(parent)) {
                assert_eq!(parent["traceId"], line["traceId"], "a child in another trace: {line:?}");
            } else if let Some(parent) = parent {
                orphans.push((parent, line));
            }
            entered.insert(id, (line, false));
        } else {
            let (enter, closed) =
                entered.get_mut(id).unwrap_or_else(|| panic!("rule 2: no ENTER before {line:?}"));
            assert!(!std::mem::replace(closed, true), "rule 1: closed twice: {line:?}");
            unchanged(enter, line);
        }
    }
    for (parent, line) in orphans {
        // its caller may have its ENTER in another file, but not further down in this one
        assert!(!entered.contains_key(parent), "rule 2: the caller's ENTER does not stand before: {line:?}");
    }
    let open = entered.iter().filter(|(_, (_, closed))| !closed);
    open.map(|(id, _)| (*id).to_owned()).collect()
}

/// Rules 1 and 2 of a trace too large to keep: of each call only as long as it is open.
#[derive(Debug, Default)]
pub struct Calls {
    open: HashMap<String, Line>,
}

impl Calls {
    /// Takes the next line.
    ///
    /// # Panics
    /// With the line and the rule, where the format is not obeyed.
    pub fn take(&mut self, line: Line) {
        let id = line.get("spanId").and_then(Value::as_str).unwrap_or_default().to_owned();
        match line["event"].as_str() {
            Some("LOST" | "COUNT") => {}
            Some("ENTER") => {
                let before = self.open.insert(id, line);
                assert!(before.is_none(), "rule 1: two calls with one span id: {before:?}");
            }
            _ => {
                let enter = self.open.remove(&id);
                let enter = enter.unwrap_or_else(|| panic!("rule 1 or 2: no open call for {line:?}"));
                unchanged(&enter, &line);
            }
        }
    }

    /// How many calls are open.
    pub fn open(&self) -> usize {
        self.open.len()
    }
}

/// What a call's two lines have in common.
fn unchanged(enter: &Line, closing: &Line) {
    for key in ["module", "function", "traceId", "parentSpanId", "type", "spanId"] {
        assert_eq!(enter.get(key), closing.get(key), "`{key}` changed: {closing:?}");
    }
}

impl Trace {
    /// The ENTER lines of a function.
    pub fn enters<'a>(&'a self, function: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |line| line["event"] == "ENTER" && line["function"] == function)
    }

    /// The closing line of the call that `enter` began.
    ///
    /// # Panics
    /// If the call is open.
    pub fn closing(&self, enter: &Line) -> &Line {
        let closes = |line: &&Line| line.get("spanId") == enter.get("spanId") && line["event"] != "ENTER";
        self.lines.iter().find(closes).expect("the call is closed")
    }

    /// What the call that `enter` began called, in order.
    pub fn children<'a>(&'a self, enter: &'a Line) -> impl Iterator<Item = &'a Line> {
        self.lines
            .iter()
            .filter(|line| line["event"] == "ENTER" && line.get("parentSpanId") == enter.get("spanId"))
    }

    /// The call and all below it, as `Type.function` with two blanks a level.
    pub fn tree(&self, enter: &Line) -> String {
        let mut out = String::new();
        self.grow(enter, 0, &mut out);
        out
    }

    fn grow(&self, enter: &Line, depth: usize, out: &mut String) {
        let function = enter["function"].as_str().expect("function");
        let name = match enter.get("type").and_then(Value::as_str) {
            Some(of) => format!("{of}.{function}"),
            None => function.to_owned(),
        };
        out.extend(["  ".repeat(depth).as_str(), name.as_str(), "\n"]);
        self.children(enter).for_each(|child| self.grow(child, depth + 1, out));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden_lines() -> &'static str {
        let page = include_str!("../../docs/FORMAT.md");
        let lines = page.split("```json\n").nth(1).expect("golden lines");
        lines.split("```").next().expect("their end")
    }

    #[test]
    fn the_golden_lines_of_the_format_obey_it() {
        let trace = complete(golden_lines());
        assert_eq!(trace.lines.len(), golden_lines().lines().count());
        let mut calls = Calls::default();
        trace.lines.into_iter().for_each(|line| calls.take(line));
        assert_eq!(calls.open(), 0);
    }

    #[test]
    fn a_count_that_no_calls_can_have_does_not_obey_it() {
        let count = golden_lines().lines().find(|line| line.contains("COUNT")).expect("a COUNT");
        line(count);
        for (from, to) in [
            ("\"count\":40", "\"count\":10"),
            ("\"errors\":0", "\"errors\":41"),
            ("\"traceId\":\"4bf92f3577b34da6a3ce929d0e0e4736\",", ""),
            ("thinned", "hot"),
        ] {
            assert!(count.contains(from), "{from}");
            let changed = count.replace(from, to);
            std::panic::catch_unwind(|| line(&changed)).expect_err(&changed);
        }
    }
}
