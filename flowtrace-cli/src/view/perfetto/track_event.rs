//! The timeline as Perfetto's own protobufs: a packet at a time, names and keys written once.
use std::collections::HashMap;
use std::io::{self, Write};

use prost::Message;
use serde_json::Value;

use super::proto::{
    CLEARED, DebugAnnotation, EventType, InternedData, InternedName, NEEDS_INTERNED, ProcessDescriptor,
    ThreadDescriptor, TracePacket, TrackDescriptor, TrackEvent,
};
use super::slice::{Detail, Details, Slice, Track};

/// All packets are of one writer.
pub(super) const SEQUENCE: u32 = 1;
/// The one category.
const CALL: &str = "call";
/// So many keys have numbers.
const KEYS: usize = 10_000;
/// Objects in objects are followed so deep; what is deeper is text.
const DEEPEST: usize = 32;

/// Writes packets.
pub(super) struct TrackEvents<W: Write> {
    out: W,
    begun: bool,
    names: Interned,
    keys: Interned,
    texts: Interned,
    categories: Interned,
    /// What is interned by the next packet.
    new: InternedData,
}

/// Names with the numbers that they are written by.
#[derive(Default)]
struct Interned(HashMap<Box<str>, u64>);

impl Interned {
    fn number(&mut self, name: &str, new: &mut Vec<InternedName>) -> u64 {
        if let Some(number) = self.0.get(name) {
            return *number;
        }
        let number = self.0.len() as u64 + 1;
        self.0.insert(name.into(), number);
        new.push(InternedName { iid: Some(number), name: Some(name.to_owned()) });
        number
    }
}

impl<W: Write> TrackEvents<W> {
    pub(super) fn new(out: W) -> Self {
        let [names, keys, texts, categories] = [(); 4].map(|()| Interned::default());
        Self { out, begun: false, names, keys, texts, categories, new: InternedData::default() }
    }

    pub(super) fn process(&mut self, input: usize, name: &str) -> io::Result<()> {
        let process = ProcessDescriptor { pid: Some(pid(input)), process_name: Some(name.to_owned()) };
        let track =
            TrackDescriptor { uuid: Some(of_process(input)), process: Some(process), ..Default::default() };
        self.describe(track)
    }

    pub(super) fn thread(&mut self, input: usize, thread: u32, name: &str) -> io::Result<()> {
        let descriptor = ThreadDescriptor {
            pid: Some(pid(input)),
            // the number of a main thread is that of its process, which no other must have
            tid: Some(pid(input).saturating_mul(1 << 16).saturating_add(tid(thread))),
            thread_name: Some(name.to_owned()),
        };
        self.describe(TrackDescriptor {
            uuid: Some(of_thread(input, thread)),
            parent_uuid: Some(of_process(input)),
            thread: Some(descriptor),
            ..Default::default()
        })
    }

    /// The group of a request, or a track in it.
    pub(super) fn task(&mut self, input: usize, uuid: u64, group: Option<u64>, name: &str) -> io::Result<()> {
        self.describe(TrackDescriptor {
            uuid: Some(uuid),
            name: Some(name.to_owned()),
            parent_uuid: Some(group.unwrap_or_else(|| of_process(input))),
            ..Default::default()
        })
    }

    /// A call begins on its track.
    pub(super) fn begin(&mut self, slice: &Slice<'_>, details: &Details) -> io::Result<()> {
        let name = self.names.number(slice.name, &mut self.new.event_names);
        let category = self.categories.number(CALL, &mut self.new.event_categories);
        let event = TrackEvent {
            category_iids: vec![category],
            debug_annotations: self.annotations(details),
            r#type: Some(EventType::SliceBegin.into()),
            name_iid: Some(name),
            track_uuid: Some(uuid(slice)),
            flow_ids: slice.flows.to_vec(),
            ..Default::default()
        };
        self.event(slice.at, event)
    }

    /// And ends.
    pub(super) fn end(&mut self, slice: &Slice<'_>, at: u64) -> io::Result<()> {
        let event = TrackEvent {
            r#type: Some(EventType::SliceEnd.into()),
            track_uuid: Some(uuid(slice)),
            ..Default::default()
        };
        self.event(at, event)
    }

