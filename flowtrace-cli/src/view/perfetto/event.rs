//! The timeline as Chrome's trace events in JSON. Times are microseconds from the begin of the first millisecond: as numbers since the epoch they would
//! lose their nanoseconds in a reader that takes them for floats.
use std::io::{self, Write};

use serde_json::Value;
use serde_json::value::RawValue;

use super::slice::{Detail, Details, Slice};
use crate::text;

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
    pub(super) fn slice(&mut self, slice: &Slice<'_>, duration: u64, details: &Details) -> io::Result<()> {
        let details = object(details);
        let (head, at) = (head("X", slice), self.micros(slice.at));
        self.event(&format!(r#"{head},"ts":{at},"dur":{},"args":{details}"#, micros(duration.into())))
    }

    /// A call begins on the track of a task.
    pub(super) fn task_begin(&mut self, slice: &Slice<'_>, track: u64, details: &Details) -> io::Result<()> {
        let details = object(details);
        let (head, at) = (head("b", slice), self.micros(slice.at));
        self.event(&format!(r#"{head},"id2":{{"local":"{track:#018x}"}},"ts":{at},"args":{details}"#))
    }

    /// And ends.
    pub(super) fn task_end(&mut self, slice: &Slice<'_>, at: u64, track: u64) -> io::Result<()> {
        let (head, at) = (head("e", slice), self.micros(at));
        self.event(&format!(r#"{head},"id2":{{"local":"{track:#018x}"}},"ts":{at}"#))
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

/// What is shown of a call when it is picked.
fn object(details: &Details) -> String {
    let members = details.0.iter().map(|(key, detail)| match detail {
        Detail::Name(text) | Detail::Text(text) => format!("\"{key}\":{}", Value::from(&**text)),
        Detail::Json(json) => match serde_json::from_str::<&RawValue>(json) {
            Ok(value) => format!("\"{key}\":{value}"),
            Err(_) => format!("\"{key}\":{}", Value::from(&**json)),
        },
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}
