//! The filter language, in every view that takes it.
use std::collections::BTreeMap;
use std::fmt::Write as _;

use insta::assert_snapshot;
use serde_json::Value;

use crate::harness::{fed, flowtrace, trace, traces};

/// The filters in docs/FILTER.md, without their comments.
fn filters() -> Vec<String> {
    let page = std::fs::read_to_string(traces().join("../../../docs/FILTER.md")).unwrap();
    let blocks = page.split("```filter\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let lines = blocks.flat_map(str::lines);
    lines.map(|line| line.split(" # ").next().unwrap().trim().to_owned()).collect()
}

/// Which calls the lines of `trace` are of, and how many of each.
fn calls(trace: &str) -> String {
    let mut calls = BTreeMap::<String, usize>::new();
    for line in trace.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let part = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        if part("event") == "ENTER" {
            *calls.entry([part("type"), part("function")].join("::")).or_default() += 1;
        }
    }
    let calls: Vec<String> =
        calls.into_iter().map(|(name, count)| format!("{count} {}", name.trim_start_matches("::"))).collect();
    if calls.is_empty() { "nothing".to_owned() } else { calls.join(", ") }
}

#[test]
fn each_line_of_the_specification_finds_what_it_says() {
    let filters = filters();
    assert!(filters.len() > 30, "{filters:?}");
    let mut shown = String::new();
    for filter in filters {
        writeln!(shown, "{filter}").unwrap();
        for file in ["tour.jsonl", "shop.jsonl"] {
            let ran = flowtrace(&["cat", file, "-w", &filter]);
            assert_eq!(ran.code, 0, "{filter}: {ran}");
            writeln!(shown, "  {file}: {}", calls(&ran.stdout)).unwrap();
        }
    }
    assert_snapshot!(shown);
}

#[test]
fn views_agree_on_what_matches() {
    for filter in filters() {
        let printed = flowtrace(&["cat", "tour.jsonl", "-w", &filter]).stdout;
        let printed = printed.lines().filter(|line| line.contains("\"event\":\"ENTER\"")).count();
        let rows = flowtrace(&["stats", "tour.jsonl", "--json", "-w", &filter]).stdout;
        let rows = rows.lines().map(|row| serde_json::from_str::<Value>(row).unwrap());
        let counted: u64 =
            rows.map(|row| row["calls"].as_u64().unwrap() + row["open"].as_u64().unwrap()).sum();
        assert_eq!(counted, printed as u64, "{filter}");
    }
}

#[test]
fn what_a_matching_call_called_is_shown_unless_ends_are_asked_for() {
    let width = ["--width", "100"];
    let tree = |filter: &str| flowtrace(&[&["tree", "tour.jsonl", "-w", filter], &width[..]].concat());
    assert_snapshot!(tree("function=DatabaseService::search_products"));
    assert_snapshot!(tree("function=DatabaseService::search_products & slower>1us"));
    assert_snapshot!(tree("error & arg.product_id=99"));
    let folded = flowtrace(&["flame", "tour.jsonl", "--folded", "--by", "calls", "-w", "function~search_pr"]);
    assert_snapshot!(folded);
    let events = flowtrace(&["perfetto", "--json", "tour.jsonl", "-w", "function=sql::sell"]).stdout;
    assert_eq!(events.matches("\"ph\":\"X\"").count(), 4, "{events}");
}

#[test]
fn followed_calls_are_held_against_a_filter() {
    let filter = "thread=worker & !function=lock";
    assert_snapshot!(fed(&["tree", "--follow", "-w", filter], &trace("shop.jsonl")));
    assert_snapshot!(fed(&["tree", "--follow", "-w", "error"], &trace("shop.jsonl")));
}

#[test]
fn a_filter_that_is_none_is_pointed_at() {
    let mut shown = String::new();
    for filter in [
        "",
        "functoin=get",
        "function",
        "function=",
        "function=get arg.id=7",
        "slower",
        "slower>5",
        "faster>5ms",
        "error = \"not found",
        "(error | panic",
        "error)",
        "error &",
        "arg.=7",
        "open=1",
        "thread>3",
        "größe=1",
        &"!".repeat(101),
    ] {
        let ran = flowtrace(&["stats", "shop.jsonl", "-w", filter]);
        assert_eq!(ran.code, 2, "{filter}: {ran}");
        writeln!(shown, "{ran}").unwrap();
    }
    assert_snapshot!(shown);
}

#[test]
fn a_filter_that_matches_nothing_names_what_is_near() {
    let mut shown = String::new();
    for filter in [
        "function=get_prodct",
        "function=get_product & arg.product_id=7",
        "arg.produc_id=1",
        "function=health & error",
        "module=shop",
        "result.stock=3",
        "panic",
    ] {
        for view in ["tree", "stats", "cat"] {
            let ran = flowtrace(&[view, "tour.jsonl", "-w", filter]);
            assert_eq!((ran.code, &*ran.stdout), (0, ""), "{filter}");
            if view == "tree" {
                writeln!(shown, "{filter}\n{}", ran.stderr).unwrap();
            }
        }
    }
    assert_snapshot!(shown);
}

#[test]
fn a_slice_of_time_has_the_calls_that_ran_in_it() {
    let count = |args: &[&str]| calls(&flowtrace(&[&["cat", "shop.jsonl"], args].concat()).stdout);
    let all = count(&["-w", "!thread=none"]);
    assert_eq!(count(&["--from", "2021-11-01"]), all);
    assert_eq!(count(&["--to", "2021-11-01 17:50:12.345002"]), "1 Shop::order");
    assert_eq!(count(&["--from", "17:50:12.346", "--to", "17:50:12.346002"]), "1 import");
    // calls that never ended ran to the end
    assert_eq!(count(&["--last", "10us"]), "1 checkout, 1 send, 1 Mailer::confirm");
    assert_snapshot!(flowtrace(&["tree", "shop.jsonl", "--to", "2020-01-01"]));
    assert_snapshot!(fed(&["stats", "--last", "10s"], &trace("shop.jsonl")));
}
