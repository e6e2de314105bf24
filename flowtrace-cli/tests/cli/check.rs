//! `flowtrace check`.
use std::fmt::Write as _;

use insta::assert_snapshot;

use crate::harness::{fed, flowtrace, trace};

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
const CHANGES: [(usize, &str, &str); 24] = [
    (1, r#""nanos":1200"#, r#""nanos":1000000"#),
    (1, r#""timestamp":1635789012345"#, r#""timestamp":"now""#),
    (1, r#""thread":"main","#, ""),
    (1, r#""thread":"main","module":"shop""#, r#""module":"shop","thread":"main""#),
    (1, r#""thread":"main""#, r#""thread":"main","host":"a""#),
    (1, r#""thread":"main""#, r#""thread":"main","thread":"main""#),
    (1, r#""event":"ENTER""#, r#""event":"LEAVE""#),
    (1, r#""{\"id\":7,\"token\":\"[redacted]\"}""#, r#""[7]""#),
    (1, r#""spanId":"00f067aa0ba90201""#, r#""spanId":"00F067AA0BA90201""#),
    (2, r#""spanId":"00f067aa0ba90202""#, r#""spanId":"00f067aa0ba90201""#),
    (2, r#""traceId":"4b"#, r#""traceId":"5b"#),
    (2, r#""parentSpanId":"00f067aa0ba90201""#, r#""parentSpanId":"00f067aa0ba90301""#),
    (3, "größe", "gr\u{2028}ße"),
    (5, r#""durationMicros":30"#, r#""durationMicros":31"#),
    (5, r#""durationNanos":30000"#, r#""durationNanos":30000,"busyNanos":30001"#),
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
fn a_flood_of_breaches_is_counted() {
    let ran = fed(&["check"], &b"other\n".repeat(1000));
    assert_eq!(ran.code, 1);
    assert_eq!(ran.stdout.lines().count(), 102);
    assert!(ran.stdout.ends_with("stdin: 1000 lines, 0 calls, 0 of them open: 1000 breaches\n"));
}
