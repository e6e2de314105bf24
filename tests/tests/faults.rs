//! Outputs that fail, and programs that end at a bad time: the program goes on, and no line is broken.
use std::process::Command;

use flowtrace_tests::check;
use flowtrace_tests::child::{Finished, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_traced");

fn with_output(output: &str, args: &[&str]) -> Finished {
    run(Command::new(PROGRAM).args(args).env("FLOWTRACE_OUTPUT", output))
}

#[test]
fn a_full_device_is_told_once_and_the_program_goes_on() {
    let finished = with_output("/dev/full", &["outlive the reader"]);
    assert_eq!(finished.code, Some(0));
    let message = "flowtrace: cannot write the trace to `/dev/full`: No space left on device (os error 28); \
                   lines that are lost are counted in LOST lines\n";
    assert!(finished.stderr.starts_with(message), "{}", finished.stderr);
    assert_eq!(finished.stderr.matches("cannot write").count(), 1);
    assert!(finished.stderr.contains("done\n"));
}

#[test]
fn a_limit_on_the_file_size_ends_the_trace_and_not_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trace.jsonl");
    let script = "ulimit -f 8; exec \"$0\" 'outlive the reader' </dev/null";
    let finished = run(Command::new("sh").args(["-c", script, PROGRAM]).env("FLOWTRACE_OUTPUT", &path));
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert!(
        finished.stderr.contains("done\n") && finished.stderr.contains("File too large"),
        "{}",
        finished.stderr
    );
    let text = std::fs::read_to_string(&path).expect("a trace");
    let whole = text.rfind('\n').expect("a line") + 1;
    assert!(check::partial(&text[..whole]).lines.len() > 5);
}

#[test]
fn threads_that_trace_while_the_program_ends_tear_no_line() {
    for _ in 0..10 {
        let finished = run(Command::new(PROGRAM).arg("end among threads"));
        assert_eq!(finished.code, Some(0));
        check::partial(&finished.stdout);
    }
}

#[test]
fn a_fifo_that_nobody_reads_stops_no_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo").success());
    let finished = with_output(path.to_str().expect("UTF-8"), &["chains", "3"]);
    assert_eq!(finished.code, Some(0));
    assert!(finished.stderr.contains("the last lines could not be written"), "{}", finished.stderr);
}

#[test]
fn a_fifo_is_written_when_its_reader_comes() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "mkfifo fifo; FLOWTRACE_OUTPUT=fifo \"$0\" chains 3 & cat fifo; wait $!";
    let finished = run(Command::new("sh").args(["-c", script, PROGRAM]).current_dir(folder.path()));
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    assert_eq!(check::complete(&finished.stdout).lines.len(), 18);
}

#[test]
fn a_traced_allocator_does_not_trace_what_the_tracer_allocates() {
    let finished = run(&mut Command::new(env!("CARGO_BIN_EXE_allocating")));
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    let trace = check::partial(&finished.stdout);
    let asked = |line: &&check::Line| line["args"].as_str().is_some_and(|args| args.contains("4242"));
    assert_eq!(trace.enters("alloc").filter(asked).count(), 1);
    assert_eq!(trace.enters("dealloc").filter(asked).count(), 1);
}

#[test]
fn a_warm_call_with_numbers_strings_and_structs_allocates_nothing() {
    let finished = run(&mut Command::new(env!("CARGO_BIN_EXE_counting")));
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), "0 allocations\n"));
    assert_eq!(check::complete(&finished.stdout).lines.len(), 21 * 200);
}
