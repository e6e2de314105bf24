//! Models that loom runs through every order in which threads may meet.
use loom::sync::Arc;
use loom::thread;

use super::*;
use crate::memory::Memory;

/// Every order with at most so many threads stopped against their will: more take days, and find the same.
fn check(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 100_000;
    builder.check(model);
}

fn channel(capacity: u64, on_full: OnFull) -> Arc<Channel> {
    Arc::new(Channel::new(Ring::new(Memory::anonymous(capacity).unwrap()), on_full))
}

/// Reads until there are so many lines, or all that will ever be.
fn read(channel: &Channel, lines: u64) -> String {
    let (mut text, mut count) = (Vec::new(), 0);
    while count < lines && !channel.is_over() {
        let mut batch = Vec::new();
        let gathered = channel.gather(channel.ring().head(), 100, &mut batch);
        text.extend(batch);
        count += gathered.lines;
        channel.free(gathered.next);
        if gathered.lines == 0 {
            channel.sleep(None);
            thread::yield_now();
        }
    }
    String::from_utf8(text).unwrap()
}

fn spawn(channel: &Arc<Channel>, lines: &'static [&'static str]) -> thread::JoinHandle<()> {
    let channel = Arc::clone(channel);
    thread::spawn(move || {
        for line in lines {
            channel.push(line.as_bytes());
        }
    })
}

#[test]
fn two_writers_and_a_reader_that_sleeps() {
    check(3, || {
        let channel = channel(64, OnFull::Block);
        let writers = [spawn(&channel, &["a\n"]), spawn(&channel, &["b\n"])];
        let text = read(&channel, 2);
        assert!(text == "a\nb\n" || text == "b\na\n");
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    });
}

#[test]
fn a_writer_laps_the_ring_and_waits_for_room() {
    check(3, || {
        let channel = channel(32, OnFull::Block);
        let writer = spawn(&channel, &["one\n", "two\n", "three\n"]);
        assert_eq!(read(&channel, 3), "one\ntwo\nthree\n");
        writer.join().unwrap();
    });
}

#[test]
fn two_writers_wait_for_room() {
    check(2, || {
        let channel = channel(32, OnFull::Block);
        channel.push(b"a\n");
        channel.push(b"b\n");
        let writers = [spawn(&channel, &["c\n"]), spawn(&channel, &["d\n"])];
        let text = read(&channel, 4);
        assert!(text == "a\nb\nc\nd\n" || text == "a\nb\nd\nc\n", "{text}");
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    });
}

#[test]
fn a_full_ring_drops_and_counts() {
    check(3, || {
        let channel = channel(32, OnFull::Drop);
        let writer = spawn(&channel, &["a\n", "b\n", "c\n"]);
        let text = read(&channel, 1);
        writer.join().unwrap();
        let rest = {
            let mut batch = Vec::new();
            channel.gather(channel.ring().head(), 100, &mut batch);
            String::from_utf8(batch).unwrap()
        };
        let kept = (text + &rest).lines().count() as u64;
        assert_eq!(kept + channel.lost(), 3);
    });
}

#[test]
fn the_end_waits_for_what_was_pushed_before_and_for_nothing_else() {
    check(2, || {
        let channel = channel(64, OnFull::Block);
        let writer = spawn(&channel, &["a\n"]);
        let reader = {
            let channel = Arc::clone(&channel);
            thread::spawn(move || read(&channel, u64::MAX))
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
        let channel = channel(32, OnFull::Block);
        channel.push(b"a\n");
        channel.push(b"b\n");
        let writer = spawn(&channel, &["c\n"]);
        channel.close();
        writer.join().unwrap();
    });
}
