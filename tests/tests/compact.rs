//! Programs that trace into compact files: however they end, `flowtrace cat` gives the lines of each call once.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flowtrace_runtime::compact::Lines;
use flowtrace_runtime::recover;
use flowtrace_tests::check::{self, Trace};
use flowtrace_tests::child::{Finished, run, start};

const PROGRAM: &str = env!("CARGO_BIN_EXE_traced");
const DYING: &str = env!("CARGO_BIN_EXE_dying");

fn into(output: &Path, program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).env("FLOWTRACE_OUTPUT", output);
    command
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.ft");
    (folder, path)
}

/// The lines of a compact file of which nothing is damaged.
fn text(path: &Path) -> String {
    let mut lines = Lines::new(fs::File::open(path).expect("a file"));
    let mut text = String::new();
    lines.read_to_string(&mut text).expect("lines");
    assert!(lines.damage().is_none(), "{}: {:?}", path.display(), lines.damage());
    text
}

fn flowtrace(args: &[&str], path: &Path) -> Finished {
    run(Command::new(env!("CARGO_BIN_EXE_command")).args(args).arg(path))
}

fn lost(trace: &Trace) -> u64 {
    trace.lines.iter().filter_map(|line| line.get("count")?.as_u64()).sum()
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

#[test]
fn a_compact_file_is_smaller_and_has_the_lines_of_all_calls() {
    let mut sizes =
        vec![run(&mut into(Path::new("stdout"), PROGRAM, &["chains", "1000"])).stdout.len() as u64];
    for compression in ["none", "lz4"] {
        let (_folder, path) = folder();
        let finished = run(into(&path, PROGRAM, &["chains", "1000"]).env("FLOWTRACE_COMPRESS", compression));
        assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
        let trace = check::complete(&text(&path));
        assert_eq!((trace.lines.len(), trace.enters("chain").count()), (6000, 1000), "{compression}");
        sizes.push(fs::metadata(&path).expect("a file").len());
    }
    assert!(sizes[0] > 3 * sizes[1] && sizes[1] > sizes[2], "{sizes:?}");
}

#[test]
fn the_command_prints_the_lines_and_finds_nothing_wrong_with_them() {
    let (_folder, path) = folder();
    run(&mut into(&path, PROGRAM, &["chains", "1000"]));
    let printed = flowtrace(&["cat"], &path);
    assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""));
    assert!(printed.stdout == text(&path));
    let checked = flowtrace(&["check"], &path);
    assert_eq!((checked.code, checked.stderr.as_str()), (Some(0), ""), "{}", checked.stdout);
    assert!(checked.stdout.ends_with(": 6000 lines, 3000 calls, 0 of them open: as the format says\n"));
}

#[test]
fn a_second_process_appends_with_a_dictionary_of_its_own() {
    let (_folder, path) = folder();
    run(&mut into(&path, PROGRAM, &["chains", "10"]));
    run(&mut into(&path, DYING, &["calls", "2", "5"]));
    run(&mut into(&path, PROGRAM, &["errors", "3"]));
    let trace = check::complete(&text(&path));
    assert_eq!(trace.lines.len(), 60 + 10 + 6);
    assert_eq!(returned(&trace)[&2], [0, 1, 2, 3, 4]);
}

#[test]
fn whatever_ends_a_process_no_committed_call_is_lost() {
    for how in ["abort", "SIGTERM", "SIGKILL", "_exit", "exec", "stack overflow"] {
        let (_folder, path) = folder();
        run(&mut into(&path, DYING, &["die", how, "1000"]));
        recover(&path).expect("recovered");
        let trace = check::partial(&text(&path));
        assert_eq!(returned(&trace).get(&1), Some(&(0..1000).collect()), "{how}");
        assert!(lost(&trace) <= u64::from(how == "stack overflow"), "{how}");
    }
}

#[test]
fn the_next_start_adds_what_was_left_before_its_own() {
    let (_folder, path) = folder();
    for _ in 0..3 {
        run(&mut into(&path, DYING, &["die", "SIGKILL", "100"]));
    }
    run(&mut into(&path, DYING, &["calls", "2", "5"]));
    let trace = check::partial(&text(&path));
    let first = trace.lines.iter().rposition(|line| line["function"] == "parent").expect("recovered");
    assert_eq!(trace.lines[first + 1..].len(), 10);
    assert_eq!(returned(&trace)[&1], (0..3).flat_map(|_| 0..100).collect::<Vec<_>>());
    assert_eq!(returned(&trace)[&2], [0, 1, 2, 3, 4]);
}

