//! The channel beside a plain queue, and with threads at work.
use std::collections::VecDeque;
use std::sync::mpsc;
use std::thread;

use super::*;
use crate::ring::NOTHING_LATE;
use crate::ring::header::Header;
use crate::ring::memory::Memory;
use crate::thread::id::mix;

const KIND: u8 = 5;

fn channel(capacity: u64, on_full: OnFull) -> (Channel, Reader) {
    Channel::new(Ring::new(Memory::anonymous(capacity).expect("memory"), mix(1)), on_full)
}

fn push(channel: &Channel, line: &str) {
    channel.push(KIND, line.as_bytes(), NOTHING_LATE);
}

/// Reads as many lines as there are, and up to so many.
fn read(channel: &Channel, reader: &mut Reader, most: usize) -> Vec<String> {
    let (mut lines, mut end) = (Vec::new(), channel.ring().head());
    while lines.len() < most
        && let Some(record) = reader.next(channel)
    {
        assert!(record.kind == KIND && record.payload.len().is_multiple_of(8));
        let line = String::from_utf8(record.payload.to_vec()).expect("UTF-8");
        lines.push(line.trim_end_matches('\0').to_owned());
        end = record.next;
    }
    reader.free(channel, end);
    lines
}

#[test]
fn it_does_what_a_bounded_queue_does() {
    for seed in 0..100_u64 {
        let mut random = (0..).map(|n| mix((seed << 32) | n));
        let mut draw = |below: u64| random.next().unwrap_or_default() % below;
        let capacity = 64 << draw(6);
        let (channel, mut reader) = channel(capacity, OnFull::Drop);
        let mut queue: VecDeque<String> = VecDeque::new();
        let used = |queue: &VecDeque<String>| queue.iter().map(|line| Ring::size(line.len())).sum::<u64>();
        for n in 0..300 {
            if draw(3) > 0 {
                let line = format!("{n} {}\n", "é".repeat(usize::try_from(draw(capacity / 8)).unwrap()));
                let size = Ring::size(line.len());
                if size > capacity / 2 {
                    continue;
                }
                let lost = channel.lost();
                push(&channel, &line);
                if used(&queue) + size <= capacity {
                    queue.push_back(line);
                    assert_eq!(channel.lost(), lost);
                } else {
                    assert_eq!(channel.lost(), lost + 1);
                }
            } else {
                let most = usize::try_from(draw(capacity / 16)).unwrap();
                let expected: Vec<_> = queue.drain(..most.min(queue.len())).collect();
                assert_eq!(read(&channel, &mut reader, most), expected);
            }
        }
    }
}

#[test]
fn threads_that_wait_for_room_lose_nothing_and_keep_their_order() {
    const LINES: usize = 2000;
    let (channel, mut reader) = channel(256, OnFull::Block);
    let mut text = String::new();
    thread::scope(|scope| {
        for writer in 0..4 {
            let channel = &channel;
            scope.spawn(move || {
                for n in 0..LINES {
                    push(channel, &format!("{writer} {n}\n"));
                }
            });
        }
        while text.matches('\n').count() < 4 * LINES {
            let lines = read(&channel, &mut reader, 3);
            text.extend(lines.iter().map(String::as_str));
            if lines.is_empty() {
                channel.sleep(None);
            }
        }
    });
    for writer in 0..4 {
        let lines: Vec<_> =
            text.lines().filter_map(|line| line.strip_prefix(&format!("{writer} "))).collect();
        assert_eq!(lines, (0..LINES).map(|n| n.to_string()).collect::<Vec<_>>());
    }
}

#[test]
fn a_line_larger_than_the_ring_comes_through_whole_and_in_its_place() {
    let (channel, mut reader) = channel(128, OnFull::Block);
    let large = format!("{}\n", "x".repeat(10_000));
    let mut text = String::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..3 {
                push(&channel, "small\n");
                push(&channel, &large);
            }
        });
        while text.lines().count() < 6 {
            let lines = read(&channel, &mut reader, 3);
            text.extend(lines.iter().map(String::as_str));
            if lines.is_empty() {
                channel.sleep(None);
            }
        }
    });
    assert_eq!(text, format!("small\n{large}").repeat(3));
    assert_eq!(channel.lost(), 0);
}

