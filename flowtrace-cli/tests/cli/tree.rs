//! `flowtrace tree`.
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use insta::assert_snapshot;

use crate::harness::{command, fed, flowtrace, trace};

#[test]
fn a_tour_of_the_demo_service_is_a_tree_a_request() {
    assert_snapshot!(flowtrace(&["tree", "demo.jsonl", "--width", "120"]));
}

#[test]
fn errors_panics_cancelled_and_open_calls_are_marked() {
    assert_snapshot!(flowtrace(&["tree", "shop.jsonl"]));
}

#[test]
fn colours_and_a_width_are_for_terminals() {
    assert_snapshot!(flowtrace(&["tree", "shop.jsonl", "--color", "always", "--width", "60"]));
    assert!(!flowtrace(&["tree", "shop.jsonl"]).stdout.contains('\u{1b}'));
}

#[test]
fn rows_end_with_where_functions_stand_if_that_is_asked_for() {
    assert_snapshot!(flowtrace(&["tree", "shop.jsonl", "--source", "--width", "80"]));
    assert_snapshot!(fed(&["tree", "--follow", "--source", "--trace", "4bf9"], &trace("shop.jsonl")));
}

#[test]
fn one_trace_is_picked_by_the_begin_of_its_id() {
    assert_snapshot!(flowtrace(&["tree", "shop.jsonl", "--trace", "0AF7"]));
}

#[test]
fn a_function_is_shown_with_what_called_it_and_what_it_called() {
    assert_snapshot!(flowtrace(&[
        "tree",
        "demo.jsonl",
        "--function",
        "DatabaseService::purchase",
        "--width",
        "100"
    ]));
    let by_path = ["tree", "demo.jsonl", "--function", "demo_service::database::purchase", "--width", "100"];
    assert_eq!(
        flowtrace(&by_path).stdout,
        flowtrace(&["tree", "demo.jsonl", "--function", "DatabaseService::purchase", "--width", "100"])
            .stdout
    );
}

#[test]
fn a_module_is_shown_with_what_is_below_it() {
    assert_snapshot!(flowtrace(&["tree", "shop.jsonl", "--module", "shop::stock"]));
    assert_eq!(flowtrace(&["tree", "demo.jsonl", "--module", "demo"]).stdout, "");
}

#[test]
fn errors_are_shown_with_what_led_to_them() {
    assert_snapshot!(flowtrace(&["tree", "shop.jsonl", "--errors"]));
}

#[test]
fn slow_calls_are_shown_and_what_is_open() {
    assert_snapshot!(flowtrace(&["tree", "shop.jsonl", "--slower", "41us"]));
}

#[test]
fn a_depth_says_how_many_calls_it_hides() {
    assert_snapshot!(flowtrace(&["tree", "demo.jsonl", "--depth", "3", "--trace", "5f2e", "--width", "100"]));
    assert_snapshot!(flowtrace(&["tree", "demo.jsonl", "--depth", "0"]));
}

#[test]
fn followed_calls_are_shown_as_they_begin_and_end() {
    assert_snapshot!(fed(&["tree", "--follow"], &trace("shop.jsonl")));
}

#[test]
fn followed_calls_can_be_filtered() {
    assert_snapshot!(fed(&["tree", "--follow", "--errors"], &trace("shop.jsonl")));
    assert_snapshot!(fed(
        &["tree", "--follow", "--module", "shop::mail", "--depth", "2"],
        &trace("shop.jsonl")
    ));
}

