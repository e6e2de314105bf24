//! Models that loom runs through every order in which threads may meet.
use loom::sync::Arc;
use loom::thread;

use super::*;
use crate::ring::NOTHING_LATE;
use crate::ring::memory::Memory;

/// Models are the same each time.
const KEY: u64 = 0x0123_4567_89ab_cdef;

/// Every order with at most so many threads stopped against their will: more take days, and find the same.
fn check(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 100_000;
    builder.check(model);
}

const KIND: u8 = 5;

fn channel(capacity: u64, on_full: OnFull) -> (Arc<Channel>, Reader) {
    let (channel, reader) = Channel::new(Ring::new(Memory::anonymous(capacity).unwrap(), KEY), on_full);
    (Arc::new(channel), reader)
}

fn push(channel: &Channel, line: &str) {
    channel.push(KIND, line.as_bytes(), NOTHING_LATE);
}

/// Reads until there are so many lines, or all that will ever be.
fn read(channel: &Channel, reader: &mut Reader, lines: usize) -> String {
    let (mut text, mut count) = (String::new(), 0);
    while count < lines && !channel.is_over() {
        let before = count;
        count += read_all(channel, reader, &mut text);
        if count == before {
            channel.sleep(None);
            thread::yield_now();
        }
    }
    text
}

/// Reads the lines that are there; how many they were.
fn read_all(channel: &Channel, reader: &mut Reader, text: &mut String) -> usize {
    let (mut lines, mut end) = (0, channel.ring().head());
    while let Some(record) = reader.next(channel) {
        assert_eq!(record.kind, KIND);
        text.push_str(std::str::from_utf8(record.payload).unwrap().trim_end_matches('\0'));
        end = record.next;
        lines += 1;
    }
    reader.free(channel, end);
    lines
}

fn spawn(channel: &Arc<Channel>, lines: &'static [&'static str]) -> thread::JoinHandle<()> {
    let channel = Arc::clone(channel);
    thread::spawn(move || {
        for line in lines {
            push(&channel, line);
        }
    })
}

#[test]
fn two_writers_and_a_reader_that_sleeps() {
    check(3, || {
        let (channel, mut reader) = channel(64, OnFull::Block);
        let writers = [spawn(&channel, &["a\n"]), spawn(&channel, &["b\n"])];
        let text = read(&channel, &mut reader, 2);
        assert!(text == "a\nb\n" || text == "b\na\n");
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    });
}

#[test]
fn a_writer_laps_the_ring_and_waits_for_room() {
    check(3, || {
        let (channel, mut reader) = channel(32, OnFull::Block);
        let writer = spawn(&channel, &["one\n", "two\n", "three\n"]);
        assert_eq!(read(&channel, &mut reader, 3), "one\ntwo\nthree\n");
        writer.join().unwrap();
    });
}

#[test]
fn two_writers_wait_for_room() {
    check(2, || {
        let (channel, mut reader) = channel(32, OnFull::Block);
        push(&channel, "a\n");
        push(&channel, "b\n");
        let writers = [spawn(&channel, &["c\n"]), spawn(&channel, &["d\n"])];
        let text = read(&channel, &mut reader, 4);
        assert!(text == "a\nb\nc\nd\n" || text == "a\nb\nd\nc\n", "{text}");
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    });
}

#[test]
fn a_full_ring_drops_and_counts() {
    check(3, || {
        let (channel, mut reader) = channel(32, OnFull::Drop);
        let writer = spawn(&channel, &["a\n", "b\n", "c\n"]);
        let mut text = read(&channel, &mut reader, 1);
        writer.join().unwrap();
        read_all(&channel, &mut reader, &mut text);
        let kept = text.lines().count() as u64;
        assert_eq!(kept + channel.lost(), 3);
    });
}

#[test]
fn the_end_waits_for_what_was_pushed_before_and_for_nothing_else() {
    check(2, || {
        let (channel, mut reader) = channel(64, OnFull::Block);
        let writer = spawn(&channel, &["a\n"]);
        let reader = {
            let channel = Arc::clone(&channel);
            thread::spawn(move || read(&channel, &mut reader, usize::MAX))
        };
        assert!(channel.end(Duration::from_secs(1), || 0));
        let text = reader.join().unwrap();
        assert!(text == "a\n" || text.is_empty(), "{text}");
        writer.join().unwrap();
    });
}

#[test]
fn closing_frees_a_writer_that_waits() {
    check(3, || {
        let (channel, _reader) = channel(32, OnFull::Block);
        push(&channel, "a\n");
        push(&channel, "b\n");
        let writer = spawn(&channel, &["c\n"]);
        channel.close();
        writer.join().unwrap();
    });
}

#[test]
fn a_late_word_is_there_with_its_record() {
    check(3, || {
        let (channel, mut reader) = channel(64, OnFull::Block);
        let writer = {
            let channel = Arc::clone(&channel);
            let late = Some((8, || u64::from_ne_bytes(*b"the time")));
            thread::spawn(move || channel.push(KIND, b"it came        \n", late))
        };
        assert_eq!(read(&channel, &mut reader, 1), "it came the time");
        writer.join().unwrap();
    });
}

#[test]
fn definitions_are_there_before_what_needs_them() {
    check(3, || {
        let (channel, mut reader) = channel(64, OnFull::Block);
        let writers = ["a", "b"].map(|name| {
            let channel = Arc::clone(&channel);
            thread::spawn(move || {
                channel.ring().define(name.as_bytes());
                push(&channel, name);
            })
        });
        let needed = read(&channel, &mut reader, 1);
        let mut defined = Vec::new();
        channel.ring().definitions(0, &mut defined);
        let defined = String::from_utf8(defined).unwrap();
        assert!(needed.chars().all(|name| defined.contains(name)), "{needed}: {defined}");
        assert!(defined.chars().all(|name| "ab".contains(name)), "{defined}");
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    });
}