#[test]
fn a_process_killed_at_any_moment_loses_no_call_that_had_returned() {
    for round in 0..8_u64 {
        let (_folder, path) = folder();
        let compression = ["none", "lz4"][usize::from(round % 2 == 1)];
        let mut command = into(&path, DYING, &["acknowledge", "3"]);
        let command = command.env("FLOWTRACE_COMPRESS", compression).stdout(Stdio::piped());
        let mut child = command.spawn().expect("a child");
        let moment = round * round * 67 % 3001;
        let mut last = BTreeMap::new();
        let told = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        for (count, line) in (0..).zip(told) {
            let line = line.expect("UTF-8");
            // the last line may be cut
            if let Some((Ok(worker), Ok(n))) =
                line.split_once(' ').map(|(worker, n)| (worker.parse::<u64>(), n.parse::<u64>()))
            {
                last.insert(worker, n);
            }
            if count == moment {
                child.kill().expect("killed");
            }
        }
        child.wait().expect("dead");
        recover(&path).expect("recovered");
        let trace = check::partial(&text(&path));
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
        assert!(lost(&trace) <= 3, "round {round}");
    }
}

#[test]
fn each_file_of_a_rotation_can_be_read_without_the_others() {
    for compression in ["none", "lz4"] {
        let (folder, path) = folder();
        let mut command = into(&path, PROGRAM, &["chains", "2000"]);
        command.envs([("FLOWTRACE_MAX_FILE_BYTES", "50000"), ("FLOWTRACE_COMPRESS", compression)]);
        assert_eq!(run(&mut command).stderr, "");
        let files = fs::read_dir(folder.path()).expect("a folder").count();
        assert!(files > 3, "{compression}: {files}");
        let names = (1..files).map(|n| folder.path().join(format!("t.ft.{n}"))).chain([path]);
        let mut all = String::new();
        for path in names {
            assert!(fs::metadata(&path).expect("a file").len() <= 50_000, "{}", path.display());
            all += &text(&path);
        }
        assert_eq!(check::complete(&all).lines.len(), 12_000, "{compression}");
    }
}

#[test]
fn a_record_larger_than_the_buffer_is_written_whole() {
    let (_folder, path) = folder();
    let sizes = [("FLOWTRACE_MAX_VALUE_BYTES", "0"), ("FLOWTRACE_BUFFER_BYTES", "4096")];
    run(into(&path, DYING, &["echo and die", "100000"]).envs(sizes));
    recover(&path).expect("recovered");
    let trace = check::complete(&text(&path));
    assert_eq!((trace.lines.len(), trace.lines[1]["result"].as_str()), (2, Some("100000")));
    assert!(trace.lines[0]["args"].as_str().is_some_and(|args| args.len() > 100_000));
}

#[test]
fn a_fork_has_both_processes_write_what_is_theirs() {
    let (folder, path) = folder();
    assert_eq!(run(&mut into(&path, DYING, &["fork"])).code, Some(0));
    let files = fs::read_dir(folder.path()).expect("a folder").map(|file| file.expect("a file").path());
    let mut files: Vec<_> = files.collect();
    // the parent's first
    files.sort_by_key(|path| path.as_os_str().len());
    let all: String = files.iter().map(|path| text(path)).collect();
    let workers: Vec<_> = returned(&check::partial(&all)).into_iter().collect();
    assert_eq!(workers, [(0, vec![0, 9]), (1, vec![1]), (2, vec![1]), (3, vec![1])]);
}

#[test]
fn a_file_that_is_moved_or_cut_while_the_program_runs_is_followed() {
    for how in ["moved", "removed", "cut"] {
        let (folder, path) = folder();
        let running = start(&mut into(&path, PROGRAM, &["two bursts", "10"]));
        assert_eq!(running.error_line().as_deref(), Some("burst"));
        match how {
            "moved" => fs::rename(&path, folder.path().join("moved")).expect("moved"),
            "removed" => fs::remove_file(&path).expect("removed"),
            _ => fs::File::options().write(true).open(&path).and_then(|file| file.set_len(0)).expect("cut"),
        }
        let finished = running.end();
        assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""), "{how}");
        assert_eq!(check::complete(&text(&path)).lines.len(), 60, "{how}");
    }
}

#[test]
fn a_fifo_gets_blocks_that_the_command_reads_as_they_come() {
    let folder = tempfile::tempdir().expect("a folder");
    let flowtrace = env!("CARGO_BIN_EXE_command");
    let script = "mkfifo t.ft; FLOWTRACE_OUTPUT=t.ft \"$0\" chains 300 & \"$1\" cat - <t.ft; wait $!";
    let mut command = Command::new("sh");
    let finished = run(command.args(["-c", script, PROGRAM]).arg(flowtrace).current_dir(folder.path()));
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    assert_eq!(check::complete(&finished.stdout).lines.len(), 1800);
}

#[test]
fn a_limit_on_the_file_size_ends_the_trace_and_not_the_program() {
    let (_folder, path) = folder();
    let script = "ulimit -f 8; exec \"$0\" 'outlive the reader' </dev/null";
    let finished = run(Command::new("sh").args(["-c", script, PROGRAM]).env("FLOWTRACE_OUTPUT", &path));
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert!(
        finished.stderr.contains("done\n") && finished.stderr.contains("File too large"),
        "{}",
        finished.stderr
    );
    let _ = recover(&path);
    check::partial(&text(&path));
}

