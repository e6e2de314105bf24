//! Programs that die while they trace into a file: what had been committed is there after the next start.
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flowtrace_runtime::recover;
use flowtrace_tests::check::{self, Line, Trace};
use flowtrace_tests::child::{run, start};

fn dying(output: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dying"));
    command.args(args).env("FLOWTRACE_OUTPUT", output);
    command
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trace.jsonl");
    (folder, path)
}

fn read(path: &Path) -> Trace {
    check::partial(&fs::read_to_string(path).expect("a trace"))
}

/// The calls of `work` that returned, by worker, each with its numbers in the order of the lines.
fn returned(trace: &Trace) -> BTreeMap<u64, Vec<u64>> {
    let mut calls: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for line in trace.lines.iter().filter(|line| line["event"] == "EXIT" && line["function"] == "work") {
        let result: u64 = line["result"].as_str().and_then(|result| result.parse().ok()).expect("a result");
        calls.entry(result / 1_000_000).or_default().push(result % 1_000_000);
    }
    calls
}

fn lost(trace: &Trace) -> u64 {
    trace.lines.iter().filter_map(|line| line.get("count")?.as_u64()).sum()
}

/// Rings of this output that lie about.
fn rings(path: &Path) -> usize {
    let folders = [std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from), Some(PathBuf::from("/dev/shm"))];
    let entries = folders.into_iter().flatten().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
    let path = path.as_os_str().as_encoded_bytes();
    let of_it = |ring: PathBuf| {
        fs::read(ring)
            .is_ok_and(|bytes| bytes[..4096.min(bytes.len())].windows(path.len()).any(|part| part == path))
    };
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(".ring") && of_it(entry.path()))
        .count()
}

#[test]
fn whatever_ends_a_process_no_committed_line_is_lost() {
    for how in ["abort", "SIGSEGV", "SIGTERM", "SIGKILL", "_exit", "exec", "stack overflow"] {
        let (_folder, path) = folder();
        run(&mut dying(&path, &["die", how, "1000"]));
        recover(&path).expect("recovered");
        let trace = read(&path);
        assert_eq!(returned(&trace).get(&1), Some(&(0..1000).collect()), "{how}");
        // a stack may end while a line is on its way
        let torn = u64::from(how == "stack overflow");
        assert!(lost(&trace) <= torn && rings(&path) == 0, "{how}: {}", lost(&trace));
        let open = if how == "stack overflow" { trace.enters("overflow").count() } else { 0 };
        assert_eq!(trace.open.len(), open, "{how}");
    }
}

#[test]
fn a_line_larger_than_the_buffer_outlives_the_process_too() {
    let (_folder, path) = folder();
    let sizes = [("FLOWTRACE_MAX_VALUE_BYTES", "0"), ("FLOWTRACE_BUFFER_BYTES", "4096")];
    run(dying(&path, &["echo and die", "40000"]).envs(sizes));
    recover(&path).expect("recovered");
    let trace = check::complete(&fs::read_to_string(&path).expect("a trace"));
    assert_eq!((trace.lines.len(), trace.lines[1]["result"].as_str()), (2, Some("40000")));
}

#[test]
fn the_command_recovers_without_a_start() {
    let (folder, path) = folder();
    // while another process has the file, nothing of what is traced can be written
    let holder = start(&mut dying(&path, &["pause", "0"]));
    wait_for_file(folder.path(), |name| name == "trace.jsonl");
    run(&mut dying(&path, &["die", "SIGKILL", "100"]));
    assert_eq!(holder.end().code, Some(0));
    let flowtrace = env!("CARGO_BIN_EXE_command");
    for said in ["400 lines of 1 process added, 0 lost", "nothing was left"] {
        let finished = run(Command::new(flowtrace).arg("recover").arg(&path));
        assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
        assert_eq!(finished.stdout, format!("{}: {said}\n", path.display()));
    }
    assert_eq!(returned(&read(&path))[&1], (0..100).collect::<Vec<_>>());
}

