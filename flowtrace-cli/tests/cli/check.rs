//! `flowtrace check`.
use std::fmt::Write as _;

use insta::assert_snapshot;

use crate::harness::{command, fed, flowtrace, trace};

#[test]
fn golden_traces_are_as_the_format_says() {
    assert_snapshot!(flowtrace(&["check", "demo.jsonl", "shop.jsonl"]));
}

#[test]
fn the_golden_lines_of_the_format_are_as_it_says() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/FORMAT.md")).unwrap();
    let lines = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    assert_snapshot!(fed(&["check"], lines.as_bytes()));
}

#[test]
fn other_lines_are_breaches() {
    assert_snapshot!(flowtrace(&["check", "mixed.txt"]));
}

/// The golden trace with one line changed: which, what to replace, by what, and the rule that breaks.
const CHANGES: [(usize, &str, &str); 28] = [
    (1, r#""nanos":1200"#, r#""nanos":1000000"#),
    (1, r#""timestamp":1635789012345"#, r#""timestamp":"now""#),
    (1, r#""thread":"main","#, ""),
    (1, r#""thread":"main","module":"shop""#, r#""module":"shop","thread":"main""#),
    (1, r#""thread":"main""#, r#""thread":"main","host":"a""#),
    (1, r#""thread":"main""#, r#""thread":"main","thread":"main""#),
    (1, r#""event":"ENTER""#, r#""event":"LEAVE""#),
    (1, r#""{\"id\":7,\"token\":\"[redacted]\"}""#, r#""[7]""#),
    (1, r#""spanId":"00f067aa0ba90201""#, r#""spanId":"00F067AA0BA90201""#),
    (1, r#""source":"src/shop.rs:12""#, r#""source":"src/shop.rs:0""#),
    (1, r#""source":"src/shop.rs:12""#, r#""source":12"#),
    (1, r#""source":"src/shop.rs:12","type":"Shop""#, r#""type":"Shop","source":"src/shop.rs:12""#),
    (2, r#""spanId":"00f067aa0ba90202""#, r#""spanId":"00f067aa0ba90201""#),
    (2, r#""traceId":"4b"#, r#""traceId":"5b"#),
    (2, r#""parentSpanId":"00f067aa0ba90201""#, r#""parentSpanId":"00f067aa0ba90301""#),
    (3, "größe", "gr\u{2028}ße"),
    (5, r#""durationMicros":30"#, r#""durationMicros":31"#),
    (5, r#""durationNanos":30000"#, r#""durationNanos":30000,"busyNanos":30001"#),
    (5, r#""nanos":42200"#, r#""nanos":42200,"source":"src/stock.rs:77""#),
    (5, r#""outcome":"error""#, r#""outcome":"panic""#),
    (5, r#""function":"lock""#, r#""function":"unlock""#),
    (5, r#""Err\":\"no"#, r#""Err\":no"#),
    (5, r#""event":"EXIT""#, r#""event":"ENTER""#),
    (7, r#""durationMicros""#, r#""result":"null","durationMicros""#),
    (9, "tw…", "two"),
    (9, r#""truncated":true"#, r#""truncated":false"#),
    (12, r#""spanId":"00f067aa0ba90301""#, r#""spanId":"00f067aa0ba90302""#),
    (13, r#""count":12,"#, ""),
];

#[test]
fn each_breach_names_its_line_and_its_rule() {
    let golden = String::from_utf8(trace("shop.jsonl")).unwrap();
    let mut shown = String::new();
    for (number, from, to) in CHANGES {
        let mut lines: Vec<String> = golden.lines().map(str::to_owned).collect();
        assert!(lines[number - 1].contains(from), "{number} {from}");
        lines[number - 1] = lines[number - 1].replacen(from, to, 1);
        let ran = fed(&["check"], (lines.join("\n") + "\n").as_bytes());
        assert_eq!(ran.code, 1, "{number} {from} {to}\n{ran}");
        writeln!(shown, "{from} => {}\n{}", to.escape_debug(), ran.stdout).unwrap();
    }
    assert_snapshot!(shown);
}

#[test]
fn why_a_tree_is_kept_early_is_one_of_the_formats_words_on_its_enter() {
    let golden = String::from_utf8(trace("shop.jsonl")).unwrap();
    let with = |line: usize, kept: &str| {
        let mut lines: Vec<String> = golden.lines().map(str::to_owned).collect();
        let kept = format!(r#","kept":"{kept}","traceId""#);
        lines[line - 1] = lines[line - 1].replacen(r#","traceId""#, &kept, 1);
        fed(&["check"], (lines.join("\n") + "\n").as_bytes())
    };
    for kept in ["open too long", "too large", "flushed"] {
        assert_eq!(with(1, kept).code, 0, "{kept}");
    }
    assert!(with(1, "bored").stdout.contains("expected `open too long`, `too large` or `flushed`"));
    assert_eq!(with(5, "flushed").code, 1, "an EXIT has none");
}

#[test]
fn a_flood_of_breaches_is_counted() {
    let ran = fed(&["check"], &b"other\n".repeat(1000));
    assert_eq!(ran.code, 1);
    assert_eq!(ran.stdout.lines().count(), 102);
    assert!(ran.stdout.ends_with("stdin: 1000 lines, 0 calls, 0 of them open: 1000 breaches\n"));
}

/// A golden trace in three files, as rotation names them; the second begins with so many calls open.
fn rotated() -> (tempfile::TempDir, usize) {
    let folder = tempfile::tempdir().unwrap();
    let golden = String::from_utf8(trace("demo.jsonl")).unwrap();
    let lines: Vec<&str> = golden.split_inclusive('\n').collect();
    let (first, rest) = lines.split_at(20);
    let (second, third) = rest.split_at(40);
    for (name, lines) in [("t.jsonl.1", first), ("t.jsonl.2", second), ("t.jsonl", third)] {
        std::fs::write(folder.path().join(name), lines.concat()).unwrap();
    }
    let count = |event| first.iter().filter(|line| line.contains(event)).count();
    (folder, count("\"ENTER\"") - count("\"EXIT\"") - count("\"EXCEPTION\""))
}

fn check(folder: &std::path::Path, files: &[&str]) -> crate::harness::Ran {
    command(&["check"]).args(files).current_dir(folder).output().unwrap().into()
}

#[test]
fn files_of_a_rotation_are_checked_in_the_order_in_which_they_were_written() {
    let (folder, open) = rotated();
    assert!(open > 0);
    let ran = check(folder.path(), &["t.jsonl", "t.jsonl.1", "t.jsonl.2"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(ran.stdout.matches("as the format says").count(), 3, "{ran}");
    assert!(!ran.stdout.contains("not read"), "{ran}");
}

#[test]
fn calls_that_began_in_a_file_that_was_rotated_away_are_counted_and_no_breach() {
    let (folder, open) = rotated();
    let expected = format!("{open} calls began in `t.jsonl.1` or before, which was not read");
    // it is there and was not named; then it is gone
    assert!(check(folder.path(), &["t.jsonl.2", "t.jsonl"]).stdout.contains(&expected));
    std::fs::remove_file(folder.path().join("t.jsonl.1")).unwrap();
    let ran = check(folder.path(), &["t.jsonl", "t.jsonl.2"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stdout.contains(&expected), "{ran}");

    // the name tells, and without it nothing excuses them
    let other = folder.path().join("other.jsonl");
    std::fs::copy(folder.path().join("t.jsonl.2"), other).unwrap();
    assert_eq!(check(folder.path(), &["other.jsonl"]).code, 1);
}

#[test]
fn a_call_that_ends_twice_in_a_rotation_is_a_breach() {
    let (folder, _) = rotated();
    let path = folder.path().join("t.jsonl.2");
    let mut lines = std::fs::read_to_string(&path).unwrap();
    let last = lines.lines().rfind(|line| line.contains("\"EXIT\"")).unwrap();
    // an hour later, so that it did not begin before the file
    let (head, rest) = last.split_at("{\"timestamp\":1795501336082".len());
    let later = head["{\"timestamp\":".len()..].parse::<u64>().unwrap() + 3_600_000;
    lines = format!("{lines}{{\"timestamp\":{later}{rest}\n");
    std::fs::write(&path, lines).unwrap();
    let ran = check(folder.path(), &["t.jsonl.2"]);
    assert!(ran.stdout.contains("no open call has this `spanId`"), "{ran}");
}
