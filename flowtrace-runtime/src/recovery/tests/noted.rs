//! What was written is known from the note of the write, wherever the writer died.
use super::*;

const BEFORE: &str = "{\"timestamp\":1,\"event\":\"ENTER\"}\n";

#[test]
fn each_line_is_added_once_wherever_the_process_died() {
    let whole = lines(0..6);
    // so much had been written, but not been said to be
    for written in 0..=whole.len() {
        let setup = Setup::new();
        setup.append(BEFORE);
        (0..6).for_each(|n| setup.push(&line(n)));
        setup.note(whole.len());
        setup.append(&whole.as_bytes()[..written]);
        assert_eq!(setup.add(Limits::default()).lost, 0);
        assert_eq!(setup.text(), [BEFORE, &whole].concat(), "{written}");
    }
}

#[test]
fn whoever_wrote_behind_it_meanwhile_changes_nothing_of_what_was_written() {
    let (whole, others) = (lines(0..6), lines(20..30));
    for written in 0..=6 {
        let setup = Setup::new();
        (0..6).for_each(|n| setup.push(&line(n)));
        setup.note(whole.len());
        setup.append(lines(0..written));
        // another process's, which was killed as well
        setup.append(&others);
        setup.append("{\"timestamp\":17000000000");
        setup.add(Limits::default());
        let text = setup.text();
        let ours: String = text.split_inclusive('\n').filter(|line| whole.contains(line)).collect();
        assert_eq!((ours, text.contains(&others)), (whole.clone(), true), "{written}");
        assert!(text.split_inclusive('\n').all(|line| is_line(line.as_bytes())), "{written}: {text}");
    }
}

#[test]
fn what_was_written_is_found_in_the_file_that_was_moved_aside() {
    let whole = lines(0..6);
    for written in 0..=whole.len() {
        let setup = Setup::new();
        (0..6).for_each(|n| setup.push(&line(n)));
        setup.append(BEFORE);
        setup.note(whole.len());
        setup.append(&whole.as_bytes()[..written]);
        let moved = setup.folder.path().join("t.jsonl.1");
        fs::rename(setup.output(), &moved).expect("moved");
        setup.add(Limits::default());
        let moved = fs::read_to_string(moved).expect("text");
        assert_eq!(moved + &setup.text(), [BEFORE, &whole].concat(), "{written}");
    }
}

#[test]
fn a_recovery_that_is_killed_anywhere_is_gone_on_with() {
    let whole = lines(0..6);
    // it had noted that it writes the rest, of which so much is written
    for first in 0..6_usize {
        for written in (0..=lines(first as u64..6).len()).step_by(3) {
            let setup = Setup::new();
            (0..6).for_each(|n| setup.push(&line(n)));
            setup.append(lines(0..first as u64));
            let mut left = setup.left();
            left.advance(first);
            let (head, at) = (left.state.head, left.at);
            left.state.noted.begin_lines(head, setup.end(), left.text().len(), at);
            Setup::file(setup.folder.path()).set_state(&left.state).expect("noted");
            setup.append(&lines(first as u64..6).as_bytes()[..written]);
            setup.add(Limits::default());
            assert_eq!(setup.text(), whole, "{first}, {written}");
        }
    }
}

#[test]
fn a_lost_line_is_written_once_and_with_its_own_reason() {
    let told = render::lost(5, 7, Reason::NoSpace.name());
    for written in 0..=told.len() {
        let setup = Setup::new();
        setup.push(&line(1));
        setup.ring.control().lost.store(9, std::sync::atomic::Ordering::Relaxed);
        let mut noted = setup.ring.control().note.get();
        (noted.told, noted.reason) = (2, Reason::NoSpace.number());
        noted.begin_lost(setup.ring.head(), setup.end(), told.len(), 5, 9);
        setup.ring.control().note.set(&noted);
        setup.append(&told[..written]);
        setup.tear(&line(2));
        setup.add(Limits::default());
        let text = setup.text();
        for (count, reason) in [(7, "no space left"), (1, "torn when the process died")] {
            let lost = format!("\"count\":{count},\"reason\":\"{reason}\"}}\n");
            assert_eq!(text.matches(&lost).count(), 1, "{written}: {text}");
        }
        assert_eq!(text.lines().count(), 3);
    }
}

#[test]
fn a_line_larger_than_the_ring_is_there_whole_or_counted() {
    let large = format!("{{\"timestamp\":1,\"pad\":\"{}\"}}\n", "x".repeat(2000));
    for written in [0, 1, 13, 1000, large.len() - 1, large.len()] {
        let setup = Setup::new();
        setup.append(BEFORE);
        setup.ring.commit_large(setup.room(0));
        setup.push(&line(1));
        setup.note(large.len());
        setup.append(&large[..written]);
        let found = setup.add(Limits::default());
        let is_there = written == large.len();
        assert_eq!((found.lines, found.lost), (1, u64::from(!is_there)), "{written}");
        let text = setup.text();
        assert!(text.split_inclusive('\n').all(|line| is_line(line.as_bytes())), "{written}: {text}");
        assert_eq!((text.contains(&large), text.lines().count()), (is_there, 3));
    }
}

#[test]
fn half_a_line_that_no_ring_has_is_cut_off_and_counted() {
    let setup = Setup::new();
    setup.append(BEFORE);
    setup.append("{\"timestamp\":17");
    settle(&mut setup.file_of(Limits::default()), any_tells).expect("settled");
    let text = setup.text();
    assert!(
        text.starts_with(BEFORE)
            && text.ends_with("\"count\":1,\"reason\":\"torn when the process died\"}\n")
    );
    assert_eq!(text.lines().count(), 2);
}

#[test]
fn text_of_others_is_ended_first_and_stays() {
    let setup = Setup::new();
    setup.push(&line(1));
    setup.append("{\"half");
    setup.add(Limits::default());
    assert_eq!(setup.text(), format!("{{\"half\n{}", line(1)));
}