#[test]
fn the_next_start_adds_what_was_left_before_its_own() {
    let (_folder, path) = folder();
    for round in 1..=3 {
        run(&mut dying(&path, &["die", "SIGKILL", "100"]));
        // a process that dies so soon may not have come to take over what was left
        assert!((1..=round).contains(&rings(&path)), "round {round}");
    }
    run(&mut dying(&path, &["calls", "2", "5"]));
    let trace = read(&path);
    let first = trace.lines.iter().rposition(|line| line["function"] == "parent").expect("recovered");
    assert!(trace.lines[first + 1..].len() == 10 && rings(&path) == 0);
    assert_eq!(returned(&trace)[&1], (0..3).flat_map(|_| 0..100).collect::<Vec<_>>());
    assert_eq!(returned(&trace)[&2], [0, 1, 2, 3, 4]);
}

#[test]
fn an_output_of_each_process_is_recovered_by_the_next_of_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trace-{pid}.jsonl");
    run(&mut dying(&path, &["die", "SIGKILL", "50"]));
    run(&mut dying(&path, &["calls", "2", "5"]));
    let mut traces: Vec<_> = fs::read_dir(folder.path())
        .expect("a folder")
        .map(|file| read(&file.expect("a file").path()))
        .collect();
    traces.sort_by_key(|trace| trace.lines.len());
    assert_eq!(traces.iter().map(|trace| trace.lines.len()).collect::<Vec<_>>(), [10, 200]);
}

#[test]
fn a_process_killed_at_any_moment_loses_no_call_that_had_returned() {
    kill_at_random(20, 3);
}

/// The long run of the same.
#[test]
#[ignore = "some minutes; tests/long runs it"]
fn two_hundred_processes_killed_at_any_moment_lose_no_call_that_had_returned() {
    kill_at_random(200, 3);
}

fn kill_at_random(rounds: u64, workers: u64) {
    for round in 0..rounds {
        let (_folder, path) = folder();
        let mut command = dying(&path, &["acknowledge", &workers.to_string()]);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("a child");
        let acknowledged = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        // a moment that is another in each round, from the first call on
        let moment = round * round * 37 % 3001;
        let mut last = BTreeMap::new();
        for (count, line) in (0..).zip(acknowledged) {
            let line = line.expect("UTF-8");
            let numbers = line.split_once(' ');
            // the last line may be cut
            if let Some((Ok(worker), Ok(n))) =
                numbers.map(|(worker, n)| (worker.parse::<u64>(), n.parse::<u64>()))
            {
                last.insert(worker, n);
            }
            if count == moment {
                child.kill().expect("killed");
            }
        }
        child.wait().expect("dead");
        recover(&path).expect("recovered");
        let trace = read(&path);
        let returned = returned(&trace);
        for (worker, n) in last {
            let calls = &returned[&worker];
            assert!(
                calls.len() as u64 > n,
                "round {round}: {worker} had told of {n}, {} are there",
                calls.len()
            );
            assert!(calls.iter().copied().eq(0..calls.len() as u64), "round {round}: out of order or twice");
        }
        // a thread can have torn no more than a line
        assert!(lost(&trace) <= workers, "round {round}");
        assert_eq!(rings(&path), 0);
    }
}

#[test]
fn sixteen_threads_lose_nothing_and_keep_their_order() {
    many_threads(16, 2_000);
}

/// The long run of the same.
#[test]
#[ignore = "some minutes; tests/long runs it"]
fn sixteen_threads_with_a_hundred_thousand_calls_each_lose_nothing() {
    many_threads(16, 100_000);
}

fn many_threads(threads: u64, calls: u64) {
    let (_folder, path) = folder();
    let finished = run(&mut dying(&path, &["calls in threads", &threads.to_string(), &calls.to_string()]));
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    let mut open = check::Calls::default();
    let mut next: HashMap<u64, u64> = HashMap::new();
    for line in BufReader::new(fs::File::open(&path).expect("a trace")).lines() {
        let line: Line = check::line(&line.expect("UTF-8"));
        if let Some(result) = line.get("result").and_then(|result| result.as_str()?.parse::<u64>().ok()) {
            let expected = next.entry(result / 1_000_000).or_default();
            assert_eq!(result % 1_000_000, *expected, "{line:?}");
            *expected += 1;
        }
        open.take(line);
    }
    assert_eq!((open.open(), next.len() as u64), (0, threads));
    assert!(next.values().all(|count| *count == calls));
}

