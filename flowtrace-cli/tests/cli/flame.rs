//! `flowtrace flame`.
use std::fmt::Write as _;

use insta::assert_snapshot;

use crate::harness::{fed, flowtrace, trace};

#[test]
fn stacks_are_weighed_by_the_time_of_their_last_call() {
    assert_snapshot!(flowtrace(&["flame", "demo.jsonl", "--folded"]));
}

#[test]
fn stacks_can_be_weighed_by_calls() {
    assert_snapshot!(flowtrace(&["flame", "shop.jsonl", "--folded", "--by", "calls"]));
}

#[test]
fn stacks_can_be_weighed_without_waiting() {
    let weight = |by: &str| {
        let folded = flowtrace(&["flame", "tour.jsonl", "--folded", "--by", by]).stdout;
        let line = folded.lines().find(|line| line.starts_with("tour::send ")).unwrap().to_owned();
        line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()
    };
    assert!(weight("busy") < weight("self"), "{} {}", weight("busy"), weight("self"));
}

#[test]
fn the_graph_is_an_svg_that_is_the_same_from_run_to_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flame.svg");
    let ran = flowtrace(&["flame", "demo.jsonl", "-o", path.to_str().unwrap()]);
    assert_eq!((ran.code, &*ran.stdout, &*ran.stderr), (0, "", ""));
    let svg = std::fs::read_to_string(&path).unwrap();
    assert_eq!(svg, flowtrace(&["flame", "demo.jsonl"]).stdout);
    assert!(svg.ends_with("</svg>") || svg.ends_with("</svg>\n"));
    let titles: String = svg.split("<title>").skip(1).fold(String::new(), |mut out, title| {
        writeln!(out, "{}", title.split("</title>").next().unwrap()).unwrap();
        out
    });
    assert_snapshot!(titles);
}

#[test]
fn what_is_read_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo.jsonl");
    let before = trace("demo.jsonl");
    std::fs::write(&path, &before).unwrap();
    let path = path.to_str().unwrap();
    for view in ["flame", "perfetto"] {
        let ran = flowtrace(&[view, path, "-o", path]);
        let message = format!(
            "flowtrace: {path}: is read and can't be written at once; expected another file for `-o`\n"
        );
        assert_eq!((ran.code, ran.stderr), (2, message));
    }
    assert_eq!(std::fs::read(path).unwrap(), before);
}

#[test]
#[ignore = "needs a browser: chromium"]
fn a_browser_opens_the_graph_and_runs_its_script() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flame.svg");
    assert_eq!(flowtrace(&["flame", "demo.jsonl", "-o", path.to_str().unwrap()]).code, 0);
    let browser = std::process::Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .arg(format!("file://{}", path.display()))
        .output()
        .expect("chromium is installed");
    let page = String::from_utf8(browser.stdout).unwrap();
    assert!(!page.contains("parsererror"), "{page}");
    assert_eq!(page.matches("<title>").count(), 36);
    // as the script writes it once it has measured the frame
    assert!(page.contains("sql::sell </text>"), "{page}");
}

#[test]
fn a_deep_recursion_is_cut() {
    let line = |i: u32| {
        let parent = if i > 1 { format!(r#","parentSpanId":"{:016x}""#, i - 1) } else { String::new() };
        let head = r#"{"timestamp":1,"event":"ENTER","thread":"main","module":"deep","function":"f","args":"{}","nanos":0"#;
        format!("{head},\"traceId\":\"{:032x}\",\"spanId\":\"{i:016x}\"{parent}}}\n", 1)
    };
    let trace: String = (1..=2_000).map(line).collect();
    let folded = fed(&["flame", "--folded", "--by", "calls"], trace.as_bytes()).stdout;
    assert_eq!(folded.lines().count(), 501);
    assert!(folded.ends_with("deep::f;… 1500\n"), "{}", folded.lines().last().unwrap());
}

#[test]
fn a_graph_of_nothing_is_refused() {
    assert_snapshot!(fed(&["flame"], b""));
    assert_eq!(fed(&["flame", "--folded"], b"").code, 0);
    assert_snapshot!(flowtrace(&["flame", "demo.jsonl", "-o", "no/such/folder.svg"]));
}
