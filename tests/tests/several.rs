//! Several processes on one output, killed together, and recoveries that are killed as well.
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use flowtrace_runtime::{left_behind, recover};
use flowtrace_tests::check;
use flowtrace_tests::child::{run, start};

fn dying(output: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dying"));
    command.args(args).env("FLOWTRACE_OUTPUT", output).stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// The files of a trace, each output's oldest first.
fn files(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path());
    let mut files: Vec<_> = files.collect();
    files.sort_by_key(|file| {
        let name = file.file_name().and_then(|name| name.to_str()).expect("UTF-8").to_owned();
        let (stem, number) = name.rsplit_once(".jsonl").expect("an output");
        (stem.to_owned(), number.trim_start_matches('.').parse().unwrap_or(u64::MAX))
    });
    files
}

/// A process that traces calls and tells of each once it has returned; the number of the last, in the end.
struct Worker {
    child: Child,
    told: thread::JoinHandle<Option<u64>>,
}

impl Worker {
    /// Starts it, and waits for its first call.
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("a child");
        let mut told = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut first = String::new();
        told.read_line(&mut first).expect("a call");
        // the last line may be cut
        let number = |line: String| line.split_once(' ').and_then(|(_, n)| n.parse::<u64>().ok());
        let told = thread::spawn(move || {
            let whole = told.split(b'\n').map_while(Result::ok).map(|line| String::from_utf8(line).ok());
            let numbers: Vec<_> = whole.map(|line| line.and_then(number)).collect();
            numbers.split_last().and_then(|(_, before)| before.last().copied()).flatten()
        });
        Self { child, told }
    }
}

#[test]
fn processes_killed_together_lose_nothing_and_have_nothing_twice() {
    kill_together(12);
}

/// The long run of the same.
#[test]
#[ignore = "some minutes; tests/long runs it"]
fn five_hundred_times_processes_killed_together_lose_nothing() {
    kill_together(500);
}

fn kill_together(rounds: u64) {
    for round in 0..rounds {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("trace.jsonl");
        let processes = 2 + round % 3;
        // some of them wait for the file, some go on in their own, some move theirs aside
        let buffer = if round % 4 == 3 { "16384" } else { "1048576" };
        let most = if round % 2 == 1 { "30000" } else { "0" };
        let mut workers: Vec<_> = (1..=processes)
            .map(|worker| {
                let mut command = dying(&path, &["acknowledge as", &worker.to_string()]);
                command.env("FLOWTRACE_BUFFER_BYTES", buffer).env("FLOWTRACE_MAX_FILE_BYTES", most);
                Worker::start(command)
            })
            .collect();
        // any moment will do: it is what the kill meets that differs
        thread::sleep(Duration::from_micros(round * round * 37 % 20_011));
        for worker in &mut workers {
            worker.child.kill().expect("killed");
        }
        let mut last = BTreeMap::new();
        for (number, mut worker) in (1..).zip(workers) {
            worker.child.wait().expect("dead");
            last.insert(number, worker.told.join().expect("read"));
        }
        for attempt in 0..round % 4 {
            let mut recovery =
                dying(&path, &["recover", path.to_str().expect("UTF-8")]).spawn().expect("a child");
            thread::sleep(Duration::from_micros((round * 7 + attempt) * 997 % 9_001));
            recovery.kill().expect("killed");
            recovery.wait().expect("dead");
        }
        recover(&path).expect("recovered");
        hold(folder.path(), &last, round);
        assert_eq!(left_behind().iter().filter(|left| left.output.starts_with(folder.path())).count(), 0);
    }
}

