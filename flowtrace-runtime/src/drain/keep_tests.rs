//! Records in a ring, and what of them is handed out.
use super::*;
use crate::record::encode::Head;
use crate::ring::memory::Memory;
use crate::ring::{NOTHING_LATE, Ring};
use crate::settings::config::OnFull;
use crate::text::Text;

const LINES: [&str; 3] = [
    r#"{"timestamp":5,"event":"ENTER","thread":"main","module":"m","function":"f","args":"{\"traceId\":\",\\\"outcome\\\":\\\"error\\\"\"}","nanos":1,"source":"a:1","traceId":"00000000000000ff00000000000000aa","spanId":"0000000000000001"}"#,
    r#"{"timestamp":5,"event":"EXIT","thread":"main","module":"m","function":"f","result":"null","durationMicros":1,"outcome":"error","durationNanos":1950,"nanos":1,"traceId":"00000000000000ff00000000000000aa","spanId":"0000000000000001"}"#,
    r#"{"timestamp":5,"event":"COUNT","thread":"main","module":"m","function":"f","nanos":1,"traceId":"00000000000000ff00000000000000aa","parentSpanId":"0000000000000001","count":40,"totalNanos":320450,"minNanos":7100,"maxNanos":12007,"errors":0,"reason":"thinned"}"#,
];

#[test]
fn a_rendered_line_says_the_same_as_its_record() {
    let record =
        |line: &'static str| Record { kind: kind::LINE, payload: line.as_bytes(), next: 0, is_large: false };
    let seen = LINES.map(|line| seen(&record(line)));
    let (trace, span, is_large) = (0xaa, 1, false);
    assert_eq!(seen[0], Some(Seen { trace, span, step: Step::Begins(5_000_000), is_large }));
    assert_eq!(seen[1], Some(Seen { trace, span, step: Step::Ends { failed: true, nanos: 1950 }, is_large }));
    assert_eq!(seen[2], None, "counts are kept in any case");
}

struct Fixture {
    channel: Channel,
    reader: Reader,
    keeper: Keeper,
}

impl Fixture {
    fn new(keep: &str) -> Self {
        let memory = Memory::anonymous(4096).expect("memory");
        let (channel, reader) = Channel::new(Ring::new(memory, 7), OnFull::Drop);
        let keep = Keep::parse(keep).expect("what to keep");
        Self { channel, reader, keeper: Keeper::new(Arc::new(KeepNow::new(keep))) }
    }

    fn push(&self, event: Event, trace: u64, span: u64, nanos: u64) {
        let time = clock::now();
        let head = Head { event, callsite: 5, thread: 1, time, span, parent: 0, trace, wide: None, nanos };
        let mut text = Text::new();
        let kind = head.write(&mut text);
        self.channel.push(kind, text.as_bytes(), NOTHING_LATE);
    }

    /// What is handed out now: the span and mark of each record, 0 for one that is passed over.
    fn taken(&mut self) -> Vec<(u64, u64)> {
        self.keeper.look(&self.channel, &mut self.reader);
        let mut taken = Vec::new();
        while let Some(record) = self.reader.next(&self.channel) {
            let head = Cursor::new(record.payload).head(record.kind);
            taken.push(head.map_or((0, 0), |(head, more)| (head.span, more.kept)));
        }
        taken
    }
}

#[test]
fn records_wait_until_their_tree_is_decided_and_stand_in_order() {
    let mut ring = Fixture::new("errors");
    ring.push(Event::Enter, 1, 11, 0);
    ring.push(Event::Enter, 2, 22, 0);
    ring.push(Event::Exception, 2, 22, 5);
    assert_eq!(ring.taken(), [], "a kept tree waits for an earlier one");
    ring.push(Event::Exit, 1, 11, 5);
    assert_eq!(ring.taken(), [(0, 0), (22, 0), (22, 0), (0, 0)]);
    assert_eq!(ring.channel.unread(), 2, "what is dropped is no line");
}

#[test]
fn a_tree_that_is_too_large_is_kept_and_its_first_record_says_so() {
    let mut ring = Fixture::new("slower=2s");
    ring.push(Event::Enter, 1, 11, 0);
    for _ in 0..20 {
        ring.push(Event::Enter, 1, 12, 0);
        ring.push(Event::Exit, 1, 12, 1);
    }
    let taken = ring.taken();
    assert_eq!((taken.len(), taken[0], taken[1]), (41, (11, kept::TOO_LARGE), (12, kept::WANTED)));
    ring.push(Event::Exit, 1, 11, 1);
    assert_eq!(ring.taken(), [(11, kept::WANTED)], "what follows is kept");
}

#[test]
fn what_was_given_up_is_neither_marked_nor_waited_for() {
    let mut ring = Fixture::new("errors");
    ring.push(Event::Enter, 1, 11, 0);
    assert_eq!(ring.taken(), []);
    let (_, next) = ring.reader.skip(&ring.channel).expect("a record");
    ring.reader.free(&ring.channel, next);
    ring.push(Event::Exit, 1, 11, 5);
    ring.push(Event::Enter, 2, 22, 0);
    assert_eq!(ring.taken(), [(0, 0)], "the rest of the tree is dropped");
}

#[test]
fn what_is_kept_may_change_meanwhile() {
    let mut ring = Fixture::new("errors");
    ring.push(Event::Enter, 1, 11, 0);
    assert_eq!(ring.taken(), []);
    ring.keeper.keep.set(Keep::default());
    ring.push(Event::Exit, 1, 11, 5);
    assert_eq!(ring.taken(), [(11, kept::WANTED), (11, kept::WANTED)]);
    ring.push(Event::Enter, 2, 22, 0);
    assert_eq!(ring.taken(), [(22, kept::WANTED)]);
}