/// The lines of calls: name, span, parent, begin and end in microseconds, arguments, and the end of the EXIT.
fn lines(calls: &[(&str, u64, u64, u64, u64, String, &str)]) -> String {
    let mut lines = Vec::new();
    for (name, span, parent, begin, end, args, ends) in calls {
        let parent = if *parent > 0 { format!(r#","parentSpanId":"{parent:016x}""#) } else { String::new() };
        let ids = format!(r#""traceId":"{:032x}","spanId":"{span:016x}"{parent}}}"#, 7);
        let head = |at: u64, event: &str| {
            let millis = 1_635_789_012_345 + at / 1000;
            format!(
                r#"{{"timestamp":{millis},"event":"{event}","thread":"main","module":"shop","function":"{name}""#
            )
        };
        let nanos = |at: u64| at % 1000 * 1000;
        let (micros, args) = (end - begin, serde_json::to_string(args).unwrap());
        lines.push((
            *begin,
            format!(r#"{},"args":{args},"nanos":{},{ids}"#, head(*begin, "ENTER"), nanos(*begin)),
        ));
        let (result, outcome) = ends.strip_suffix(" error").map_or((*ends, ""), |result| (result, "error"));
        let result = serde_json::to_string(result).unwrap();
        let outcome = if outcome.is_empty() { String::new() } else { format!(r#","outcome":"{outcome}""#) };
        lines.push((*end, format!(r#"{},"result":{result},"durationMicros":{micros}{outcome},"durationNanos":{micros}000,"nanos":{},{ids}"#, head(*end, "EXIT"), nanos(*end))));
    }
    lines.sort_by_key(|(at, _)| *at);
    lines.into_iter().map(|(_, line)| line + "\n").collect()
}

/// An import that looks 1,000 ids up, each first in the cache, and every tenth in the database; a few fail.
fn import() -> String {
    let mut calls = vec![("import", 1, 0, 0, 10_000, r#"{"file":"a.csv"}"#.to_owned(), r#"{"Ok":1000}"#)];
    for i in 0..1000 {
        let (span, at) = (10 + i * 10, 10 + i * 9);
        let args = format!(r#"{{"id":{i},"table":"{}"}}"#, if i % 3 == 0 { "goods" } else { "users" });
        let is_wrong = i % 400 == 399;
        let end = if is_wrong { r#"{"Err":"no such id"} error"# } else { r#"{"Ok":null}"# };
        calls.push(("look_up", span, 1, at, at + 8, args, end));
        calls.push(("cached", span + 1, span, at + 1, at + 3, format!(r#"{{"id":{i}}}"#), "null"));
        if i % 10 == 0 {
            calls.push(("select", span + 2, span, at + 4, at + 7, format!(r#"{{"id":{i}}}"#), "7"));
        }
    }
    lines(&calls)
}

#[test]
fn repeats_are_one_row_that_says_what_differs() {
    for width in ["80", "120"] {
        assert_snapshot!(fed(&["tree", "--width", width], import().as_bytes()));
    }
    assert_eq!(fed(&["tree", "--no-fold"], import().as_bytes()).stdout.lines().count(), 3 + 1 + 2100);
    let roots: Vec<_> = (1..=300)
        .map(|i| ("tick", i, 0, i * 10, i * 10 + i % 7 + 1, format!(r#"{{"n":{i}}}"#), "true"))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.jsonl");
    std::fs::write(&path, lines(&roots)).unwrap();
    assert_snapshot!(flowtrace(&["tree", path.to_str().unwrap()]));
    assert_eq!(fed(&["tree"], lines(&roots[..4]).as_bytes()).stdout.lines().count(), 1 + 4 * 3);
}

#[test]
fn roots_come_by_time_or_the_longest_first() {
    let calls = [
        ("long", 1, 0, 0, 100, "{}".to_owned(), "1"),
        ("first", 2, 0, 10, 20, "{}".to_owned(), "1"),
        ("second", 3, 0, 30, 60, "{}".to_owned(), "1"),
        ("late", 4, 0, 200, 240, "{}".to_owned(), "1"),
    ];
    let names = |args: &[&str]| {
        let shown = fed(&[&["tree"], args].concat(), lines(&calls).as_bytes()).stdout;
        let names = shown.lines().filter_map(|row| row.split("shop::").nth(1));
        names.map(|name| name.split('(').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.jsonl");
    std::fs::write(&path, lines(&calls)).unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(names(&[path]), ["long", "first", "second", "late"]);
    assert_eq!(names(&[path, "--top", "2"]), ["long", "first"]);
    assert_eq!(names(&[path, "--sort", "duration"]), ["long", "late", "second", "first"]);
    assert_eq!(
        names(&[path, "--sort", "duration", "--top", "2", "-w", "!function=long"]),
        ["late", "second"]
    );
}

#[test]
fn errors_that_a_caller_handled_look_different() {
    let calls = [
        ("serve", 1, 0, 0, 100, "{}".to_owned(), "200"),
        ("handle", 2, 1, 10, 40, "{}".to_owned(), r#"{"Err":"no"} error"#),
        ("run", 3, 0, 200, 300, "{}".to_owned(), r#"{"Err":"no"} error"#),
        ("load", 4, 3, 210, 240, "{}".to_owned(), r#"{"Err":"no"} error"#),
    ];
    assert_snapshot!(fed(&["tree", "--color", "always"], lines(&calls).as_bytes()));
}

#[test]
fn calls_beside_one_that_is_asked_for_are_its_context() {
    let shown = |args: &[&str]| fed(&[&["tree", "--no-fold"], args].concat(), import().as_bytes()).stdout;
    assert_eq!(shown(&["--errors"]).lines().count(), 3 + 1 + 2);
    let context = shown(&["--errors", "--context", "2"]);
    assert_eq!(context.lines().count(), 3 + 1 + 2 * 5, "{context}");
    assert!(context.contains("look_up(id: 397, ") && context.contains("look_up(id: 801, "), "{context}");
}

#[test]
fn values_take_lines_of_their_own() {
    assert_snapshot!(flowtrace(&["tree", "tour.jsonl", "--values", "-w", "trace=7dcb", "--depth", "4"]));
    assert_snapshot!(flowtrace(&["tree", "shop.jsonl", "--values", "--width", "60"]));
}

#[test]
fn json_has_an_object_a_call() {
    assert_snapshot!(flowtrace(&["tree", "shop.jsonl", "--json", "--errors"]));
    let all = fed(&["tree", "--json"], import().as_bytes()).stdout;
    assert_eq!(all.lines().count(), 2101);
    all.lines().for_each(|line| drop(serde_json::from_str::<serde_json::Value>(line).unwrap()));
}

#[test]
fn a_terminal_has_a_pager() {
    let on_a_terminal = |command: &str, pager: &str| {
        let flowtrace = env!("CARGO_BIN_EXE_flowtrace");
        let ran = std::process::Command::new("script")
            .args(["-qec", &format!("{flowtrace} {command}"), "/dev/null"])
            .current_dir(crate::harness::traces())
            .env("PAGER", pager)
            .stdin(Stdio::null())
            .output()
            .expect("`script` gives a terminal to a command");
        (ran.status.code(), String::from_utf8(ran.stdout).unwrap().replace('\r', ""))
    };
    let (code, shown) = on_a_terminal("tree shop.jsonl --width 60", "sed s/^/page:/");
    assert_eq!(code, Some(0));
    let (page, notes): (Vec<&str>, Vec<&str>) = shown.lines().partition(|line| line.starts_with("page:"));
    assert!(page.len() > 10 && page.iter().any(|line| line.contains("Shop::order")), "{shown}");
    // what is told comes when the page is done
    assert_eq!(notes, ["flowtrace: 12 lines could not be kept by the program that was traced"]);
    assert!(!on_a_terminal("tree shop.jsonl --no-pager", "sed s/^/page:/").1.contains("page:"));
    assert!(!on_a_terminal("tree shop.jsonl", "cat").1.contains("page:"));
    // a pager that reads no further is no failure
    let (code, shown) = on_a_terminal("tree shop.jsonl", "true");
    assert!(code == Some(0) && !shown.contains("pipe"), "{shown}");
}

#[test]
fn a_growing_file_is_shown_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.jsonl");
    File::create(&path).unwrap();
    let mut child =
        command(&["tree", "--follow", path.to_str().unwrap()]).stdout(Stdio::piped()).spawn().unwrap();
    let mut rows = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    let golden = trace("shop.jsonl");
    for (line, row) in
        golden.split_inclusive(|byte| *byte == b'\n').zip(["┌ Shop::order", "┌ [worker] Stock::reserve"])
    {
        // half a line first: nothing is shown before its end
        file.write_all(&line[..40]).unwrap();
        file.write_all(&line[40..]).unwrap();
        let shown = rows.next().unwrap();
        assert!(shown.contains(row), "{shown}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_pipe_is_shown_tree_by_tree_while_it_is_open() {
    let mut child = command(&["tree", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let golden = trace("demo.jsonl");
    let first_two: Vec<u8> =
        golden.split_inclusive(|byte| *byte == b'\n').take(2).flatten().copied().collect();
    stdin.write_all(&first_two).unwrap();
    let rows: Vec<String> =
        BufReader::new(child.stdout.take().unwrap()).lines().take(4).map(Result::unwrap).collect();
    assert!(rows[3].contains("LoggerService::info"), "{rows:?}");
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_chain_of_a_hundred_thousand_calls_is_a_tree_like_any_other() {
    let line = |event: &str, value: &str, i: u32| {
        let parent = if i > 1 { format!(r#","parentSpanId":"{:016x}""#, i - 1) } else { String::new() };
        let head = format!(
            r#"{{"timestamp":1635789012345,"event":"{event}","thread":"main","module":"deep","function":"f""#
        );
        format!("{head},{value},\"nanos\":{i},\"traceId\":\"{:032x}\",\"spanId\":\"{i:016x}\"{parent}}}\n", 1)
    };
    let enters = (1..=100_000).map(|i| line("ENTER", r#""args":"{}""#, i));
    let exits = (1..=100_000)
        .rev()
        .map(|i| line("EXIT", r#""result":"null","durationMicros":5,"durationNanos":5000"#, i));
    let ran = fed(&["tree"], enters.chain(exits).collect::<String>().as_bytes());
    assert_eq!(ran.stdout.lines().count(), 100_003);
    assert!(ran.stdout.ends_with("[level 99999] └─ deep::f() → null\n"));
}
