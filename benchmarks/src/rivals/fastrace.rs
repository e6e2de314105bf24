//! `#[fastrace::trace]` with the arguments as properties; it does not take results. A reporter writes each span as a line
//! of JSON.
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};

use fastrace::Span;
use fastrace::collector::{Config, Reporter, SpanContext, SpanRecord};
use serde::Serialize;

use super::{Running, Setup};

crate::subjects::subjects!(
    (id, key, order)
    get [#[fastrace::trace(short_name = true, properties = { "id": "{id}", "key": "{key}" })]]
    store [#[fastrace::trace(short_name = true, properties = { "order": "{order:?}" })]]
    step [#[fastrace::trace(short_name = true, properties = { "id": "{id}" })]]
    fetch [#[fastrace::trace(short_name = true, properties = { "id": "{id}", "key": "{key}" })]]
);

const ROOT: &str = "root";

struct Lines(BufWriter<File>);

/// A span as a line has it.
#[derive(Serialize)]
struct Line<'a> {
    trace_id: String,
    span_id: String,
    parent_id: String,
    begin_time_unix_ns: u64,
    duration_ns: u64,
    name: &'a str,
    properties: BTreeMap<&'a str, &'a str>,
}

impl Reporter for Lines {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        for span in spans.iter().filter(|span| span.name != ROOT) {
            let line = Line {
                trace_id: span.trace_id.to_string(),
                span_id: span.span_id.to_string(),
                parent_id: span.parent_id.to_string(),
                begin_time_unix_ns: span.begin_time_unix_ns,
                duration_ns: span.duration_ns,
                name: &span.name,
                properties: span.properties.iter().map(|(key, value)| (&**key, &**value)).collect(),
            };
            serde_json::to_writer(&mut self.0, &line).expect("written");
            self.0.write_all(b"\n").expect("written");
        }
        self.0.flush().expect("written");
    }
}

struct Fastrace {
    root: bool,
}

impl Running for Fastrace {
    fn burst(&self, work: fn(u64), times: u64) {
        let root = self.root.then(|| Span::root(ROOT, SpanContext::random()));
        let parent = root.as_ref().map(Span::set_local_parent);
        work(times);
        drop(parent);
    }

    fn settle(&self, _: u64) {
        fastrace::flush();
    }
}

impl Drop for Fastrace {
    fn drop(&mut self) {
        fastrace::flush();
    }
}

fn set_reporter(setup: &Setup) {
    fastrace::set_reporter(Lines(BufWriter::new(setup.create())), Config::default());
}

pub fn start(setup: &Setup) -> Box<dyn Running> {
    set_reporter(setup);
    Box::new(Fastrace { root: true })
}

/// Without a root, spans have nothing to belong to, and are not recorded.
pub fn rootless(setup: &Setup) -> Box<dyn Running> {
    set_reporter(setup);
    Box::new(Fastrace { root: false })
}
