//! `flowtrace stats`.
use std::collections::BTreeMap;
use std::fmt::Write as _;

use insta::assert_snapshot;
use serde_json::Value;

use crate::harness::{fed, flowtrace, trace};

#[test]
fn functions_are_a_table_with_what_does_most_of_the_work_first() {
    assert_snapshot!(flowtrace(&["stats", "demo.jsonl"]));
    assert_snapshot!(flowtrace(&["stats", "shop.jsonl"]));
}

#[test]
fn functions_that_only_wait_do_not_lead() {
    for width in ["80", "120"] {
        assert_snapshot!(flowtrace(&["stats", "tour.jsonl", "--width", width]));
    }
    let first = |column: &str| {
        let ran = flowtrace(&["stats", "tour.jsonl", "--top", "1", "--json", "--sort", column]).stdout;
        let row: Value = serde_json::from_str(&ran).unwrap();
        let nanos = |key: &str| row[key].as_u64().unwrap();
        assert_eq!(nanos("selfNanos"), nanos("busyNanos") + nanos("waitNanos"));
        row["function"].as_str().unwrap().to_owned()
    };
    assert_eq!(first("wait"), "demo_service::tour::send");
    assert_ne!(first("busy"), "demo_service::tour::send");
}

/// `count` calls of `app::sum`, each with three of `app::hash`: 40 ns to the first, each 60 ns long and 100 ns apart, 30 ns
/// from the last to the end. Last comes one of `app::load`, which takes a microsecond.
fn hashing(count: u64) -> String {
    let mut trace = String::new();
    let mut line = |at: u64, event: &str, function: &str, span: u64, parent: u64, value: &str| {
        let parent = if parent > 0 { format!(r#","parentSpanId":"{parent:016x}""#) } else { String::new() };
        writeln!(
            trace,
            r#"{{"timestamp":1635789012345,"event":"{event}","thread":"main","module":"app","function":"{function}",{value},"nanos":{at},"traceId":"{:032x}","spanId":"{span:016x}"{parent}}}"#,
            1
        )
        .unwrap();
    };
    let end =
        |nanos: u64| format!(r#""result":"1","durationMicros":{},"durationNanos":{nanos}"#, nanos / 1000);
    for call in 0..count {
        let (at, span) = (call * 1000, call * 10 + 1);
        line(at, "ENTER", "sum", span, 0, r#""args":"{}""#);
        for i in 0..3 {
            let begin = at + 40 + i * 160;
            line(begin, "ENTER", "hash", span + 1 + i, span, r#""args":"{}""#);
            line(begin + 60, "EXIT", "hash", span + 1 + i, span, &end(60));
        }
        line(at + 450, "EXIT", "sum", span, 0, &end(450));
    }
    line(900_000, "ENTER", "load", 9_001, 0, r#""args":"{}""#);
    line(901_000, "EXIT", "load", 9_001, 0, &end(1000));
    trace
}

#[test]
fn what_tracing_took_is_read_off_the_times_between_lines() {
    assert_eq!(fed(&["check"], hashing(20).as_bytes()).code, 0);
    assert_snapshot!(fed(&["stats"], hashing(20).as_bytes()));
    let rows = fed(&["stats", "--json", "--sort", "tracing"], hashing(20).as_bytes()).stdout;
    assert!(rows.lines().next().unwrap().ends_with(",\"tracingNanos\":4200}"), "{rows}");
    // modules and threads have the column as well, but a filter names functions
    let threads = fed(&["stats", "--by", "thread"], hashing(20).as_bytes()).stdout;
    assert!(threads.contains("5.67 µs  main") && !threads.contains("FLOWTRACE"), "{threads}");
}

#[test]
fn nothing_is_said_of_tracing_where_few_calls_show_what_it_takes() {
    let ran = fed(&["stats"], hashing(9).as_bytes());
    assert!(ran.stdout.contains("app::hash") && !ran.stdout.to_lowercase().contains("tracing"), "{ran}");
    assert!(fed(&["stats", "--json"], hashing(9).as_bytes()).stdout.contains("\"tracingNanos\":null"));
}

#[test]
fn a_narrow_terminal_has_fewer_columns_and_the_ends_of_names() {
    for width in ["100", "80", "40"] {
        let ran = flowtrace(&["stats", "demo.jsonl", "--top", "6", "--width", width]);
        assert!(ran.stdout.lines().take(7).all(|row| row.chars().count() <= width.parse().unwrap()), "{ran}");
        assert_snapshot!(ran);
    }
}

#[test]
fn rows_can_be_modules_types_and_threads() {
    for by in ["module", "type", "thread"] {
        assert_snapshot!(flowtrace(&["stats", "shop.jsonl", "--by", by]));
    }
}

#[test]
fn any_column_decides_the_order() {
    let first = |column: &str| {
        let ran = flowtrace(&["stats", "demo.jsonl", "--json", "--sort", column, "--top", "1"]);
        assert_eq!(ran.stdout.lines().count(), 1);
        let row: Value = serde_json::from_str(&ran.stdout).unwrap();
        row["function"].as_str().unwrap().rsplit_once("::").unwrap().1.to_owned()
    };
    let columns = [
        "calls", "errors", "total", "self", "busy", "wait", "mean", "p50", "p90", "p99", "max", "tracing",
        "name",
    ];
    assert_snapshot!(columns.map(|column| format!("{column}: {}", first(column))).join("\n"));
}

#[test]
fn json_has_nanoseconds() {
    assert_snapshot!(flowtrace(&["stats", "shop.jsonl", "--json"]));
}

#[test]
fn other_lines_are_told_as_in_every_view() {
    assert_snapshot!(flowtrace(&["stats", "mixed.txt"]));
    assert_snapshot!(flowtrace(&["stats", "mixed.txt", "--strict"]));
    assert_snapshot!(fed(&["stats"], b""));
}

#[test]
fn several_files_are_counted_as_one() {
    let golden = String::from_utf8(trace("shop.jsonl")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("1.jsonl"), folder.path().join("2.jsonl"));
    let (enters, ends): (Vec<&str>, Vec<&str>) = golden.lines().partition(|line| line.contains("ENTER"));
    std::fs::write(&first, ends.join("\n")).unwrap();
    std::fs::write(&second, enters.join("\n")).unwrap();
    let both = flowtrace(&["stats", first.to_str().unwrap(), second.to_str().unwrap()]);
    assert_eq!(both.stdout, flowtrace(&["stats", "shop.jsonl"]).stdout);
}

/// Calls of known durations: `lines` of them, a third of them within another.
fn many(lines: u64) -> (String, BTreeMap<&'static str, Vec<u64>>) {
    let (mut trace, mut durations) = (String::new(), BTreeMap::<_, Vec<u64>>::new());
    let functions = ["parse", "load", "store"];
    let mut at = 1_635_789_012_345_000_000;
    let mut write = |call: u64, parent: u64, enter: bool, duration: u64, function: &str| {
        at += duration + 100;
        let (millis, nanos) = (at / 1_000_000, at % 1_000_000);
        let parent = if parent > 0 { format!(r#","parentSpanId":"{parent:016x}""#) } else { String::new() };
        let middle = if enter {
            format!(
                r#""event":"ENTER","thread":"main","module":"many","function":"{function}","args":"{{\"id\":{call}}}""#
            )
        } else {
            let micros = duration / 1000;
            format!(
                r#""event":"EXIT","thread":"main","module":"many","function":"{function}","result":"null","durationMicros":{micros},"durationNanos":{duration}"#
            )
        };
        writeln!(trace, r#"{{"timestamp":{millis},{middle},"nanos":{nanos},"traceId":"{:032x}","spanId":"{call:016x}"{parent}}}"#, 1)
            .unwrap();
    };
    for call in (1..=lines / 2).step_by(2) {
        let inner = call * 7_919 % 1_000_003;
        let outer = inner + 300;
        let function = |n: u64| functions[usize::try_from(n % 3).unwrap()];
        let (f, g) = (function(call), function(call / 2));
        write(call, 0, true, 0, f);
        write(call + 1, call, true, 0, g);
        write(call + 1, call, false, inner, g);
        write(call, 0, false, outer, f);
        durations.entry(f).or_default().push(outer);
        durations.entry(g).or_default().push(inner);
    }
    (trace, durations)
}

#[test]
fn a_million_lines_are_counted_exactly_and_their_quantiles_to_three_digits() {
    let (trace, mut durations) = many(1_000_000);
    assert_eq!(trace.lines().count(), 1_000_000);
    let ran = fed(&["stats", "--json"], trace.as_bytes());
    let rows: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 3);
    // the inner call takes 100 ns more from line to line than it says, and leaves 200 ns to the outer one
    let own: u64 = rows.iter().map(|row| row["selfNanos"].as_u64().unwrap()).sum();
    let total: u64 = durations.values().flatten().sum();
    assert_eq!(own, (total - 250_000 * 300) / 2 + 250_000 * 200);
    for row in rows {
        let function = row["function"].as_str().unwrap().strip_prefix("many::").unwrap();
        let durations = durations.get_mut(function).unwrap();
        durations.sort_unstable();
        let number = |key: &str| row[key].as_u64().unwrap();
        assert_eq!(number("calls"), durations.len() as u64);
        assert_eq!(number("totalNanos"), durations.iter().sum::<u64>());
        assert_eq!(number("maxNanos"), *durations.last().unwrap());
        for (key, per_cent) in [("p50Nanos", 50), ("p90Nanos", 90), ("p99Nanos", 99)] {
            let exact = durations[(durations.len() * per_cent).div_ceil(100) - 1];
            assert!(
                number(key).abs_diff(exact) * 1000 <= exact,
                "{function} {key}: {} for {exact}",
                number(key)
            );
        }
    }
}
