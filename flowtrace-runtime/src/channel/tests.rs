//! The channel beside a plain queue, and with threads at work.
use std::collections::VecDeque;
use std::sync::mpsc;
use std::thread;

use super::*;
use crate::id::mix;
use crate::memory::Memory;

fn channel(capacity: u64, on_full: OnFull) -> Channel {
    Channel::new(Ring::new(Memory::anonymous(capacity).expect("memory")), on_full)
}

fn gathered(channel: &Channel, limit: usize) -> (String, u64) {
    let mut batch = Vec::new();
    let gathered = channel.gather(channel.ring().head(), limit, &mut batch);
    channel.free(gathered.next);
    (String::from_utf8(batch).expect("UTF-8"), gathered.lines)
}

#[test]
fn it_does_what_a_bounded_queue_does() {
    for seed in 0..100_u64 {
        let mut random = (0..).map(|n| mix((seed << 32) | n));
        let mut draw = |below: u64| random.next().unwrap_or_default() % below;
        let capacity = 64 << draw(6);
        let channel = channel(capacity, OnFull::Drop);
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
                channel.push(line.as_bytes());
                if used(&queue) + size <= capacity {
                    queue.push_back(line);
                    assert_eq!(channel.lost(), lost);
                } else {
                    assert_eq!(channel.lost(), lost + 1);
                }
            } else {
                let limit = usize::try_from(draw(capacity)).unwrap();
                let (text, lines) = gathered(&channel, limit);
                let mut expected = String::new();
                while queue
                    .front()
                    .is_some_and(|line| expected.is_empty() || expected.len() + line.len() <= limit)
                {
                    expected += &queue.pop_front().unwrap_or_default();
                }
                assert_eq!((text.as_str(), lines), (expected.as_str(), expected.lines().count() as u64));
            }
        }
    }
}

#[test]
fn threads_that_wait_for_room_lose_nothing_and_keep_their_order() {
    const LINES: usize = 2000;
    let channel = channel(256, OnFull::Block);
    let mut text = String::new();
    thread::scope(|scope| {
        for writer in 0..4 {
            let channel = &channel;
            scope.spawn(move || {
                for n in 0..LINES {
                    channel.push(format!("{writer} {n}\n").as_bytes());
                }
            });
        }
        while text.matches('\n').count() < 4 * LINES {
            let (more, lines) = gathered(&channel, 100);
            text += &more;
            if lines == 0 {
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
    let channel = channel(128, OnFull::Block);
    let large = format!("{}\n", "x".repeat(10_000));
    let mut text = String::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..3 {
                channel.push(b"small\n");
                channel.push(large.as_bytes());
            }
        });
        while text.lines().count() < 6 {
            let (more, lines) = gathered(&channel, 100);
            text += &more;
            if lines == 0 {
                channel.sleep(None);
            }
        }
    });
    assert_eq!(text, format!("small\n{large}").repeat(3));
    assert_eq!(channel.lost(), 0);
}

#[test]
fn closing_frees_whoever_waits() {
    let channel = channel(64, OnFull::Block);
    for _ in 0..4 {
        channel.push(b"full!\n");
    }
    let (waits, waiting) = mpsc::channel();
    thread::scope(|scope| {
        let (channel, waits) = (&channel, &waits);
        scope.spawn(move || {
            channel.push(b"more\n");
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
    let channel = channel(1024, OnFull::Block);
    channel.push(b"one\n");
    assert!(!channel.flush(Duration::from_millis(1), || 0));
    assert_eq!(gathered(&channel, 100).0, "one\n");
    assert!(channel.flush(Duration::ZERO, || 0));
}

#[test]
fn what_comes_after_the_end_is_not_kept() {
    let channel = channel(1024, OnFull::Block);
    channel.push(b"one\n");
    assert!(!channel.end(Duration::ZERO, || 0));
    channel.push(b"two\n");
    let mut batch = Vec::new();
    let next = channel.gather(0, 100, &mut batch).next;
    assert_eq!(batch, b"one\n");
    channel.free(next);
    assert!(channel.is_over() && channel.lost() == 0);
}

#[test]
fn a_line_larger_than_the_ring_is_written_alone() {
    let channel = channel(1024, OnFull::Drop);
    let large = format!("{}\n", "x".repeat(2000));
    for line in ["a\n", &large, "b\n", "c\n"] {
        channel.push(line.as_bytes());
    }
    let batches = [(); 3].map(|()| gathered(&channel, 1 << 20));
    assert_eq!(batches, [("a\n".to_owned(), 1), (large, 1), ("b\nc\n".to_owned(), 2)]);
}
