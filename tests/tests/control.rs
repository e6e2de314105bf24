//! What is traced and kept: settings that change while a program runs, and what of them has matched nothing.
use std::fs;
use std::path::Path;
use std::process::Command;

use flowtrace_tests::check::{self, Line};
use flowtrace_tests::child::{run, start};

fn traced(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_traced"));
    command.args(args);
    command
}

fn text(line: &Line, key: &str) -> String {
    line.get(key).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
}

/// Writes the file as one step, so that no half of it is read.
fn put(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    fs::write(&beside, text).expect("written");
    fs::rename(beside, path).expect("renamed");
}

#[test]
fn a_filter_set_in_code_holds_for_calls_that_begin_afterwards() {
    let finished = run(&mut traced(&["change the filter"]));
    let error = "filter: `traced::leaf` is none of `on`, `off`, `module::path=on|off`\n";
    assert_eq!((finished.stderr.as_str(), finished.code), (error, Some(0)));
    let trace = check::complete(&finished.stdout);
    let enters = trace.lines.iter().filter(|line| line["event"] == "ENTER");
    let call = |line: &Line| format!("{}{}", line["function"], line["args"]).replace(['"', '\\'], "");
    assert_eq!(
        enters.map(call).collect::<Vec<_>>(),
        [
            "chain{n:1}",
            "leaf{n:1}",
            "leaf{n:2}",
            "open_at_the_change{filter:off}",
            "leaf{n:0}",
            "leaf{n:3}",
            "leaf{n:4}",
            "chain{n:4}",
            "leaf{n:4}",
            "leaf{n:5}",
        ]
    );
}

#[test]
fn a_control_file_is_followed_while_the_program_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let (control, output) = (folder.path().join("control.toml"), folder.path().join("trace.jsonl"));
    put(&control, "filter = \"off\"");
    let mut command = traced(&["tell whether traced"]);
    // relative to where it was started
    command.current_dir(&folder).env("FLOWTRACE_CONTROL", "control.toml").env("FLOWTRACE_OUTPUT", &output);
    let running = start(&mut command);
    let said = || running.error_line().expect("a line");
    assert_eq!(said(), "not traced", "the file holds for the first call");
    assert!(!output.exists(), "a filter that lets nothing through opens nothing");
    put(&control, "# tracing\nfilter = \"traced=on,off\"\nsample = 1.0\n");
    assert_eq!(said(), "traced");
    put(&control, "sample = 0");
    assert_eq!(said(), "not traced");
    put(&control, "sample = 1");
    assert_eq!(said(), "traced", "what is not named stays as it is");
    put(&control, "filter = \"off\"\nsample = maybe");
    let path = folder.path().canonicalize().expect("a path").join("control.toml");
    let problem = format!(
        "flowtrace: `{}`: line 2: `maybe` is not a number; the settings stay as they are",
        path.display()
    );
    assert_eq!(said(), problem);
    fs::remove_file(&control).expect("removed");
    put(&control, "filter = \"traced::nowhere=on,off\"");
    assert_eq!(said(), "not traced", "neither the invalid file nor that it was gone has changed anything");
    let finished = running.end();
    let told = "flowtrace: `traced::nowhere=on` of the filter matched no function that was called; \
                write paths as the keys `module` and `function` have them, `crate::module::function`\n";
    assert_eq!((finished.stderr.as_str(), finished.code), (told, Some(0)));
    check::complete(&fs::read_to_string(output).expect("a trace"));
}

#[test]
fn the_child_of_a_fork_follows_the_control_file_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let control = folder.path().join("control.toml");
    put(&control, "filter = \"off\"");
    let mut command = Command::new(env!("CARGO_BIN_EXE_dying"));
    command.arg("fork and wait to be traced").env("FLOWTRACE_CONTROL", &control);
    let running = start(command.env("FLOWTRACE_OUTPUT", folder.path().join("trace.jsonl")));
    let said = || running.error_line().expect("a line");
    assert_eq!(said(), "not traced");
    put(&control, "filter = \"on\"");
    assert_eq!(said(), "traced");
    assert_eq!(running.end().code, Some(0));
}

