//! `flowtrace perfetto`, held against the rules of the Chrome trace event format.
use std::collections::{BTreeMap, HashSet};

use insta::assert_snapshot;
use serde_json::Value;

use crate::harness::{fed, flowtrace};

/// A slice on a track, from when to when.
#[derive(Debug)]
struct Slice {
    name: String,
    begin: f64,
    end: f64,
}

/// Reads the events back as the format has them, and returns the slices of each track.
fn tracks(json: &str) -> BTreeMap<String, Vec<Slice>> {
    let file: Value = serde_json::from_str(json).unwrap();
    let (mut tracks, mut open) =
        (BTreeMap::<String, Vec<Slice>>::new(), BTreeMap::<String, Vec<Slice>>::new());
    let mut named = HashSet::new();
    for event in file["traceEvents"].as_array().unwrap() {
        let text = |key: &str| event[key].as_str().unwrap().to_owned();
        let thread = format!("{}/{}", event["pid"], event["tid"]);
        let task = format!("{} {}", event["pid"], event["id2"]["local"].as_str().unwrap_or_default());
        match event["ph"].as_str().unwrap() {
            "M" => drop(named.insert(thread)),
            "i" => assert!(event["ts"].is_f64() && !text("name").is_empty()),
            "X" => {
                assert!(named.contains(&thread), "{event}");
                assert!(event["args"]["traceId"].is_string(), "{event}");
                let begin = event["ts"].as_f64().unwrap();
                let end = begin + event["dur"].as_f64().unwrap();
                tracks.entry(thread).or_default().push(Slice { name: text("name"), begin, end });
            }
            "b" => {
                let begin = event["ts"].as_f64().unwrap();
                open.entry(task).or_default().push(Slice { name: text("name"), begin, end: f64::INFINITY });
            }
            "e" => {
                // written right after its begin; what tells them apart in the format is their nesting
                let mut slice = open.get_mut(&task).unwrap().pop().unwrap();
                assert_eq!(slice.name, text("name"));
                slice.end = event["ts"].as_f64().unwrap();
                tracks.entry(task).or_default().push(slice);
            }
            other => panic!("an event `{other}`"),
        }
    }
    for (task, slices) in open {
        tracks.entry(task).or_default().extend(slices);
    }
    tracks
}

/// Slices of a track lie within each other or apart.
fn nest(tracks: &BTreeMap<String, Vec<Slice>>) {
    for (track, slices) in tracks {
        for a in slices {
            for b in slices {
                let apart = a.end <= b.begin || b.end <= a.begin;
                let within = (a.begin <= b.begin && b.end <= a.end) || (b.begin <= a.begin && a.end <= b.end);
                assert!(apart || within, "{track}: {a:?} {b:?}");
            }
        }
    }
}

#[test]
fn a_trace_of_the_demo_service_is_a_timeline() {
    let ran = flowtrace(&["perfetto", "--json", "demo.jsonl"]);
    let tracks = tracks(&ran.stdout);
    nest(&tracks);
    assert_eq!(tracks.values().map(Vec::len).sum::<usize>(), 68);
    assert_snapshot!(ran.stdout.lines().take(22).collect::<Vec<_>>().join("\n"));
}

#[test]
fn tasks_that_run_at_once_and_outlive_each_other_have_tracks_of_their_own() {
    assert_snapshot!(flowtrace(&["perfetto", "--json", "shop.jsonl"]));
    nest(&tracks(&flowtrace(&["perfetto", "--json", "shop.jsonl"]).stdout));
    // (name, span, parent, begin, end): b and c at once, d outlives c and has e within
    let calls = [
        ("a", 1, 0, 0, 90),
        ("b", 2, 1, 10, 50),
        ("c", 3, 1, 20, 60),
        ("d", 4, 3, 30, 80),
        ("e", 5, 4, 40, 70),
    ];
    let mut lines = Vec::new();
    for (name, span, parent, begin, end) in calls {
        let parent = if parent > 0 { format!(r#","parentSpanId":"{parent:016x}""#) } else { String::new() };
        let ids = format!(r#""traceId":"{:032x}","spanId":"{span:016x}"{parent}}}"#, 1);
        let head = |event| {
            format!(
                r#"{{"timestamp":1635789012345,"event":"{event}","thread":"main","module":"m","function":"{name}""#
            )
        };
        let duration = end - begin;
        lines.push((begin, format!(r#"{},"args":"{{}}","nanos":{begin},{ids}"#, head("ENTER"))));
        lines.push((end, format!(r#"{},"result":"null","durationMicros":0,"durationNanos":{duration},"busyNanos":1,"nanos":{end},{ids}"#, head("EXIT"))));
    }
    lines.sort();
    let trace = lines.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>().join("\n");
    let tracks = tracks(&fed(&["perfetto", "--json"], trace.as_bytes()).stdout);
    nest(&tracks);
    let names = |slices: &Vec<Slice>| slices.iter().map(|slice| &*slice.name).collect::<Vec<_>>().join(" ");
    assert_eq!(tracks.values().map(names).collect::<Vec<_>>(), ["m::b m::a", "m::c", "m::e m::d"]);
}

#[test]
fn files_are_processes() {
    let ran = flowtrace(&["perfetto", "--json", "shop.jsonl", "demo.jsonl"]);
    let tracks = tracks(&ran.stdout);
    nest(&tracks);
    assert!(tracks.contains_key("1/1") && tracks.contains_key("2/1"));
}

#[test]
fn an_empty_trace_is_an_empty_timeline() {
    assert_snapshot!(fed(&["perfetto", "--json"], b""));
}

/// Reads a trace with Perfetto's own protobufs, and prints the slices of each track, in the order of time.
const READ: &str = r#"
import sys
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TrackEvent
trace = Trace()
trace.ParseFromString(open(sys.argv[1], "rb").read())
names, tracks, events = {}, {}, []
for packet in trace.packet:
    for name in packet.interned_data.event_names:
        names[name.iid] = name.name
    if packet.HasField("track_descriptor"):
        track = packet.track_descriptor
        tracks[track.uuid] = track.name or track.thread.thread_name or track.process.process_name
    if packet.HasField("track_event"):
        events.append(packet)
for packet in sorted(events, key=lambda packet: packet.timestamp):
    event = packet.track_event
    if event.type == TrackEvent.TYPE_SLICE_BEGIN:
        print(tracks[event.track_uuid], names[event.name_iid], len(event.debug_annotations), sep=": ")
"#;

#[test]
#[ignore = "needs a python with the package `perfetto`, by PYTHON"]
fn perfettos_own_protobufs_read_the_timeline() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.pftrace");
    assert_eq!(flowtrace(&["perfetto", "tour.jsonl", "-o", path.to_str().unwrap()]).code, 0);
    let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let ran = std::process::Command::new(python).arg("-c").arg(READ).arg(&path).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_snapshot!(String::from_utf8(ran.stdout).unwrap());
}
