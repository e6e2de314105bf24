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