#[test]
fn closing_frees_whoever_waits() {
    let (channel, _reader) = channel(64, OnFull::Block);
    for _ in 0..4 {
        push(&channel, "full!\n");
    }
    let (waits, waiting) = mpsc::channel();
    thread::scope(|scope| {
        let (channel, waits) = (&channel, &waits);
        scope.spawn(move || {
            push(channel, "more\n");
            waits.send("push").expect("sent");
        });
        scope.spawn(move || {
            assert!(!channel.flush(Duration::from_secs(60), || 0), "its lines are not written");
            waits.send("flush").expect("sent");
        });
        while !channel.is_stuck() {
            thread::yield_now();
        }
        channel.close();
        let mut freed = [waiting.recv(), waiting.recv()].map(|who| who.expect("freed"));
        freed.sort_unstable();
        assert_eq!(freed, ["flush", "push"]);
    });
    assert!(channel.is_over());
}

#[test]
fn flush_gives_up_when_nobody_reads() {
    let (channel, mut reader) = channel(1024, OnFull::Block);
    push(&channel, "one\n");
    assert!(!channel.flush(Duration::from_millis(1), || 0));
    assert_eq!(read(&channel, &mut reader, 9), ["one\n"]);
    assert!(channel.flush(Duration::ZERO, || 0));
}

#[test]
fn what_comes_after_the_end_is_not_kept() {
    let (channel, mut reader) = channel(1024, OnFull::Block);
    push(&channel, "one\n");
    assert!(!channel.end(Duration::ZERO, || 0));
    push(&channel, "two\n");
    assert_eq!(read(&channel, &mut reader, 9), ["one\n"]);
    assert!(channel.is_over() && channel.lost() == 0);
}

#[test]
fn what_comes_late_is_stored_in_its_place() {
    // a ring, and one that is too small for the record
    for capacity in [1024, 64] {
        let (channel, mut reader) = channel(capacity, OnFull::Drop);
        let payload: Vec<u8> = (0..61).collect();
        channel.push(KIND, &payload, Some((16, || u64::from_ne_bytes(*b"in time!"))));
        let record = reader.next(&channel).expect("a record");
        let expected = [&payload[..16], b"in time!", &payload[24..], &[0; 3]].concat();
        assert_eq!((record.kind, record.payload), (KIND, &expected[..]));
        assert_eq!(record.is_large, capacity == 64);
    }
}

#[test]
fn payloads_of_every_length_come_back_from_every_place() {
    let (channel, mut reader) = channel(1024, OnFull::Drop);
    for round in 0..50_usize {
        for len in 0..=300 {
            let payload: Vec<u8> = (0..len).map(|n| u8::try_from((n + round) % 250).unwrap() + 1).collect();
            channel.push(KIND, &payload, NOTHING_LATE);
            let record = reader.next(&channel).expect("a record");
            let (there, zeros) = record.payload.split_at(len);
            assert!(there == payload && zeros.iter().all(|byte| *byte == 0) && zeros.len() < 8);
            let next = record.next;
            reader.free(&channel, next);
        }
    }
}

#[test]
fn what_lies_in_the_ring_from_before_is_no_record() {
    // each lap is full of headers that would be right at their place in the next one
    let (channel, mut reader) = channel(256, OnFull::Drop);
    for at in (0..256 * 50).step_by(64) {
        let next_lap: Vec<u8> = (0..7_u64)
            .flat_map(|n| {
                let header = Header { kind: KIND, len: 8 };
                header.word(at + 8 * (n + 1), mix(1)).to_ne_bytes()
            })
            .collect();
        channel.push(KIND, &next_lap, NOTHING_LATE);
        let next = reader.next(&channel).expect("a record").next;
        reader.free(&channel, next);
        assert!(!reader.has_next(&channel), "nothing is claimed");
    }
}

#[test]
fn a_dictionary_keeps_what_is_defined_until_it_is_full() {
    let (channel, _reader) = channel(1024, OnFull::Drop);
    let ring = channel.ring();
    let mut all = Vec::new();
    for n in 0_u64.. {
        let definition = vec![u8::try_from(n % 256).unwrap(); usize::try_from(mix(n) % 1000).unwrap()];
        if !ring.define(&definition) {
            assert!(all.len() + definition.len() > 256 << 10, "there was room");
            break;
        }
        let mut new = Vec::new();
        ring.definitions(all.len() as u64, &mut new);
        assert_eq!(new, definition);
        all.extend(definition);
    }
    let mut whole = Vec::new();
    ring.definitions(0, &mut whole);
    assert_eq!(whole, all);
    let mut none = Vec::new();
    ring.definitions(u64::MAX, &mut none);
    assert!(none.is_empty());
}
