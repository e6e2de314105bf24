//! The protobufs are read back.
use std::collections::{BTreeMap, BTreeSet};

use prost::Message;

use super::Perfetto;
use super::proto::{EventType, TracePacket};
use super::slice::Detail;
use super::track_event::{SEQUENCE, TrackEvents};
use crate::filter::Selection;
use crate::read::{self, Mode};

/// A whole trace.
#[derive(Clone, PartialEq, Message)]
struct Trace {
    #[prost(message, repeated, tag = "1")]
    packet: Vec<TracePacket>,
}

fn written(trace: &[u8], json: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut view = Perfetto::new(vec!["a.jsonl".to_owned()], Selection::default(), json, &mut out);
    read::each_of(trace.to_vec(), Mode::default(), &mut view).unwrap();
    view.finish().unwrap();
    out
}

const TOUR: &[u8] = include_bytes!("../../../tests/traces/tour.jsonl");
const SHOP: &[u8] = include_bytes!("../../../tests/traces/shop.jsonl");

/// What a reader makes of a trace: for each slice its name, and the tracks from the outermost to its own.
struct Seen {
    slices: Vec<(String, Vec<String>)>,
    /// Slices by the arrows that lead to or from them.
    flows: BTreeMap<u64, BTreeSet<String>>,
    keys: BTreeSet<String>,
    instants: usize,
    open: usize,
}

fn seen(trace: &[u8]) -> Seen {
    let trace = Trace::decode(&*written(trace, false)).unwrap();
    let (mut names, mut keys) = (BTreeMap::new(), BTreeMap::new());
    let mut tracks = BTreeMap::new();
    let mut open = BTreeMap::<u64, Vec<(u64, String)>>::new();
    let mut seen =
        Seen { slices: Vec::new(), flows: BTreeMap::new(), keys: BTreeSet::new(), instants: 0, open: 0 };
    let mut events = Vec::new();
    for packet in trace.packet {
        assert_eq!(packet.trusted_packet_sequence_id, Some(SEQUENCE));
        for name in packet.interned_data.iter().flat_map(|data| &data.event_names) {
            names.insert(name.iid.unwrap(), name.name.clone().unwrap());
        }
        for key in packet.interned_data.iter().flat_map(|data| &data.debug_annotation_names) {
            keys.insert(key.iid.unwrap(), key.name.clone().unwrap());
        }
        if let Some(track) = packet.track_descriptor {
            let thread = track.thread.and_then(|thread| thread.thread_name);
            let process = track.process.and_then(|process| process.process_name);
            let name = track.name.or(thread).or(process).unwrap();
            assert!(tracks.insert(track.uuid.unwrap(), (name, track.parent_uuid)).is_none());
        }
        if let Some(event) = packet.track_event {
            assert!(
                tracks.contains_key(&event.track_uuid.unwrap()),
                "a track is described before it is used"
            );
            events.push((packet.timestamp.unwrap(), event));
        }
    }
    events.sort_by_key(|(at, _)| *at);
    for (at, event) in events {
        let uuid = event.track_uuid.unwrap();
        match event.r#type() {
            EventType::SliceBegin => {
                let name = names[&event.name_iid.unwrap()].clone();
                seen.keys
                    .extend(event.debug_annotations.iter().map(|note| keys[&note.name_iid.unwrap()].clone()));
                for flow in event.flow_ids {
                    seen.flows.entry(flow).or_default().insert(name.clone());
                }
                open.entry(uuid).or_default().push((at, name));
            }
            EventType::SliceEnd => {
                let (begin, name) = open.get_mut(&uuid).unwrap().pop().expect("a slice that is open");
                assert!(begin <= at);
                let (mut path, mut next) = (Vec::new(), Some(uuid));
                while let Some((name, parent)) = next.map(|uuid| &tracks[&uuid]) {
                    path.insert(0, name.clone());
                    next = *parent;
                }
                seen.slices.push((name, path));
            }
            EventType::Instant => seen.instants += 1,
            EventType::Unspecified => panic!("an event without a type"),
        }
    }
    seen.open = open.values().map(Vec::len).sum();
    seen
}

#[test]
fn async_and_sync_calls_of_a_request_are_one_group_and_others_are_on_their_threads() {
    let seen = seen(TOUR);
    assert_eq!((seen.slices.len(), seen.open), (84, 0));
    let tracks_of = |name: &str| -> BTreeSet<&[String]> {
        seen.slices.iter().filter(|(slice, _)| slice == name).map(|(_, path)| &**path).collect()
    };
    // async calls and the sync ones that they had made on other threads
    for name in ["tour::send", "Handlers::get_product", "sql::sell"] {
        let tracks = tracks_of(name);
        assert!(
            tracks.iter().all(|path| path.len() == 3 && path[1].starts_with("tour::send ")),
            "{tracks:?}"
        );
    }
    // a root that no async call has part in
    assert!(tracks_of("LoggerService::info").contains(&["a.jsonl".to_owned(), "main".to_owned()][..]));
    let moved = BTreeSet::from(["DatabaseService::purchase".to_owned(), "sql::sell".to_owned()]);
    assert_eq!(seen.flows.values().filter(|slices| **slices == moved).count(), 2);
    for key in ["function", "calledBy", "source", "arguments", "result", "outcome", "busy", "traceId"] {
        assert!(seen.keys.contains(key), "{key}");
    }
}

#[test]
fn open_calls_and_what_was_lost_are_there() {
    let seen = seen(SHOP);
    assert_eq!((seen.slices.len(), seen.open, seen.instants), (9, 2, 1));
}

#[test]
fn values_keep_their_types() {
    let mut events = TrackEvents::new(Vec::new());
    let json = r#"{"a":1,"b":-2,"c":0.5,"d":true,"e":null,"f":["x",[],{}],"g":18446744073709551615}"#;
    let args = events.annotation("arguments", &Detail::Json(json.to_owned()));
    let [whole, minus, half, yes, none, list, large] = args.dict_entries.as_slice() else {
        panic!("seven members")
    };
    assert_eq!(
        (whole.uint_value, minus.int_value, half.double_value, yes.bool_value),
        (Some(1), Some(-2), Some(0.5), Some(true))
    );
    assert_eq!((none.string_value.as_deref(), large.uint_value), (Some("None"), Some(u64::MAX)));
    let texts: Vec<_> = list.array_values.iter().map(|value| value.string_value.as_deref()).collect();
    assert_eq!(texts, [Some("x"), Some("[]"), Some("{}")]);
    let deep = "[".repeat(100) + &"]".repeat(100);
    assert!(events.annotation("result", &Detail::Json(deep)).encoded_len() < 2000);
}

#[test]
fn it_takes_less_than_half_of_what_json_takes() {
    assert!(written(TOUR, false).len() * 2 < written(TOUR, true).len());
}
