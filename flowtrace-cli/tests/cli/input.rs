//! What can be read: several files, compressed ones, mixed and broken ones; and how it is refused.
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::process::Stdio;

use insta::assert_snapshot;

use crate::harness::{command, fed, flowtrace, trace};

/// The two halves of the golden trace as two programs would have written them: every line of `worker` in a file of
/// its own.
fn halves(folder: &std::path::Path) -> [String; 2] {
    let golden = String::from_utf8(trace("shop.jsonl")).unwrap();
    let (worker, main): (Vec<&str>, Vec<&str>) =
        golden.lines().partition(|line| line.contains(r#""thread":"worker""#));
    [("worker.jsonl", worker), ("main.jsonl", main)].map(|(name, lines)| {
        let path = folder.join(name);
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
        path.to_str().unwrap().to_owned()
    })
}

#[test]
fn several_files_are_one_trace() {
    let folder = tempfile::tempdir().unwrap();
    let [worker, main] = halves(folder.path());
    let whole = flowtrace(&["tree", "shop.jsonl"]).stdout;
    assert_eq!(flowtrace(&["tree", &worker, &main]).stdout, whole);
    assert_eq!(flowtrace(&["tree", &main, &worker]).stdout, whole);
}

#[test]
fn gzip_and_zstd_are_read_by_their_marks() {
    let plain = trace("shop.jsonl");
    let whole = flowtrace(&["tree", "shop.jsonl"]).stdout;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).unwrap();
    let gzip = gzip.finish().unwrap();
    assert_eq!(fed(&["tree"], &gzip).stdout, whole);
    assert_eq!(
        fed(&["tree"], &[&gzip[..], &gzip].concat()).stdout.len(),
        2 * whole.len() - "   total      own  call\n".len()
    );
    let zstd = zstd::encode_all(&plain[..], 1).unwrap();
    assert_eq!(fed(&["tree"], &zstd).stdout, whole);
    for torn in [&gzip[..gzip.len() / 2], &zstd[..zstd.len() / 2]] {
        let ran = fed(&["tree"], torn);
        assert_eq!((ran.code, &*ran.stderr), (0, "flowtrace: stdin: the compressed data is cut short\n"));
    }
}

#[test]
fn lines_of_other_programs_and_broken_ones_are_left_out_and_told() {
    assert_snapshot!(flowtrace(&["tree", "mixed.txt"]));
}

#[test]
fn strict_refuses_the_first_line_that_is_not_the_traces() {
    assert_snapshot!(flowtrace(&["tree", "mixed.txt", "--strict"]));
    let torn = &trace("shop.jsonl")[..300];
    assert_snapshot!(fed(&["tree", "--strict"], torn));
}

#[test]
fn keys_in_another_order_and_carriage_returns_change_nothing() {
    let golden = String::from_utf8(trace("shop.jsonl")).unwrap();
    let mut other = String::new();
    for line in golden.lines() {
        let line: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
        let members: Vec<String> =
            line.iter().rev().map(|(key, value)| format!("\"{key}\" : {value}")).collect();
        write!(other, "{{ {} }}\r\n", members.join(" , ")).unwrap();
    }
    assert_eq!(fed(&["tree"], other.as_bytes()).stdout, flowtrace(&["tree", "shop.jsonl"]).stdout);
}

#[test]
fn a_file_without_its_last_line_end_is_whole() {
    let golden = trace("shop.jsonl");
    let ran = fed(&["tree"], golden.trim_ascii_end());
    assert_eq!(ran.stdout, flowtrace(&["tree", "shop.jsonl"]).stdout);
}

#[test]
fn a_run_that_died_and_the_next_one_may_share_a_file() {
    let (first, second) = (trace("shop.jsonl"), trace("demo.jsonl"));
    // the first died in the middle of a line, and the second wrote on behind it
    let torn = &first[..first.len() - 40];
    let ran = fed(&["tree"], &[torn, &second].concat());
    let demo = flowtrace(&["tree", "demo.jsonl"]).stdout;
    assert!(ran.stdout.contains(demo.trim_start_matches("   total     self  call\n")), "{ran}");
    assert!(ran.stdout.contains("◌ Mailer::confirm"), "{ran}");
    assert!(ran.stderr.contains("1 line of the trace can't be read; the first: stdin:20: "), "{ran}");
}

#[test]
fn nothing_to_read_shows_nothing() {
    assert_snapshot!(fed(&["tree"], b""));
}

#[test]
fn what_cannot_be_read_is_named() {
    assert_snapshot!(flowtrace(&["tree", "missing.jsonl"]));
    assert_snapshot!(flowtrace(&["tree", "."]));
    assert_snapshot!(flowtrace(&["tree", "--slower", "5"]));
    assert_snapshot!(flowtrace(&["tree", "--follow", "shop.jsonl", "demo.jsonl"]));
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let mut child =
        command(&["tree", "demo.jsonl"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), &*stderr), (Some(0), ""));
}

#[test]
fn a_full_disk_is_told() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(&["tree", "demo.jsonl"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_snapshot!(String::from_utf8(output.stderr).unwrap());
}