    /// Something happened that no call did, on a thread or in the process as a whole.
    pub(super) fn instant(
        &mut self,
        what: &str,
        at: u64,
        input: usize,
        thread: Option<u32>,
    ) -> io::Result<()> {
        let event = TrackEvent {
            r#type: Some(EventType::Instant.into()),
            name: Some(what.to_owned()),
            track_uuid: Some(thread.map_or(of_process(input), |thread| of_thread(input, thread))),
            ..Default::default()
        };
        self.event(at, event)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn annotations(&mut self, details: &Details) -> Vec<DebugAnnotation> {
        details.0.iter().map(|(key, detail)| self.annotation(key, detail)).collect()
    }

    pub(super) fn annotation(&mut self, key: &str, detail: &Detail) -> DebugAnnotation {
        let mut annotation = match detail {
            Detail::Name(name) => {
                let texts = &mut self.new.debug_annotation_string_values;
                DebugAnnotation {
                    string_value_iid: Some(self.texts.number(name, texts)),
                    ..Default::default()
                }
            }
            Detail::Text(text) => text_value(text),
            Detail::Json(json) => match serde_json::from_str::<Value>(json) {
                Ok(value) => self.value(&value, 0),
                Err(_) => text_value(json),
            },
        };
        self.name(&mut annotation, key);
        annotation
    }

    /// Names an annotation, by a number unless there are too many names: those of maps come from the program's data.
    fn name(&mut self, annotation: &mut DebugAnnotation, key: &str) {
        if self.keys.0.len() < KEYS || self.keys.0.contains_key(key) {
            annotation.name_iid = Some(self.keys.number(key, &mut self.new.debug_annotation_names));
        } else {
            annotation.name = Some(key.to_owned());
        }
    }

    fn value(&mut self, value: &Value, depth: usize) -> DebugAnnotation {
        let mut out = DebugAnnotation::default();
        match value {
            Value::Null => out.string_value = Some("None".to_owned()),
            Value::Bool(value) => out.bool_value = Some(*value),
            Value::Number(number) => {
                out.uint_value = number.as_u64();
                out.int_value = number.as_i64().filter(|_| out.uint_value.is_none());
                out.double_value = number.as_f64().filter(|_| number.is_f64());
            }
            Value::String(text) => out.string_value = Some(text.clone()),
            Value::Array(_) | Value::Object(_) if depth == DEEPEST => out = text_value(&value.to_string()),
            // what is empty would be no value at all
            Value::Array(values) if values.is_empty() => out = text_value("[]"),
            Value::Object(members) if members.is_empty() => out = text_value("{}"),
            Value::Array(values) => {
                out.array_values = values.iter().map(|value| self.value(value, depth + 1)).collect();
            }
            Value::Object(members) => {
                let member = |(key, value): (&String, &Value)| {
                    let mut member = self.value(value, depth + 1);
                    self.name(&mut member, key);
                    member
                };
                out.dict_entries = members.iter().map(member).collect();
            }
        }
        out
    }

    fn describe(&mut self, track: TrackDescriptor) -> io::Result<()> {
        self.packet(TracePacket { track_descriptor: Some(track), ..Default::default() })
    }

    fn event(&mut self, at: u64, event: TrackEvent) -> io::Result<()> {
        let interned_data = Some(std::mem::take(&mut self.new)).filter(|new| *new != InternedData::default());
        self.packet(TracePacket {
            timestamp: Some(at),
            track_event: Some(event),
            interned_data,
            ..Default::default()
        })
    }

    fn packet(&mut self, mut packet: TracePacket) -> io::Result<()> {
        packet.trusted_packet_sequence_id = Some(SEQUENCE);
        packet.sequence_flags = Some(if self.begun { NEEDS_INTERNED } else { CLEARED });
        self.begun = true;
        // field 1 of `Trace`, which is its packets one after another
        self.out.write_all(&[0x0a])?;
        self.out.write_all(&packet.encode_length_delimited_to_vec())
    }
}

fn text_value(text: &str) -> DebugAnnotation {
    DebugAnnotation { string_value: Some(text.to_owned()), ..Default::default() }
}

fn pid(input: usize) -> i32 {
    i32::try_from(input + 1).unwrap_or(i32::MAX)
}

fn tid(thread: u32) -> i32 {
    i32::try_from(thread + 1).unwrap_or(i32::MAX)
}

fn of_process(input: usize) -> u64 {
    input as u64 + 1
}

/// Tasks have the ids of calls, which are no small numbers.
fn of_thread(input: usize, thread: u32) -> u64 {
    (input as u64 + 1) << 32 | (u64::from(thread) + 1)
}

fn uuid(slice: &Slice<'_>) -> u64 {
    match slice.track {
        Track::Thread => of_thread(slice.input, slice.thread),
        Track::Task(task) => task,
    }
}
