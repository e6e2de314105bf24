//! Traced programs as processes: what reaches the output, whatever way they end.
use std::collections::HashSet;
use std::fs;
use std::process::Command;

use flowtrace_tests::check;
use flowtrace_tests::child::{Finished, run, start};

fn traced(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_traced"));
    command.args(args);
    command
}

fn text(line: &check::Line, key: &str) -> String {
    line.get(key).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
}

#[test]
fn a_call_chain_is_written_with_arguments_results_and_parents() {
    let Finished { stdout, stderr, code } = run(&mut traced(&["chains", "1"]));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    let trace = check::complete(&stdout);
    let root = trace.enters("chain").next().expect("a root");
    assert_eq!(trace.tree(root), "chain\n  leaf\n  leaf\n");
    assert_eq!(text(root, "args"), r#"{"n":0}"#);
    assert_eq!(text(trace.closing(root), "result"), "3");
    assert_eq!((text(root, "thread"), text(root, "module")), ("main".to_owned(), "traced".to_owned()));
    assert!(!root.contains_key("parentSpanId"));
}

#[test]
fn nothing_is_lost_on_return_from_main() {
    let trace = check::complete(&run(&mut traced(&["chains", "20000"])).stdout);
    assert_eq!(trace.lines.len(), 20_000 * 6);
}

#[test]
fn nothing_is_lost_on_exit() {
    for how in ["exit", "exit from a thread"] {
        let finished = run(&mut traced(&[how]));
        assert_eq!(finished.code, Some(7));
        assert_eq!(check::complete(&finished.stdout).lines.len(), 6, "{how}");
    }
}

#[test]
fn a_panic_in_main_is_told_with_its_message() {
    let finished = run(&mut traced(&["panic"]));
    assert_eq!(finished.code, Some(101));
    let trace = check::complete(&finished.stdout);
    let end = trace.closing(trace.enters("boom").next().expect("the call"));
    assert_eq!((text(end, "event"), text(end, "exception")), ("EXCEPTION".to_owned(), "it broke".to_owned()));
    assert_eq!(text(end, "outcome"), "panic");
}

#[test]
fn a_panic_in_a_thread_is_told_and_the_program_goes_on() {
    let finished = run(&mut traced(&["panic in a thread"]));
    assert_eq!(finished.code, Some(0));
    let trace = check::complete(&finished.stdout);
    assert_eq!(text(&trace.lines[1], "event"), "EXCEPTION");
    assert_eq!(text(&trace.lines[1], "thread"), "Thread-1");
}

#[test]
fn a_lone_line_is_shown_while_the_program_waits() {
    let running = start(&mut traced(&["wait"]));
    for _ in 0..6 {
        check::line(&running.line().expect("a line"));
    }
    assert_eq!(running.end().code, Some(0));
}

#[test]
fn a_closed_pipe_ends_the_tracing_and_not_the_program() {
    let mut command = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_traced");
    // the status is the program's, not that of `head`
    command.args([
        "-c",
        "{ \"$0\" 'outlive the reader' </dev/null; echo \"code $?\" >&2; } | head -1",
        program,
    ]);
    let finished = run(&mut command);
    check::line(finished.stdout.trim_end());
    assert_eq!(finished.stderr, "done\ncode 0\n");
}

#[test]
fn an_output_that_cannot_be_written_is_one_message() {
    let finished = run(traced(&["chains", "3"]).env("FLOWTRACE_OUTPUT", "/nowhere/at/all"));
    let message = "flowtrace: cannot write the trace to `/nowhere/at/all`: \
                   No such file or directory (os error 2); nothing is traced\n";
    assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("", message));
    assert_eq!(finished.code, Some(0));
}

#[test]
fn the_output_can_be_a_file_of_each_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trace-{pid}.jsonl");
    for _ in 0..2 {
        let finished = run(traced(&["chains", "2"]).env("FLOWTRACE_OUTPUT", &path));
        assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("", ""));
    }
    let files: Vec<_> =
        fs::read_dir(folder.path()).expect("a folder").map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 2);
    for file in files {
        assert!(!file.to_string_lossy().contains("{pid}"));
        assert_eq!(check::complete(&fs::read_to_string(file).expect("a trace")).lines.len(), 12);
    }
}