#[test]
fn a_forked_child_traces_for_itself_and_closes_no_call_of_its_parent() {
    let (folder, path) = folder();
    let finished = run(&mut dying(&path, &["fork"]));
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let own = wait_for_file(folder.path(), |name| name.starts_with("trace-"));
    let (parents, childs) = (read(&path), fs::read_to_string(own).expect("a trace"));
    assert!(parents.open.is_empty());
    assert_eq!(returned(&parents).keys().copied().collect::<Vec<_>>(), [0, 1, 3]);
    let childs: Vec<Line> = childs.lines().map(check::line).collect();
    let outer = parents.enters("fork_inside").next().expect("the call");
    assert_eq!(
        childs.iter().map(|line| (&line["event"], &line["parentSpanId"])).collect::<Vec<_>>(),
        [(&"ENTER".into(), &outer["spanId"]), (&"EXIT".into(), &outer["spanId"])]
    );
    assert_eq!(childs[0]["traceId"], outer["traceId"]);
    assert!(parents.lines.iter().all(|line| line["spanId"] != childs[0]["spanId"]));
}

/// The first file of such a name that holds a whole trace.
fn wait_for_file(folder: &Path, is_it: impl Fn(&str) -> bool) -> PathBuf {
    let until = std::time::Instant::now() + flowtrace_tests::child::DEADLINE;
    loop {
        let files = fs::read_dir(folder).expect("a folder").filter_map(Result::ok);
        let mut files = files.filter(|file| is_it(&file.file_name().to_string_lossy()));
        if let Some(file) =
            files.find(|file| fs::read_to_string(file.path()).is_ok_and(|text| text.ends_with("}\n")))
        {
            return file.path();
        }
        assert!(std::time::Instant::now() < until, "no such file came");
        std::thread::yield_now();
    }
}

#[test]
fn children_of_a_process_with_busy_threads_never_hang_and_lose_nothing() {
    let (folder, path) = folder();
    let finished = run(&mut dying(&path, &["fork among threads", "20"]));
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let mut calls: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for file in fs::read_dir(folder.path()).expect("a folder") {
        let trace = read(&file.expect("a file").path());
        assert_eq!((trace.open.len(), lost(&trace)), (0, 0));
        for (worker, more) in returned(&trace) {
            calls.entry(worker).or_default().extend(more);
        }
    }
    for worker in 1..=3 {
        calls.get_mut(&worker).expect("calls").sort_unstable();
        assert_eq!(calls[&worker], (0..20).collect::<Vec<_>>(), "worker {worker}");
    }
}

#[test]
fn a_forked_child_that_takes_the_short_way_out_is_recovered() {
    let (folder, path) = folder();
    let finished = run(&mut dying(&path, &["fork and _exit"]));
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    recover(&path).expect("recovered");
    let traces =
        fs::read_dir(folder.path()).expect("a folder").map(|file| read(&file.expect("a file").path()));
    let calls: BTreeMap<_, _> = traces.flat_map(|trace| returned(&trace)).collect();
    assert_eq!(calls, BTreeMap::from([(0, vec![0]), (2, vec![1])]));
}

#[test]
fn a_program_that_closes_all_descriptors_keeps_its_own_files_and_its_trace() {
    let (folder, path) = folder();
    let own = folder.path().join("own");
    let finished = run(&mut dying(&path, &["close all descriptors", own.to_str().expect("UTF-8")]));
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert_eq!(fs::read_to_string(&own).expect("text"), "precious twice");
    assert_eq!(returned(&read(&path)), BTreeMap::from([(1, (0..10).collect()), (2, (0..10).collect())]));
}

#[test]
fn a_signal_handler_may_make_traced_calls_in_the_midst_of_others() {
    let (_folder, path) = folder();
    let finished = run(&mut dying(&path, &["calls in a signal handler", "20000"]));
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    // a handler that comes before the ENTER of the call it interrupts is told before it
    let (mut calls, mut exits) = (check::Calls::default(), 0);
    for line in fs::read_to_string(&path).expect("a trace").lines().map(check::line) {
        exits += u64::from(line["event"] == "EXIT" && line.get("result").is_some_and(|n| n != "9000000"));
        calls.take(line);
    }
    assert_eq!((calls.open(), exits), (0, 20_100));
}

#[test]
fn a_daemon_goes_on_in_the_file_of_the_process_that_started_it() {
    let (folder, path) = folder();
    let finished = run(&mut dying(&path, &["daemon"]));
    // stderr is at its end: the daemon is, too
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    assert_eq!(returned(&read(&path)), BTreeMap::from([(0, vec![0]), (4, vec![0, 1])]));
}

