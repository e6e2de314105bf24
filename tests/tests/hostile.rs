//! Programs that are hard to live in: they go on as if they were not traced, and none of their files holds a trace.
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use flowtrace_tests::check;
use flowtrace_tests::child::{DEADLINE, Finished, run, start};

fn hostile(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hostile"));
    command.args(args);
    command
}

fn make_fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo").success());
}

#[test]
fn a_program_that_holds_stderr_goes_on_when_its_output_fails() {
    let complaint = "flowtrace: cannot write the trace to `/dev/full`: ";
    for (how, said) in
        [("hold stderr", "went on\n"), ("print what traces", "went on\n"), ("hold stderr in a thread", "")]
    {
        let mut command = hostile(&[how, "20000"]);
        let finished =
            run(command.envs([("FLOWTRACE_OUTPUT", "/dev/full"), ("FLOWTRACE_BUFFER_BYTES", "4096")]));
        assert_eq!(finished.code, Some(0), "{how}: {}", finished.stderr);
        assert!(
            finished.stderr.contains(complaint) && finished.stderr.contains(said),
            "{how}: {}",
            finished.stderr
        );
    }
}

#[test]
fn a_stderr_that_is_full_stops_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    make_fifo(&folder.path().join("err"));
    // the shell keeps it open, and never reads
    let script = "exec 9<>err; \"$0\" 'fill stderr' 20000 2>err";
    let mut command = Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_hostile")]).current_dir(folder.path());
    let finished = run(command.envs([("FLOWTRACE_OUTPUT", "/dev/full"), ("FLOWTRACE_BUFFER_BYTES", "4096")]));
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), "went on\n"));
}

#[test]
fn files_that_come_in_place_of_stdout_and_stderr_hold_no_trace() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = folder.path().to_str().expect("UTF-8");
    for (output, replaced) in
        [("stdout", &["0", "1", "2"][..]), ("stdout", &["1"]), ("stderr", &["2"]), ("/dev/full", &["2"])]
    {
        let args = [&["replace descriptors", own][..], replaced].concat();
        let Finished { stdout, stderr, code } = run(hostile(&args).env("FLOWTRACE_OUTPUT", output));
        // the program looks at its files itself; where its stderr is gone, its code tells
        assert_eq!(code, Some(0), "{output}, {replaced:?}: {stderr}");
        let written = match output {
            "stdout" => stdout,
            "stderr" => stderr.clone(),
            _ => continue,
        };
        assert_eq!(check::complete(&written).lines.len(), 20);
        if replaced == ["1"] {
            let message =
                "flowtrace: the program has closed stdout or put another file in its place; tracing stops, ";
            let lines =
                stderr.strip_prefix(message).and_then(|rest| rest.strip_suffix(" lines are not written\n"));
            let lines = lines.and_then(|lines| lines.parse::<u64>().ok()).expect("a number of lines");
            assert!((1..=2_000).contains(&lines), "{lines}");
        }
    }
}

/// What comes out of a FIFO until the last of its writers is gone.
fn read_fifo(path: &Path) -> mpsc::Receiver<String> {
    let (send, receive) = mpsc::channel();
    let path = path.to_owned();
    thread::spawn(move || send.send(fs::read_to_string(path).expect("UTF-8")));
    receive
}

#[test]
fn a_file_that_comes_in_place_of_a_fifo_holds_no_trace() {
    let folder = tempfile::tempdir().expect("a folder");
    let (fifo, own) = (folder.path().join("fifo"), folder.path().join("own"));
    make_fifo(&fifo);
    let read = read_fifo(&fifo);
    let mut command = Command::new(env!("CARGO_BIN_EXE_dying"));
    command.args(["close all descriptors".as_ref(), own.as_os_str()]).env("FLOWTRACE_OUTPUT", &fifo);
    let finished = run(&mut command);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert_eq!(fs::read_to_string(&own).expect("text"), "precious twice");
    let message =
        format!("flowtrace: the program has closed `{}` or put another file in its place", fifo.display());
    assert!(finished.stderr.starts_with(&message), "{}", finished.stderr);
    assert_eq!(check::complete(&read.recv_timeout(DEADLINE).expect("an end")).lines.len(), 20);
}

#[test]
fn a_forked_child_keeps_no_fifo_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let fifo = folder.path().join("fifo");
    make_fifo(&fifo);
    let read = read_fifo(&fifo);
    let mut command = Command::new(env!("CARGO_BIN_EXE_dying"));
    // the child lives until its stdin ends
    let running = start(command.arg("fork and stay").env("FLOWTRACE_OUTPUT", &fifo));
    let written = read.recv_timeout(DEADLINE).expect("an end, though the child lives");
    assert_eq!(check::complete(&written).lines.len(), 2);
    assert_eq!(running.end().code, Some(0));
}
