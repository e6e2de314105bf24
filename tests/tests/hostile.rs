//! Programs that are hard to live in, and users who are: the programs go on as if they were not traced, none of their
//! files holds a trace, and nobody else says where a trace goes.
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
fn an_output_that_is_opened_late_is_where_the_program_began() {
    let folder = tempfile::tempdir().expect("a folder");
    let other = folder.path().join("other");
    fs::create_dir(&other).expect("a folder");
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 32; exec \"$0\" 'begin without descriptors' other"]);
    command.arg(env!("CARGO_BIN_EXE_hostile")).current_dir(folder.path());
    let finished = run(command.env("FLOWTRACE_OUTPUT", "trace.jsonl"));
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert!(finished.stderr.contains("cannot open"), "{}", finished.stderr);
    assert_eq!(fs::read_dir(&other).expect("a folder").count(), 0);
    let text = fs::read_to_string(folder.path().join("trace.jsonl")).expect("a trace");
    assert_eq!(check::complete(&text).lines.len(), 40);
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

#[test]
fn a_file_is_opened_again_by_a_program_that_closes_all_descriptors() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("trace.jsonl");
    let finished = run(hostile(&["close descriptors"]).env("FLOWTRACE_OUTPUT", &output));
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    assert_eq!(check::complete(&fs::read_to_string(&output).expect("text")).lines.len(), 60);
}

#[test]
fn a_slow_reader_is_waited_for_as_long_as_it_reads() {
    // the program is over long before its reader, which takes nothing for a second at a time
    let script = "\"$0\" calls 1 2000 | { n=0; while [ $n -lt 7 ]; do sleep 1; head -c 4096; n=$((n + 1)); done; cat; }";
    let mut command = Command::new("sh");
    let finished = run(command.args(["-c", script, env!("CARGO_BIN_EXE_dying")]));
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    assert_eq!(check::complete(&finished.stdout).lines.len(), 4_000);
}

#[test]
fn lines_that_the_end_cuts_are_counted() {
    // the shell keeps the pipe open, and reads what is in it after the end of the program
    let script = "mkfifo pipe; exec 9<>pipe; \"$0\" calls 1 2000 >pipe; exec 8<pipe 9>&-; cat <&8";
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new("sh");
    let finished = run(command.args(["-c", script, env!("CARGO_BIN_EXE_dying")]).current_dir(folder.path()));
    let cut = finished.stderr.strip_prefix("flowtrace: the last ");
    let cut = cut.and_then(|rest| rest.strip_suffix(" lines could not be written to stdout\n"));
    let cut =
        cut.and_then(|lines| lines.parse::<usize>().ok()).unwrap_or_else(|| panic!("{}", finished.stderr));
    assert_eq!(check::partial(&finished.stdout).lines.len() + cut, 4_000);
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

/// Runs a script as root, in a folder that everybody may use, with `nobody` as a command that does something as another
/// user; `None` where this is not root.
fn as_root(folder: &Path, script: &str) -> Option<Finished> {
    let prelude = "[ $(id -u) = 0 ] || { echo 'not root' >&2; exit 77; }; umask 0; chmod 755 .; unset XDG_RUNTIME_DIR; \
                   nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups \"$@\"; }; ";
    let mut command = Command::new("sh");
    command.args(["-ec", &format!("{prelude}{script}"), env!("CARGO_BIN_EXE_traced")]).current_dir(folder);
    let finished = run(command.env("FLOWTRACE_OUTPUT", "trace.jsonl"));
    if finished.code == Some(77) {
        eprintln!("skipped: not root");
        return None;
    }
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""), "{script}");
    Some(finished)
}

#[test]
fn a_set_uid_program_takes_no_orders_from_the_environment() {
    let folder = tempfile::tempdir().expect("a folder");
    // the copy may be of another file system, or of one where no program is set-uid
    let script =
        "cp \"$0\" traced; chmod 4755 traced; mkdir -m 777 open; cd open; nobody ../traced chains 1; ls";
    let Some(finished) = as_root(folder.path(), script) else { return };
    assert_eq!(check::complete(&finished.stdout).lines.len(), 6, "the default stands, and no file is there");
    // what it says on stderr is that a second `init` comes too late
    let script = "FLOWTRACE=off nobody ./traced init $PWD/open/trace.jsonl 2>/dev/null; stat -c '%u %a' open/trace.jsonl";
    let finished = as_root(folder.path(), script).expect("root");
    assert_eq!(finished.stdout, "0 600\n", "what the code says counts");
}

#[test]
fn a_trace_is_for_its_user_alone_unless_the_file_was_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "umask 0; \"$0\" chains 1; stat -c %a trace.jsonl; chmod 644 trace.jsonl; \"$0\" chains 1; \
                  stat -c %a trace.jsonl";
    let mut command = Command::new("sh");
    command.args(["-ec", script, env!("CARGO_BIN_EXE_traced")]).current_dir(folder.path());
    let finished = run(command.env("FLOWTRACE_OUTPUT", "trace.jsonl"));
    assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("600\n644\n", ""));
}

#[test]
fn another_user_neither_stops_nor_diverts_a_trace() {
    let folder = tempfile::tempdir().expect("a folder");
    // a lock by somebody who may only read, and the names that a ring of this process could have, were they counted
    let script = "touch trace.jsonl; chmod 644 trace.jsonl; mkfifo held go; \
                  nobody flock trace.jsonl sh -c 'echo >held; read end <go' & read line <held; \
                  sh -ec 'for n in $(seq 0 99); do echo /dev/shm/flowtrace-0-$$-$n-trace.jsonl.ring; done >names; \
                  xargs setpriv --reuid=65534 --regid=65534 --clear-groups touch <names; exec \"$0\" chains 1000' \"$0\"; \
                  echo >go; wait";
    let finished = as_root(folder.path(), script);
    let names = fs::read_to_string(folder.path().join("names")).unwrap_or_default();
    names.lines().for_each(|name| fs::remove_file(name).expect("it is there"));
    if finished.is_some() {
        let trace = fs::read_to_string(folder.path().join("trace.jsonl")).expect("a trace");
        assert_eq!(check::complete(&trace).lines.len(), 6_000);
        assert_eq!(
            fs::read_dir(folder.path()).expect("a folder").count(),
            4,
            "names, held, go, and the trace"
        );
    }
}