#[test]
fn processes_append_to_one_file_one_after_the_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trace.jsonl");
    for _ in 0..2 {
        run(traced(&["chains", "5000"]).env("FLOWTRACE_OUTPUT", &path));
    }
    assert_eq!(check::complete(&fs::read_to_string(path).expect("a trace")).lines.len(), 2 * 30_000);
}

#[test]
fn a_relative_output_lies_where_the_program_was_started() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("elsewhere")).expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_dying"));
    command.args(["move and call", "elsewhere"]).current_dir(&folder).env("FLOWTRACE_OUTPUT", "trace.jsonl");
    assert_eq!(run(&mut command).stderr, "");
    let text = fs::read_to_string(folder.path().join("trace.jsonl")).expect("a trace");
    assert_eq!(check::complete(&text).lines.len(), 10);
    assert_eq!(fs::read_dir(folder.path().join("elsewhere")).expect("a folder").count(), 0);
}

#[test]
fn the_output_can_be_stderr() {
    let finished = run(traced(&["chains", "1"]).env("FLOWTRACE_OUTPUT", "stderr"));
    assert_eq!(finished.stdout, "");
    assert_eq!(check::complete(&finished.stderr).lines.len(), 6);
}

#[test]
fn the_filter_turns_modules_and_functions_off() {
    let functions = |filter: &str| {
        let finished = run(traced(&["modules"]).env("FLOWTRACE", filter));
        let trace = check::complete(&finished.stdout);
        let enters = trace.lines.iter().filter(|line| line["event"] == "ENTER");
        enters.map(|line| text(line, "function")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(functions("on"), "leaf whisper");
    assert_eq!(functions("off"), "");
    assert_eq!(functions("traced::quiet=off"), "leaf");
    assert_eq!(functions("off,traced::quiet=on"), "whisper");
    assert_eq!(functions("traced::leaf=off"), "whisper");
}

#[test]
fn a_program_whose_trace_is_off_opens_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trace.jsonl");
    let off = [("FLOWTRACE", "off".as_ref()), ("FLOWTRACE_OUTPUT", path.as_os_str())];
    assert_eq!(run(traced(&["chains", "3"]).envs(off)).code, Some(0));
    assert!(!path.exists());
}

#[test]
fn a_bad_setting_is_one_message_and_the_default_stands() {
    let finished = run(traced(&["chains", "1"]).env("FLOWTRACE_SAMPLE", "half"));
    let message = "flowtrace: FLOWTRACE_SAMPLE: `half` is not a number from 0 to 1; the default stands\n";
    assert_eq!(finished.stderr, message);
    assert_eq!(check::complete(&finished.stdout).lines.len(), 6);
}

#[test]
fn a_sample_keeps_whole_trees() {
    let lines = |share: &str| {
        let finished = run(traced(&["chains", "4000"]).env("FLOWTRACE_SAMPLE", share));
        let trace = check::complete(&finished.stdout);
        // every leaf stands under a chain, and every chain has both of its leaves
        let chains: HashSet<_> = trace.enters("chain").map(|chain| text(chain, "spanId")).collect();
        let parents: Vec<_> = trace.enters("leaf").map(|leaf| text(leaf, "parentSpanId")).collect();
        assert!(parents.iter().all(|parent| chains.contains(parent)));
        assert_eq!(parents.len(), 2 * chains.len());
        trace.lines.len()
    };
    assert_eq!((lines("0"), lines("1")), (0, 24_000));
    let half = lines("0.5");
    // 12,000 expected, with a standard deviation of 190
    assert!((10_800..13_200).contains(&half), "{half} lines");
}

#[test]
fn threads_write_whole_lines_under_names_of_their_own() {
    let finished = run(traced(&["threads"]).env("FLOWTRACE_BUFFER_BYTES", "20000"));
    let trace = check::complete(&finished.stdout);
    assert_eq!(trace.lines.len(), 8 * 2_000 * 6);
    let threads: HashSet<_> = trace.lines.iter().map(|line| text(line, "thread")).collect();
    assert_eq!(threads.len(), 8);
}

#[test]
fn a_full_buffer_that_drops_says_how_many_lines_are_missing() {
    let finished = run(traced(&["chains", "20000"])
        .envs([("FLOWTRACE_ON_FULL", "drop"), ("FLOWTRACE_BUFFER_BYTES", "5000")]));
    let lines: Vec<_> = finished.stdout.lines().map(check::line).collect();
    let lost = lines.iter().filter(|line| line["event"] == "LOST");
    let lost: Vec<u64> = lost.map(|line| line["count"].as_u64().expect("a count")).collect();
    let kept = lines.len() - lost.len();
    assert_eq!(kept as u64 + lost.iter().sum::<u64>(), 120_000);
    assert!(!lost.is_empty(), "a buffer of 5000 bytes never was full");
}

#[test]
fn a_parent_is_carried_into_a_thread() {
    let trace = check::complete(&run(&mut traced(&["carried"])).stdout);
    let root = trace.enters("carried").next().expect("the root");
    assert_eq!(trace.tree(root), "carried\n  leaf\n");
    let leaves: Vec<_> = trace.enters("leaf").collect();
    assert_eq!(leaves.iter().map(|leaf| text(leaf, "thread")).collect::<Vec<_>>(), ["worker", "Thread-1"]);
    assert!(!leaves[1].contains_key("parentSpanId"), "a call without a parent is a root");
}

#[test]
fn no_value_breaks_a_line() {
    let odd = "line\nreturn\rquote\"back\\slash\ttab\u{1b}[31m\u{7}\u{85}\u{2028}\u{2029}é∞🦀";
    let trace = check::complete(&run(&mut traced(&["echo", odd])).stdout);
    let parsed = |json: &str| serde_json::from_str::<serde_json::Value>(json).expect("JSON");
    assert_eq!(parsed(&text(&trace.lines[0], "args"))["text"], odd);
    assert_eq!(parsed(&text(&trace.lines[1], "result")), odd);
}

#[test]
fn a_long_value_is_cut_at_its_budget() {
    let long = "🦀".repeat(1000);
    for (budget, kept) in [(None, 255), (Some("100"), 24), (Some("0"), 1000)] {
        let mut command = traced(&["echo", &long]);
        command.envs(budget.map(|budget| ("FLOWTRACE_MAX_VALUE_BYTES", budget)));
        let trace = check::complete(&run(&mut command).stdout);
        let result = serde_json::from_str::<String>(&text(&trace.lines[1], "result")).expect("a string");
        let cut = kept < 1000;
        assert_eq!(result, format!("{}{}", "🦀".repeat(kept), if cut { "…" } else { "" }));
        assert_eq!(trace.lines[1].contains_key("truncated"), cut);
    }
}

#[test]
fn errors_are_marked() {
    let trace = check::complete(&run(&mut traced(&["errors", "1"])).stdout);
    assert_eq!(text(&trace.lines[1], "outcome"), "error");
    assert_eq!(text(&trace.lines[1], "result"), r#"{"Err":"0 is not enough"}"#);
}

#[test]
fn what_is_flushed_survives_an_abort() {
    let finished = run(&mut traced(&["flush"]));
    assert_eq!((finished.stderr.as_str(), finished.code), ("flushed: true\n", None));
    assert_eq!(check::complete(&finished.stdout).lines.len(), 6);
}

#[test]
fn a_program_can_decide_in_code_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trace.jsonl");
    let finished = run(traced(&["init", path.to_str().expect("UTF-8")]).env("FLOWTRACE", "off"));
    let message = "tracing has started already; call init before the first traced call\n";
    assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("", message));
    assert_eq!(check::complete(&fs::read_to_string(path).expect("a trace")).lines.len(), 6);
}

#[test]
fn an_init_that_fails_leaves_the_environment_in_charge() {
    let finished = run(&mut traced(&["init a bad path"]));
    let message = "cannot write the trace to `/nowhere/at/all`: No such file or directory (os error 2)\n";
    assert_eq!(finished.stderr, message);
    assert_eq!(check::complete(&finished.stdout).lines.len(), 6);
}