#[test]
fn a_full_disk_that_has_room_again_gets_the_rest_and_a_count_of_what_is_missing() {
    let allowed = Command::new("unshare").args(["--mount", "true"]).stderr(Stdio::null()).status();
    if !allowed.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no mount namespaces here");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let flowtrace = env!("CARGO_BIN_EXE_command");
    // the ring holds less than is traced while there is no room
    let script = "mkdir full; mount -t tmpfs -o size=64k tmpfs full; mkfifo go; \
                  FLOWTRACE_BUFFER_BYTES=32768 \"$0\" 'two bursts' 1000 <go 2>told & exec 3>go; \
                  until grep -q burst told 2>/dev/null; do :; done; \
                  mount -o remount,size=8m full; exec 3>&-; wait $!; \"$1\" cat full/t.ft";
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-ec", script, PROGRAM]).arg(flowtrace).current_dir(folder.path());
    let finished = run(command.env_remove("XDG_RUNTIME_DIR").env("FLOWTRACE_OUTPUT", "full/t.ft"));
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    let told = fs::read_to_string(folder.path().join("told")).expect("stderr");
    assert!(told.starts_with("flowtrace: cannot write the trace to `full/t.ft`: No space left"), "{told}");
    let trace: Vec<_> = finished.stdout.lines().map(check::line).collect();
    let missing: u64 = trace.iter().filter_map(|line| line.get("count")?.as_u64()).sum();
    let kept = trace.iter().filter(|line| line["event"] != "LOST").count() as u64;
    assert!(missing > 0 && kept + missing == 2 * 1000 * 6, "{kept} kept, {missing} lost: {told}");
    let reasons = trace.iter().filter_map(|line| line.get("reason")?.as_str()).collect::<BTreeSet<_>>();
    assert_eq!(reasons, BTreeSet::from(["no space left"]));
    // the second burst is there
    let last = trace.iter().rfind(|line| line["event"] == "ENTER" && line["function"] == "chain");
    assert_eq!(last.and_then(|line| line["args"].as_str()), Some("{\"n\":999}"));
}

#[test]
fn the_command_passes_over_what_is_damaged_and_tells_it() {
    let (folder, path) = folder();
    // a block of each process
    let sizes = [10, 20, 30].map(|count: u64| {
        run(&mut into(&path, PROGRAM, &["chains", &count.to_string()]));
        usize::try_from(fs::metadata(&path).expect("a file").len()).expect("small")
    });
    let whole = fs::read(&path).expect("a file");
    let (mut damaged, damaged_path) = (whole.clone(), folder.path().join("damaged.ft"));
    damaged[sizes[0] + 100] ^= 4;
    fs::write(&damaged_path, &damaged).expect("written");
    let told = format!(
        "{} bytes from byte {} on are damaged; expected a block of records; `flowtrace cat` prints what is whole\n",
        sizes[1] - sizes[0],
        sizes[0]
    );
    let printed = flowtrace(&["cat"], &damaged_path);
    assert_eq!(printed.code, Some(0));
    assert_eq!(printed.stderr, format!("flowtrace: {}: {told}", damaged_path.display()));
    assert_eq!(check::complete(&printed.stdout).lines.len(), 60 + 180);
    // the damage lies in the second of three runs
    for (args, code) in
        [(&["tree"][..], 0), (&["stats"], 0), (&["tree", "--strict"], 1), (&["stats", "--strict"], 1)]
    {
        let finished = flowtrace(&[args, &["--run", "all"]].concat(), &damaged_path);
        assert_eq!(finished.code, Some(code), "{args:?}");
        assert!(finished.stderr.ends_with(&told), "{args:?}: {}", finished.stderr);
    }
    let checked = flowtrace(&["check"], &damaged_path);
    assert!(checked.code == Some(1) && checked.stdout.contains(": blocks: "), "{}", checked.stdout);

    let cut = folder.path().join("cut.ft");
    fs::write(&cut, &whole[..sizes[2] - 1]).expect("written");
    let printed = flowtrace(&["cat"], &cut);
    assert!(printed.stderr.contains("the last block is cut short"), "{}", printed.stderr);
    assert_eq!(check::complete(&printed.stdout).lines.len(), 60 + 120);
}

#[test]
fn compact_files_and_lines_are_read_together_and_from_stdin() {
    let (folder, path) = folder();
    run(&mut into(&path, PROGRAM, &["chains", "10"]));
    run(&mut into(&folder.path().join("t.jsonl"), PROGRAM, &["chains", "10"]));
    let script = "\"$0\" stats t.ft t.jsonl --json; gzip -c t.ft | \"$0\" cat | cmp - t.lines && echo same";
    fs::write(folder.path().join("t.lines"), text(&path)).expect("written");
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(env!("CARGO_BIN_EXE_command"));
    let finished = run(command.current_dir(folder.path()));
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    assert!(finished.stdout.ends_with("same\n"), "{}", finished.stdout);
    let calls: Vec<&str> = finished.stdout.lines().filter(|line| line.contains("\"calls\":20")).collect();
    assert_eq!(calls.len(), 1, "{}", finished.stdout);
}