#[test]
fn directives_that_match_nothing_are_told_once_at_the_end() {
    let how = "write paths as the keys `module` and `function` have them, `crate::module::function`";
    for (filter, args, told) in [
        (
            "traced::quiet=off,traced::leaf=off,trace=off",
            ["chains", "9"],
            Some("`traced::quiet=off`, `trace=off` of the filter matched no function that was called"),
        ),
        (
            "off,traced::leav=on",
            ["chains", "9"],
            Some("`traced::leav=on` of the filter matched no function that was called; nothing was traced"),
        ),
        ("off", ["chains", "9"], None),
        ("", ["chains", "9"], None),
    ] {
        let finished = run(traced(&args).env("FLOWTRACE", filter));
        let told = told.map(|told| format!("flowtrace: {told}; {how}\n")).unwrap_or_default();
        assert_eq!((finished.stderr, finished.code), (told, Some(0)), "{filter}");
    }
}

fn functions(trace: &check::Trace) -> Vec<&str> {
    let enters = trace.lines.iter().filter(|line| line["event"] == "ENTER");
    enters.filter_map(|line| line["function"].as_str()).collect()
}

#[test]
fn trees_without_an_error_are_left_out_and_the_others_are_whole() {
    let finished = run(traced(&["keep"]).env("FLOWTRACE_KEEP", "errors"));
    let trace = check::complete(&finished.stdout);
    assert_eq!(functions(&trace), ["fails_below", "leaf", "fail", "boom"]);
    assert!(trace.lines.iter().all(|line| !line.contains_key("kept")), "{}", finished.stdout);
    for (keep, calls) in [("slower=3600s", 0), ("slower=1ns", 10), ("all", 10)] {
        let finished = run(traced(&["keep"]).env("FLOWTRACE_KEEP", keep));
        assert_eq!(functions(&check::complete(&finished.stdout)).len(), calls, "{keep}");
    }
    let finished = run(traced(&["keep"]).env("FLOWTRACE_KEEP", "slow=1s"));
    assert!(
        finished.stderr.starts_with("flowtrace: FLOWTRACE_KEEP: `slow=1s` is none of"),
        "{}",
        finished.stderr
    );
}

#[test]
fn trees_that_are_left_out_need_no_room_in_the_output_and_keep_nobody_waiting() {
    let mut command = traced(&["chains", "20000"]);
    command.env("FLOWTRACE_BUFFER_BYTES", "65536").env("FLOWTRACE_KEEP", "errors");
    let finished = run(&mut command);
    assert_eq!((finished.stdout, finished.stderr, finished.code), (String::new(), String::new(), Some(0)));
}

#[test]
fn what_cannot_wait_is_kept_and_says_so() {
    let keep = |args: &[&str]| {
        let mut command = traced(args);
        command.env("FLOWTRACE_BUFFER_BYTES", "4096").env("FLOWTRACE_MAX_VALUE_BYTES", "0");
        let finished = run(command.env("FLOWTRACE_KEEP", "errors"));
        assert_eq!((finished.stderr.as_str(), finished.code), ("", Some(0)));
        let trace = check::complete(&finished.stdout);
        let kept = trace.lines.iter().map(|line| text(line, "kept")).collect::<Vec<_>>();
        (kept.concat(), kept[0].clone(), trace.lines.len())
    };
    assert_eq!(keep(&["flush inside"]), ("flushed".to_owned(), "flushed".to_owned(), 6));
    let large = "x".repeat(10_000);
    assert_eq!(keep(&["echo", &large]), ("too large".to_owned(), "too large".to_owned(), 2));
}

#[test]
fn after_a_kill_the_open_trees_are_kept_and_no_call_ends_that_has_not_begun() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("trace.jsonl");
    for _ in 0..5 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dying"));
        command.args(["die inside", "3000"]).env("FLOWTRACE_OUTPUT", &output);
        assert_eq!(run(command.env("FLOWTRACE_KEEP", "errors")).code, None);
        flowtrace_runtime::recover(&output).expect("recovered");
        let trace = check::partial(&fs::read_to_string(&output).expect("a trace"));
        assert!(functions(&trace).ends_with(&["die_inside", "work"]));
        assert!(trace.lines.iter().all(|line| line["event"] != "LOST"));
    }
}
