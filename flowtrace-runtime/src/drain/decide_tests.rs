//! A sequence of records, and what becomes of them.
use super::*;

const ERRORS: Keep = Keep { errors: true, slower: u64::MAX };
const SLOW: Keep = Keep { errors: false, slower: 100 };
const MS: u64 = 1_000_000;

/// `trace`, `span`, and `(` for a beginning, `)` for an end, `!` for a failure, `~` for a slow end; each takes 8 bytes.
fn seen(record: &str, time: u64) -> Seen {
    let mut chars = record.chars();
    let step = match chars.next().unwrap() {
        '(' => Step::Begins(time),
        '!' => Step::Ends { failed: true, nanos: 1 },
        '~' => Step::Ends { failed: false, nanos: 101 },
        _ => Step::Ends { failed: false, nanos: 100 },
    };
    let mut number = || u64::from(chars.next().unwrap());
    Seen { trace: number(), span: number(), step, is_large: false }
}

/// Each verdict as it comes: the places of its records, and why the tree is kept.
fn verdicts(decider: &mut Decider, from: u64, records: &str, keep: Keep) -> Vec<(Vec<u64>, Option<u64>)> {
    let records = (from..).zip(records.split(' '));
    let verdicts = records.filter_map(|(at, record)| decider.see(at, seen(record, at), keep));
    verdicts.map(|verdict| (verdict.records, verdict.kept)).collect()
}

const DROPPED: Option<u64> = None;
const KEPT: Option<u64> = Some(kept::WANTED);

#[test]
fn a_tree_is_left_out_once_it_is_over_unless_a_call_failed() {
    let decider = &mut Decider::default();
    let records = "(a1 (a2 (b1 )a2 !b1 )a1";
    assert_eq!(
        verdicts(decider, 0, records, ERRORS),
        [(vec![2, 4], KEPT), (vec![0, 1, 3, 5], DROPPED)],
        "each as soon as it can be told"
    );
    assert_eq!(decider.waits_from(), None);
}

#[test]
fn a_tree_is_kept_for_one_slow_call() {
    assert_eq!(verdicts(&mut Decider::default(), 0, "(a1 (a2 ~a2 )a1", SLOW), [(vec![0, 1, 2], KEPT)]);
    assert_eq!(verdicts(&mut Decider::default(), 0, "(a1 (a2 !a2 )a1", SLOW), [(vec![0, 1, 2, 3], DROPPED)]);
}

#[test]
fn a_tree_is_over_when_none_of_its_calls_is_open() {
    let decider = &mut Decider::default();
    // its root returns before a thread that it has started
    assert_eq!(verdicts(decider, 0, "(a1 (a2 )a1", ERRORS), []);
    assert_eq!(verdicts(decider, 3, "!a2", ERRORS), [(vec![0, 1, 2, 3], KEPT)]);
}

#[test]
fn what_comes_late_in_a_kept_trace_is_kept_and_else_a_tree_of_its_own() {
    let decider = &mut Decider::default();
    assert_eq!(verdicts(decider, 0, "(a1 !a1 (a2 )a2", ERRORS), [(vec![0, 1], KEPT)]);
    assert_eq!(
        verdicts(decider, 4, "(b1 )b1 (b2 )b2", ERRORS),
        [(vec![4, 5], DROPPED), (vec![6, 7], DROPPED)]
    );
}

#[test]
fn an_end_without_a_beginning_is_nobodys() {
    assert_eq!(verdicts(&mut Decider::default(), 0, ")a1 !b1", ERRORS), []);
}

#[test]
fn the_first_undecided_tree_is_what_waits() {
    let decider = &mut Decider::default();
    assert_eq!(verdicts(decider, 0, "(a1 (b1 (c1 )b1", ERRORS), [(vec![1, 3], DROPPED)]);
    assert_eq!(decider.waits_from(), Some(0));
    assert_eq!(verdicts(decider, 4, ")a1", ERRORS), [(vec![0, 4], DROPPED)]);
    assert_eq!(decider.waits_from(), Some(2));
}

#[test]
fn what_can_wait_no_longer_is_kept_the_oldest_first() {
    let overdue = |now, end, at_once, keep| {
        let decider = &mut Decider::default();
        assert_eq!(verdicts(decider, 8, "(a1 (b1", keep), []);
        decider.overdue(now, end, 100, at_once, keep).map(|verdict| (verdict.records, verdict.kept))
    };
    assert_eq!(overdue(8 + 10_000 * MS, 10, None, ERRORS), None);
    assert_eq!(overdue(9 + 10_000 * MS, 10, None, ERRORS), Some((vec![8], Some(kept::OPEN_TOO_LONG))));
    assert_eq!(overdue(10, 108, None, ERRORS), None);
    assert_eq!(overdue(10, 109, None, ERRORS), Some((vec![8], Some(kept::TOO_LARGE))));
    assert_eq!(overdue(10, 10, Some(kept::FLUSHED), ERRORS), Some((vec![8], Some(kept::FLUSHED))));
    assert_eq!(overdue(109, 10, None, SLOW), Some((vec![8], KEPT)), "its end will be slow");
}

#[test]
fn what_lies_outside_of_the_ring_does_not_wait() {
    let large = Seen { is_large: true, ..seen("(a1", 0) };
    let verdict = Decider::default().see(0, large, ERRORS);
    assert_eq!(verdict, Some(Verdict { records: vec![0], kept: Some(kept::TOO_LARGE) }));
}

#[test]
fn no_more_than_so_many_kept_traces_are_remembered_those_in_use_the_longest() {
    let mut decider = Decider::default();
    let mut see = |trace, step| decider.see(0, Seen { trace, span: 1, step, is_large: false }, ERRORS);
    let failed = Step::Ends { failed: true, nanos: 1 };
    for trace in 0..3 * MOST_KEPT as u64 {
        see(trace, Step::Begins(0));
        assert!(see(trace, failed).is_some());
        // the first one is in use throughout
        assert_eq!(see(0, Step::Begins(0)), None);
    }
    assert_eq!((decider.kept.len(), decider.traces.len()), (MOST_KEPT, MOST_KEPT));
    assert!(matches!(decider.traces[&0], Trace::Kept { .. }));
}