#[test]
fn two_processes_on_one_output_are_kept_apart() {
    let (folder, path) = folder();
    let first = start(&mut dying(&path, &["pause", "3"]));
    let ready = wait_for_file(folder.path(), |name| name == "trace.jsonl");
    let second = run(&mut dying(&path, &["calls", "2", "5"]));
    let own = wait_for_file(folder.path(), |name| name.starts_with("trace-"));
    let shown = |path: &Path| fs::canonicalize(path).expect("a path").display().to_string();
    let message = format!(
        "flowtrace: another process writes to `{}`; this one goes on in `{}`\n",
        shown(&ready),
        shown(&own)
    );
    assert_eq!((second.code, second.stderr), (Some(0), message));
    assert_eq!(first.end().code, Some(0));
    assert_eq!(returned(&read(&own)), BTreeMap::from([(2, (0..5).collect())]));
    assert_eq!(returned(&read(&path)), BTreeMap::from([(0, vec![0]), (1, (0..3).collect()), (2, vec![0])]));
}

#[test]
fn a_process_whose_buffer_fills_does_not_wait_for_the_file_of_another() {
    let (folder, path) = folder();
    let first = start(&mut dying(&path, &["pause", "0"]));
    wait_for_file(folder.path(), |name| name == "trace.jsonl");
    // many times what the buffer holds, so that it is written in the second process's own file long before its end
    let mut second = dying(&path, &["die", "SIGKILL", "2000"]);
    run(second.env("FLOWTRACE_BUFFER_BYTES", "8192"));
    let own = wait_for_file(folder.path(), |name| name.starts_with("trace-"));
    assert_eq!(first.end().code, Some(0));
    recover(&path).expect("recovered");
    assert_eq!(returned(&read(&own))[&1], (0..2000).collect::<Vec<_>>());
}

#[test]
fn what_a_living_process_holds_is_not_recovered() {
    let (folder, path) = folder();
    let living = start(&mut dying(&path, &["pause", "3"]));
    wait_for_file(folder.path(), |name| name == "trace.jsonl");
    assert_eq!(recover(&path).expect("nothing to do").processes, 0);
    assert_eq!(living.end().code, Some(0));
    assert_eq!(read(&path).lines.len(), 10);
}

#[test]
fn files_are_rotated_with_no_line_split_or_lost() {
    let (folder, path) = folder();
    let limits = [("FLOWTRACE_MAX_FILE_BYTES", "20000")];
    run(dying(&path, &["die", "SIGKILL", "500"]).envs(limits));
    run(dying(&path, &["calls", "2", "500"]).envs(limits));
    let mut files: Vec<_> =
        fs::read_dir(folder.path()).expect("a folder").map(|file| file.expect("a file").path()).collect();
    assert!(files.iter().all(|file| fs::metadata(file).expect("a file").len() <= 20_000), "{files:?}");
    // the higher the number, the later; the one without is the last
    let number = |file: &PathBuf| {
        file.extension().and_then(|number| number.to_str()?.parse::<u64>().ok()).unwrap_or(u64::MAX)
    };
    files.sort_by_key(number);
    let text: String = files.iter().map(|file| fs::read_to_string(file).expect("UTF-8")).collect();
    let trace = check::complete(&text);
    assert_eq!(returned(&trace), BTreeMap::from([(1, (0..500).collect()), (2, (0..500).collect())]));
}

#[test]
fn a_number_of_files_bounds_what_is_kept() {
    let (folder, path) = folder();
    run(dying(&path, &["calls", "2", "500"])
        .envs([("FLOWTRACE_MAX_FILE_BYTES", "20000"), ("FLOWTRACE_MAX_FILES", "3")]));
    let mut names: Vec<_> = fs::read_dir(folder.path())
        .expect("a folder")
        .map(|file| file.expect("a file").file_name())
        .collect();
    names.sort();
    let numbers: Vec<u64> =
        names.iter().filter_map(|name| name.to_str()?.rsplit_once('.')?.1.parse().ok()).collect();
    assert_eq!((names.len(), numbers.len(), numbers[1] - numbers[0]), (3, 2, 1), "{names:?}");
}
