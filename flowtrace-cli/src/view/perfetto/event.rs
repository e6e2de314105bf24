//! The events as JSON. Times are microseconds from the begin of the first millisecond: as numbers since the epoch they would
//! lose their nanoseconds in a reader that takes them for floats.
use std::fmt;
use std::io::{self, Write};

use serde_json::Value;
use serde_json::value::RawValue;

use crate::read::{Kind, Outcome, Record};
use crate::text;

/// A call on a track.
pub(super) struct Slice<'a> {
    pub(super) name: &'a str,
    pub(super) at: u64,
    pub(super) input: usize,
    pub(super) thread: u32,
}

/// Writes events into the one array that the format has.
pub(super) struct Events<W: Write> {
    out: W,
    start: Option<u64>,
    any: bool,
}

impl<W: Write> Events<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, start: None, any: false }
    }

    /// Says when the first line was written.
    pub(super) fn start_at(&mut self, at: u64) {
        self.start.get_or_insert(at / 1_000_000 * 1_000_000);
    }

    pub(super) fn process(&mut self, input: usize, name: &str) -> io::Result<()> {
        let (name, pid) = (Value::from(name), input + 1);
        self.event(&format!(r#""ph":"M","name":"process_name","pid":{pid},"args":{{"name":{name}}}"#))
    }

    pub(super) fn thread(&mut self, input: usize, thread: u32, name: &str) -> io::Result<()> {
        let (name, pid, tid) = (Value::from(name), input + 1, thread + 1);
        self.event(&format!(
            r#""ph":"M","name":"thread_name","pid":{pid},"tid":{tid},"args":{{"name":{name}}}"#
        ))
    }

    /// A call from its begin to its end on its thread.
    pub(super) fn slice(&mut self, slice: &Slice<'_>, duration: u64, details: &str) -> io::Result<()> {
        let (head, at) = (head("X", slice), self.micros(slice.at));
        self.event(&format!(r#"{head},"ts":{at},"dur":{},"args":{details}"#, micros(duration.into())))
    }

    /// A call begins on the track of a task.
    pub(super) fn task_begin(&mut self, slice: &Slice<'_>, track: u64, details: &str) -> io::Result<()> {
        let (head, at) = (head("b", slice), self.micros(slice.at));
        self.event(&format!(r#"{head},"id":"{track:#018x}","ts":{at},"args":{details}"#))
    }

    /// And ends.
    pub(super) fn task_end(&mut self, slice: &Slice<'_>, at: u64, track: u64) -> io::Result<()> {
        let (head, at) = (head("e", slice), self.micros(at));
        self.event(&format!(r#"{head},"id":"{track:#018x}","ts":{at}"#))
    }

    /// Something happened that no call did, on a thread or in the process as a whole.
    pub(super) fn instant(
        &mut self,
        what: &str,
        at: u64,
        input: usize,
        thread: Option<u32>,
    ) -> io::Result<()> {
        let at = self.micros(at);
        let (what, pid) = (Value::from(what), input + 1);
        let (scope, tid) = thread.map_or(("p", 0), |thread| ("t", thread + 1));
        self.event(&format!(r#""ph":"i","s":"{scope}","name":{what},"pid":{pid},"tid":{tid},"ts":{at}"#))
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.write_all(if self.any { b"\n]" } else { b"{\"traceEvents\":[]" })?;
        let start = text::moment(self.start.unwrap_or_default());
        writeln!(self.out, ",\"displayTimeUnit\":\"ns\",\"otherData\":{{\"start\":\"{start}\"}}}}")?;
        self.out.flush()
    }

    fn event(&mut self, members: &str) -> io::Result<()> {
        let before = if self.any { ",\n" } else { "{\"traceEvents\":[\n" };
        self.any = true;
        write!(self.out, "{before}{{{members}}}")
    }

    fn micros(&self, at: u64) -> String {
        micros(i128::from(at) - i128::from(self.start.unwrap_or_default()))
    }
}

fn head(phase: &str, slice: &Slice<'_>) -> String {
    let (name, pid, tid) = (Value::from(slice.name), slice.input + 1, slice.thread + 1);
    format!(r#""ph":"{phase}","cat":"call","name":{name},"pid":{pid},"tid":{tid}"#)
}

/// Nanoseconds as microseconds, exactly.
fn micros(nanos: i128) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    format!("{sign}{}.{:03}", nanos / 1_000, nanos % 1_000)
}

/// What is shown of a slice when it is picked.
pub(super) struct Details {
    json: String,
}

impl Details {
    pub(super) fn new(path: &str) -> Self {
        Self { json: format!("{{\"function\":{}", Value::from(path)) }
    }

    pub(super) fn text(&mut self, key: &str, text: &str) {
        self.put(key, &Value::from(text));
    }

    /// A value that should be JSON; shown as text where it is not.
    pub(super) fn json(&mut self, key: &str, json: &str) {
        match serde_json::from_str::<&RawValue>(json) {
            Ok(value) => self.put(key, &value.get()),
            Err(_) => self.text(key, json),
        }
    }

    fn put(&mut self, key: &str, value: &dyn fmt::Display) {
        self.json.extend([",\"", key, "\":", &value.to_string()]);
    }

    /// How the call ended.
    pub(super) fn end(&mut self, end: &Record<'_>) {
        if let Some(value) = end.value {
            match end.kind {
                Kind::Exception => self.text("exception", &value.decoded()),
                _ => self.json("result", &value.decoded()),
            }
        }
        match end.outcome {
            Outcome::Returned => {}
            Outcome::Error => self.text("outcome", "error"),
            Outcome::Panic => self.text("outcome", "panic"),
            Outcome::Cancelled => self.text("outcome", "cancelled"),
        }
        if let Some(busy) = end.busy {
            self.text("busy", &text::duration(busy));
        }
    }

    pub(super) fn finish(self) -> String {
        self.json + "}"
    }
}
