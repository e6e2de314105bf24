//! What was written to a compact file is known from the blocks that are there, wherever the writer died.
use std::io::Read as _;

use super::*;
use crate::compact::block::{self, of_line};
use crate::compact::writer::Writer;
use crate::compact::{Compression, Lines};
use crate::record::dictionary::{Dictionary, Function};
use crate::record::encode::Head;
use crate::record::{Event, UNNAMED};
use crate::text::Text;

/// What a file holds, and what of it can't be read.
fn read(path: &Path) -> (String, crate::compact::Damage) {
    let mut lines = Lines::new(fs::File::open(path).expect("a file"));
    let mut text = String::new();
    lines.read_to_string(&mut text).expect("lines");
    (text, lines.damage())
}

/// A block of these lines, behind which the ring goes on at `next`.
fn a_block(range: std::ops::Range<u64>, next: u64) -> Vec<u8> {
    let (mut records, count) = (Vec::new(), range.clone().count());
    range.for_each(|n| assert!(block::push(LINE, line(n).as_bytes(), &mut records)));
    Writer::new(Compression::Lz4, KEY).block(&records, count, next, None).to_vec()
}

/// Pushes lines; where the ring goes on behind each.
fn push(setup: &Setup, range: std::ops::Range<u64>) -> Vec<u64> {
    let ends = range.map(|n| {
        setup.push(&line(n));
        setup.ring.tail()
    });
    ends.collect()
}

#[test]
fn each_line_is_added_once_wherever_the_process_died() {
    let whole = a_block(0..4, 0);
    // so much had been written, but not been said to be
    for written in 0..=whole.len() {
        let setup = Setup::of("t.ft");
        setup.append(a_block(10..12, 0));
        let ends = push(&setup, 0..6);
        let block = a_block(0..4, ends[3]);
        setup.note(block.len());
        setup.append(&block[..written]);
        let found = setup.add(Limits::default());
        let added = if written == whole.len() { 2 } else { 6 };
        assert_eq!((found.lines, found.lost), (added, 0), "{written}");
        let (text, damage) = read(&setup.output());
        assert_eq!((text, damage.is_none()), (lines(10..12) + &lines(0..6), true), "{written}");
    }
}

#[test]
fn a_recovery_that_is_killed_anywhere_is_gone_on_with() {
    let whole = a_block(2..6, 0);
    for written in 0..=whole.len() {
        let setup = Setup::of("t.ft");
        let ends = push(&setup, 0..6);
        setup.append(a_block(0..2, ends[1]));
        let mut left = setup.left();
        left.advance(2);
        let (head, at) = (left.state.head, left.at);
        left.state.noted.begin_lines(head, setup.end(), whole.len(), at);
        Setup::file(setup.folder.path()).set_state(&left.state).expect("noted");
        setup.append(&a_block(2..6, ends[5])[..written]);
        setup.add(Limits::default());
        let (text, damage) = read(&setup.output());
        assert_eq!((text, damage.is_none()), (lines(0..6), true), "{written}");
    }
}

#[test]
fn a_lost_line_is_written_once() {
    let told = of_line(&render::lost(5, 7, Reason::NoSpace.name()));
    for written in 0..=told.len() {
        let setup = Setup::of("t.ft");
        setup.ring.control().lost.store(9, std::sync::atomic::Ordering::Relaxed);
        let mut noted = setup.ring.control().note.get();
        (noted.told, noted.reason) = (2, Reason::NoSpace.number());
        noted.begin_lost(setup.ring.head(), setup.end(), told.len(), 5, 9);
        setup.ring.control().note.set(&noted);
        setup.append(&told[..written]);
        setup.tear(&line(2));
        setup.add(Limits::default());
        let (text, damage) = read(&setup.output());
        for (count, reason) in [(7, "no space left"), (1, "torn when the process died")] {
            let lost = format!("\"count\":{count},\"reason\":\"{reason}\"}}\n");
            assert_eq!(text.matches(&lost).count(), 1, "{written}: {text}");
        }
        assert!(text.lines().count() == 2 && damage.is_none(), "{written}: {text}");
    }
}

#[test]
fn a_block_that_no_ring_has_is_cut_off_and_counted_once_wherever_it_is_torn() {
    let (before, torn) = (a_block(0..3, 0), a_block(3..6, 0));
    for written in 1..torn.len() {
        let setup = Setup::of("t.ft");
        setup.append(&before);
        setup.append(&torn[..written]);
        settle(&mut setup.file_of(Limits::default()), any_tells).expect("settled");
        let (text, damage) = read(&setup.output());
        let lost = text.strip_prefix(&lines(0..3)).expect("what was whole");
        assert!(lost.ends_with("\"count\":1,\"reason\":\"torn when the process died\"}\n"), "{lost}");
        assert!(lost.lines().count() == 1 && damage.is_none(), "{written}: {damage:?}");
    }
}

#[test]
fn what_others_wrote_behind_the_blocks_stays_and_is_passed_over() {
    let setup = Setup::of("t.ft");
    setup.append(a_block(0..3, 0));
    setup.append("a line of another program\n");
    push(&setup, 3..5);
    setup.add(Limits::default());
    let (text, damage) = read(&setup.output());
    assert_eq!((text, damage.places, damage.bytes), (lines(0..5), 1, 26));
}

#[test]
fn what_was_written_is_found_in_the_file_that_was_moved_aside() {
    let len = a_block(0..4, 0).len();
    for written in 0..=len {
        let setup = Setup::of("t.ft");
        let ends = push(&setup, 0..6);
        setup.append(a_block(10..12, 0));
        setup.note(len);
        setup.append(&a_block(0..4, ends[3])[..written]);
        let moved = setup.folder.path().join("t.ft.1");
        fs::rename(setup.output(), &moved).expect("moved");
        setup.add(Limits::default());
        let ((moved, old), (text, new)) = (read(&moved), read(&setup.output()));
        assert_eq!(moved + &text, lines(10..12) + &lines(0..6), "{written}");
        assert!(old.is_none() && new.is_none(), "{written}");
    }
}

#[test]
fn records_come_with_their_dictionary_to_each_file_of_a_rotation() {
    let setup = Setup::of("t.ft");
    let mut dictionary = Dictionary::new(KEY);
    let function = Function { module: "shop", name: "buy", source: "src/shop.rs:1" };
    let callsite = dictionary.add_callsite(function, std::iter::empty()).expect("kept");
    assert!(setup.ring.define(&dictionary.entries().concat()));
    for span in 1..=9 {
        let mut record = Text::new();
        let head = Head {
            event: Event::Enter,
            callsite,
            thread: UNNAMED | 1,
            time: 1,
            span,
            parent: 0,
            trace: 1,
            wide: None,
            nanos: 0,
        };
        let kind = head.write(&mut record);
        let room = setup.room(record.len());
        setup.ring.commit(room, kind, record.as_bytes(), NOTHING_LATE);
    }
    setup.add(Limits { file_bytes: 300, files: 0 });
    let names = ["t.ft.1", "t.ft.2", "t.ft.3", "t.ft"].map(|name| setup.folder.path().join(name));
    let mut spans = Vec::new();
    for path in names.iter().filter(|path| path.exists()) {
        let (text, damage) = read(path);
        assert!(fs::metadata(path).expect("a file").len() <= 300);
        assert!(damage.is_none() && text.contains("\"function\":\"buy\""), "{path:?}: {text}");
        spans.extend(
            text.lines().map(|line| line.split_once("\"spanId\":\"").expect("an id").1[15..16].to_owned()),
        );
    }
    assert_eq!(spans, ["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    assert!(names[0].exists() && names[1].exists());
}
