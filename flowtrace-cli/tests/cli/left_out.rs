//! Calls that were left out and counted, in every view.
use std::fmt::Write as _;

use insta::assert_snapshot;

use crate::harness::{fed, flowtrace, trace};

#[test]
fn a_tree_counts_what_was_left_out_below_its_caller() {
    assert_snapshot!(flowtrace(&["tree", "thinned.jsonl", "--width", "80"]));
    assert_snapshot!(fed(&["tree", "--follow"], &trace("thinned.jsonl")));
}

#[test]
fn what_was_left_out_is_picked_as_calls_are() {
    let mut shown = String::new();
    for asked in [
        &["--function", "sql::select"][..],
        &["--module", "shop::cache"],
        &["--slower", "35us"],
        &["--errors"],
        &["--trace", "4bf9", "--depth", "1"],
        &["--trace", "5"],
    ] {
        let ran = flowtrace(&[&["tree", "thinned.jsonl"], asked].concat());
        let followed = fed(&[&["tree", "--follow"], asked].concat(), &trace("thinned.jsonl"));
        writeln!(shown, "{}\n{ran}\n{followed}", asked.join(" ")).unwrap();
    }
    assert_snapshot!(shown);
}

#[test]
fn what_was_left_out_is_in_the_sums_and_not_in_the_quantiles() {
    assert_snapshot!(flowtrace(&["stats", "thinned.jsonl"]));
    assert_snapshot!(flowtrace(&["stats", "thinned.jsonl", "--json"]));
    let threads = flowtrace(&["stats", "thinned.jsonl", "--by", "thread", "--json"]).stdout;
    assert!(threads.contains(r#"{"thread":"mailer","calls":3,"errors":2"#), "{threads}");
}

#[test]
fn several_files_count_what_was_left_out_as_one_does() {
    let golden = String::from_utf8(trace("thinned.jsonl")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let paths = ["1.jsonl", "2.jsonl"].map(|name| folder.path().join(name));
    let (counts, calls): (Vec<&str>, Vec<&str>) = golden.lines().partition(|line| line.contains("COUNT"));
    std::fs::write(&paths[0], calls.join("\n")).unwrap();
    std::fs::write(&paths[1], counts.join("\n")).unwrap();
    let [first, second] = paths.each_ref().map(|path| path.to_str().unwrap());
    assert_eq!(flowtrace(&["stats", first, second]).stdout, flowtrace(&["stats", "thinned.jsonl"]).stdout);
}

#[test]
fn a_flame_graph_has_what_was_left_out_below_its_caller() {
    assert_snapshot!(flowtrace(&["flame", "thinned.jsonl", "--folded"]));
    assert_snapshot!(flowtrace(&["flame", "thinned.jsonl", "--folded", "--by", "calls"]));
}

#[test]
fn a_timeline_has_a_mark_where_calls_were_left_out() {
    let ran = flowtrace(&["perfetto", "--json", "thinned.jsonl"]);
    serde_json::from_str::<serde_json::Value>(&ran.stdout).unwrap();
    assert_snapshot!(ran);
}

/// The lines with one changed: which, what to replace, and by what.
const CHANGES: [(usize, &str, &str); 12] = [
    (6, r#""count":900"#, r#""count":0"#),
    (6, r#""count":900"#, r#""count":200"#),
    (6, r#""errors":0,"#, ""),
    (6, r#""errors":0"#, r#""errors":901"#),
    (6, r#""minNanos":8000"#, r#""minNanos":32000"#),
    (6, r#""reason":"thinned""#, r#""reason":"hot""#),
    (6, r#","parentSpanId":"00f067aa0ba90701""#, ""),
    (6, r#""traceId":"4b"#, r#""traceId":"5b"#),
    (6, r#""count":900,"totalNanos":9000000"#, r#""totalNanos":9000000,"count":900"#),
    (6, r#""nanos":100200"#, r#""source":"src/sql.rs:91","nanos":100200"#),
    (6, r#""parentSpanId""#, r#""spanId":"00f067aa0ba90709","parentSpanId""#),
    (1, r#""spanId":"00f067aa0ba90701""#, r#""spanId":"00f067aa0ba90702""#),
];

#[test]
fn counts_are_checked() {
    assert_snapshot!(flowtrace(&["check", "thinned.jsonl"]));
    let golden = String::from_utf8(trace("thinned.jsonl")).unwrap();
    let mut shown = String::new();
    for (number, from, to) in CHANGES {
        let mut lines: Vec<String> = golden.lines().map(str::to_owned).collect();
        assert!(lines[number - 1].contains(from), "{number} {from}");
        lines[number - 1] = lines[number - 1].replacen(from, to, 1);
        let ran = fed(&["check"], (lines.join("\n") + "\n").as_bytes());
        assert_eq!(ran.code, 1, "{number} {from} {to}\n{ran}");
        writeln!(shown, "{from} => {to}\n{}", ran.stdout).unwrap();
    }
    // the caller's ENTER behind the line that names it
    let mut lines: Vec<&str> = golden.lines().collect();
    let begin = lines.remove(0);
    lines.insert(6, begin);
    write!(shown, "{}", fed(&["check"], (lines.join("\n") + "\n").as_bytes()).stdout).unwrap();
    assert_snapshot!(shown);
}
