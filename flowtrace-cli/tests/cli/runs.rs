//! Several runs of a program in one file.
use std::path::Path;

use crate::harness::{fed, flowtrace, trace};

/// Two runs of the demo service's tour, one after the other.
fn two_runs(folder: &Path) -> String {
    let path = folder.join("runs.jsonl");
    std::fs::write(&path, [trace("demo.jsonl"), trace("tour.jsonl")].concat()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_last_run_is_shown_and_the_others_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let both = two_runs(folder.path());
    for view in ["tree", "stats", "flame"] {
        let ran = flowtrace(&[view, &both]);
        let alone = flowtrace(&[view, "tour.jsonl"]).stdout;
        assert_eq!(ran.stdout.replace(&both, "tour.jsonl"), alone, "{view}");
        let note = "flowtrace: run 2 of 2, begun 2026-11-25 08:50:43.007140; `--run all` shows all of them, `--run 1` the first\n";
        assert_eq!(ran.stderr, note, "{view}");
    }
}

#[test]
fn a_run_can_be_picked() {
    let folder = tempfile::tempdir().unwrap();
    let both = two_runs(folder.path());
    let first = flowtrace(&["stats", &both, "--run", "1"]);
    assert_eq!((first.stdout, &*first.stderr), (flowtrace(&["stats", "demo.jsonl"]).stdout, ""));
    let all = flowtrace(&["cat", &both, "--run", "all"]).stdout;
    assert_eq!(all.into_bytes(), [trace("demo.jsonl"), trace("tour.jsonl")].concat());
    let piped = fed(&["stats"], &std::fs::read(&both).unwrap());
    assert_eq!(piped.stdout, flowtrace(&["stats", &both, "--run", "all"]).stdout);
    assert_eq!(piped.stderr, "");
    let none = flowtrace(&["stats", &both, "--run", "3"]);
    assert_eq!(
        (none.code, &*none.stderr),
        (2, "flowtrace: --run 3: expected a number from 1 to 2, or `all`\n")
    );
    let none = flowtrace(&["stats", "demo.jsonl", "--run", "2"]);
    assert_eq!(
        none.stderr,
        "flowtrace: --run 2: expected 1 or `all`; one run is all that can be told here\n"
    );
}

#[test]
fn a_broken_line_of_a_later_run_is_named_by_its_number_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.jsonl");
    let last = String::from_utf8(trace("tour.jsonl")).unwrap();
    let (begin, end) = last.split_at(last.find("\n{").unwrap() + 1);
    let broken = "{\"timestamp\":1,\"event\":\"ENTER\"}\n";
    std::fs::write(
        &path,
        [&trace("demo.jsonl"), begin.as_bytes(), broken.as_bytes(), end.as_bytes()].concat(),
    )
    .unwrap();
    let number = trace("demo.jsonl").split(|byte| *byte == b'\n').count() + 1;
    for view in ["tree", "stats"] {
        let ran = flowtrace(&[view, path.to_str().unwrap()]);
        assert!(ran.stderr.contains(&format!("runs.jsonl:{number}: ")), "{number} {}", ran.stderr);
    }
}