/// Each call is there that its worker had told of, once and in order, and each line is one.
fn hold(folder: &Path, last: &BTreeMap<u64, Option<u64>>, round: u64) {
    let (mut next, mut missing) = (BTreeMap::<u64, u64>::new(), 0);
    let mut calls = check::Calls::default();
    for file in files(folder) {
        for line in fs::read_to_string(file).expect("UTF-8").split_inclusive('\n') {
            let line = check::line(line.strip_suffix('\n').expect("a whole line"));
            missing += line.get("count").map_or(0, |count| count.as_u64().expect("a count"));
            if let Some(result) = line.get("result").and_then(|result| result.as_str()?.parse::<u64>().ok()) {
                let next = next.entry(result / 1_000_000).or_default();
                assert_eq!(result % 1_000_000, *next, "round {round}: out of order, twice or not there");
                *next += 1;
            }
            calls.take(line);
        }
    }
    for (worker, last) in last {
        let there = next.get(worker).copied().unwrap_or(0);
        assert!(
            last.is_none_or(|last| last < there),
            "round {round}: {worker} told of {last:?}, {there} are there"
        );
    }
    // a process can have torn no more than the line that it was handing over
    assert!(missing <= last.len() as u64 && calls.open() <= 2 * last.len(), "round {round}: {missing} lost");
}

#[test]
fn the_command_lists_what_was_left_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trace.jsonl");
    // another process has the file, so that nothing can be written
    let holder =
        start(Command::new(env!("CARGO_BIN_EXE_dying")).args(["pause", "0"]).env("FLOWTRACE_OUTPUT", &path));
    while fs::metadata(&path).map_or(0, |meta| meta.len()) == 0 {
        thread::yield_now();
    }
    let mut child = dying(&path, &["die", "SIGKILL", "100"]);
    child.spawn().expect("a child").wait().expect("dead");
    assert_eq!(holder.end().code, Some(0));
    let before = fs::read(&path).expect("a trace");
    let flowtrace = env!("CARGO_BIN_EXE_command");
    for _ in 0..2 {
        let finished = run(Command::new(flowtrace).arg("recover"));
        let canonical = fs::canonicalize(&path).expect("a path");
        let ours: Vec<_> = finished
            .stdout
            .lines()
            .filter(|line| line.starts_with(&canonical.display().to_string()))
            .collect();
        assert!(ours.len() == 1 && ours[0].contains(": 400 lines of process "), "{}", finished.stdout);
        assert_eq!(fs::read(&path).expect("a trace"), before);
    }
    assert_eq!(recover(&path).expect("recovered").lines, 400);
    assert!(left_behind().iter().all(|left| !left.output.starts_with(folder.path())));
}

#[test]
fn what_was_left_below_a_link_that_leads_elsewhere_by_now_is_recovered() {
    let link_to = |folder: &Path, release: &str| {
        let _ = fs::remove_file(folder.join("current"));
        std::os::unix::fs::symlink(release, folder.join("current")).expect("a link");
    };
    for is_kept in [true, false] {
        let folder = tempfile::tempdir().expect("a folder");
        let (old, new) = (folder.path().join("1"), folder.path().join("2"));
        fs::create_dir(&old).and_then(|()| fs::create_dir(&new)).expect("folders");
        link_to(folder.path(), "1");
        let path = folder.path().join("current/trace.jsonl");
        let holder = start(
            Command::new(env!("CARGO_BIN_EXE_dying")).args(["pause", "0"]).env("FLOWTRACE_OUTPUT", &path),
        );
        while fs::metadata(&path).map_or(0, |meta| meta.len()) == 0 {
            thread::yield_now();
        }
        dying(&path, &["die", "SIGKILL", "100"]).spawn().expect("a child").wait().expect("dead");
        assert_eq!(holder.end().code, Some(0));
        link_to(folder.path(), "2");
        if !is_kept {
            fs::remove_dir_all(&old).expect("removed");
        }
        dying(&path, &["calls", "2", "5"]).spawn().expect("a child").wait().expect("at its end");
        let count = |release: &Path| {
            let text = fs::read_to_string(release.join("trace.jsonl")).unwrap_or_default();
            check::complete(&text).lines.len()
        };
        // the holder's calls stand in the old one
        assert_eq!((count(&old), count(&new)), if is_kept { (404, 10) } else { (0, 410) });
    }
}
