//! Outputs that fail, and programs that end at a bad time: the program goes on, and no line is broken.
use std::collections::BTreeSet;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Command, Stdio};

use flowtrace_runtime::recover;
use flowtrace_tests::check;
use flowtrace_tests::child::{Finished, run, start, start_unread};

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
fn a_socket_whose_reader_has_gone_ends_the_trace_and_not_the_program() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let output = TcpStream::connect(listener.local_addr().expect("its address")).expect("connected");
    let (reader, _) = listener.accept().expect("a connection");
    let mut command = Command::new(PROGRAM);
    command.arg("outlive the reader").env_remove("FLOWTRACE_OUTPUT");
    command.stdin(Stdio::piped()).stdout(OwnedFd::from(output)).stderr(Stdio::piped());
    let mut running = command.spawn().expect("started");
    reader.peek(&mut [0]).expect("a line");
    // what it has not read makes its end a reset
    drop((reader, running.stdin.take()));
    let finished = running.wait_with_output().expect("ended");
    assert_eq!((finished.status.code(), &*String::from_utf8_lossy(&finished.stderr)), (Some(0), "done\n"));
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
    assert!(finished.stderr.contains("the last 18 lines could not be written"), "{}", finished.stderr);
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
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("trace.jsonl");
    let finished = run(Command::new(env!("CARGO_BIN_EXE_allocating")).env("FLOWTRACE_OUTPUT", &output));
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    let trace = check::partial(&std::fs::read_to_string(output).expect("a trace"));
    let asked = |line: &&check::Line| line["args"].as_str().is_some_and(|args| args.contains("4242"));
    assert_eq!(trace.enters("alloc").filter(asked).count(), 1);
    assert_eq!(trace.enters("dealloc").filter(asked).count(), 1);
    // what the child frees is not told in the parent's trace
    let forking = trace.enters("forking").next().expect("it is traced");
    let inside = |function: &str| trace.children(forking).filter(|line| line["function"] == function).count();
    assert_eq!(inside("alloc"), inside("dealloc"));
}

#[test]
fn a_warm_call_with_numbers_strings_and_structs_allocates_nothing() {
    let finished = run(&mut Command::new(env!("CARGO_BIN_EXE_counting")));
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), "0 allocations\n"));
    assert_eq!(check::complete(&finished.stdout).lines.len(), 21 * 200);
}

/// Runs a shell script in a mount namespace of its own, in which `$0` is the program; `None` where that is not allowed.
fn in_own_mounts(folder: &Path, script: &str) -> Option<Finished> {
    let allowed = Command::new("unshare").args(["--mount", "true"]).stderr(Stdio::null()).status();
    if !allowed.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no mount namespaces here");
        return None;
    }
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-ec", script, PROGRAM]).current_dir(folder).env_remove("XDG_RUNTIME_DIR");
    Some(run(command.env("FLOWTRACE_OUTPUT", "full/trace.jsonl")))
}

#[test]
fn a_full_disk_that_has_room_again_gets_the_rest_and_a_count_of_what_is_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    // the ring holds less than is traced while there is no room
    let script = "mkdir full; mount -t tmpfs -o size=64k tmpfs full; mkfifo go; \
                  FLOWTRACE_BUFFER_BYTES=32768 \"$0\" 'two bursts' 500 <go & exec 3>go; \
                  until grep -q burst told 2>/dev/null; do :; done; \
                  mount -o remount,size=8m full; exec 3>&-; wait $!; cat full/trace.jsonl";
    let script = script.replace("<go &", "<go 2>told &");
    let Some(finished) = in_own_mounts(folder.path(), &script) else { return };
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    let told = fs::read_to_string(folder.path().join("told")).expect("stderr");
    assert!(
        told.starts_with("flowtrace: cannot write the trace to `full/trace.jsonl`: No space left"),
        "{told}"
    );
    let trace: Vec<_> = finished.stdout.lines().map(check::line).collect();
    let lost: u64 = trace.iter().filter_map(|line| line.get("count")?.as_u64()).sum();
    let kept = trace.iter().filter(|line| line["event"] != "LOST").count() as u64;
    assert_eq!(kept + lost, 2 * 500 * 6);
    let reasons = trace.iter().filter_map(|line| line.get("reason")?.as_str()).collect::<BTreeSet<_>>();
    assert_eq!(reasons, BTreeSet::from(["no space left"]));
    let mut open = BTreeSet::new();
    for line in trace.iter().take_while(|line| line["event"] != "LOST") {
        let began = line["event"] == "ENTER" && open.insert(line["spanId"].as_str());
        assert!(began || open.remove(&line["spanId"].as_str()), "LOST stands behind the gap: {line:?}");
    }
    // the second burst is there
    let final_call = trace.iter().rfind(|line| line["event"] == "ENTER" && line["function"] == "chain");
    assert_eq!(final_call.and_then(|line| line["args"].as_str()), Some("{\"n\":499}"));
}

#[test]
fn without_a_folder_in_memory_the_trace_is_the_same_and_that_is_told_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "mkdir full disk; mount --bind disk /dev/shm; \"$0\" chains 100; cat full/trace.jsonl";
    let Some(finished) = in_own_mounts(folder.path(), script) else { return };
    let message = "flowtrace: no buffer in $XDG_RUNTIME_DIR or /dev/shm: no such folder in memory; \
                   a killed process loses its last lines\n";
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), message));
    assert_eq!(check::complete(&finished.stdout).lines.len(), 600);
}

#[test]
fn a_folder_in_memory_that_is_too_small_is_told_and_left_clean() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "mkdir full; mount -t tmpfs -o size=64k tmpfs /dev/shm; \"$0\" chains 100; \
                  ls /dev/shm; cat full/trace.jsonl";
    let Some(finished) = in_own_mounts(folder.path(), script) else { return };
    let message = "flowtrace: no buffer in $XDG_RUNTIME_DIR or /dev/shm: No space left on device (os error 28); \
                   a killed process loses its last lines\n";
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), message));
    assert_eq!(check::complete(&finished.stdout).lines.len(), 600);
}

#[test]
fn a_file_system_that_is_read_only_is_told_and_nothing_is_traced() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "mkdir full; mount -t tmpfs -o ro tmpfs full; \"$0\" chains 100";
    let Some(finished) = in_own_mounts(folder.path(), script) else { return };
    let message = "flowtrace: cannot write the trace to `full/trace.jsonl`: \
                   Read-only file system (os error 30); nothing is traced\n";
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), message));
}

#[test]
fn a_folder_that_is_removed_fails_no_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("gone");
    fs::create_dir(&output).expect("a folder");
    let mut command = Command::new(PROGRAM);
    let running =
        start(command.args(["two bursts", "10"]).env("FLOWTRACE_OUTPUT", output.join("trace.jsonl")));
    assert_eq!(running.error_line().as_deref(), Some("burst"));
    fs::remove_dir_all(&output).expect("removed");
    let finished = running.end();
    assert_eq!(finished.code, Some(0));
    assert!(finished.stderr.contains("No such file or directory"), "{}", finished.stderr);
    assert!(finished.stderr.ends_with("they are kept for the next start\n"), "{}", finished.stderr);
    // and so they are
    fs::create_dir(&output).expect("a folder");
    assert_eq!(recover(output.join("trace.jsonl")).expect("recovered").lines, 60);
}

#[test]
fn without_descriptors_the_program_goes_on_and_the_lines_come_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trace.jsonl");
    let finished = with_output(path.to_str().expect("UTF-8"), &["without descriptors", "10"]);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), "60 lines\n"), "{}", finished.stderr);
    assert_eq!(check::complete(&fs::read_to_string(path).expect("a trace")).lines.len(), 60);
}

#[test]
fn a_reader_that_stalls_makes_the_program_wait_or_drop_as_configured() {
    for policy in ["block", "drop"] {
        let mut command = Command::new(PROGRAM);
        command
            .args(["two bursts", "500"])
            .envs([("FLOWTRACE_BUFFER_BYTES", "8192"), ("FLOWTRACE_ON_FULL", policy)]);
        let running = start_unread(&mut command);
        let drops = policy == "drop";
        // the pipe and the ring hold a fraction of a burst: it ends only if lines are dropped
        if drops {
            assert_eq!(running.error_line().as_deref(), Some("burst"));
        }
        let finished = running.end();
        let lines: Vec<_> = finished.stdout.lines().map(check::line).collect();
        let lost: u64 = lines.iter().filter_map(|line| line.get("count")?.as_u64()).sum();
        let kept = lines.iter().filter(|line| line["event"] != "LOST").count() as u64;
        assert_eq!((kept + lost, lost > 0), (2 * 500 * 6, drops), "{policy}");
    }
}

#[test]
fn a_pipe_that_does_not_block_loses_nothing() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dying"));
    let running = start_unread(command.args(["calls on a stdout that does not block", "2000"]));
    assert_eq!(check::complete(&running.end().stdout).lines.len(), 4000);
}

#[test]
fn a_file_that_is_moved_or_cut_while_the_program_runs_is_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trace.jsonl");
    for (how, first) in [("moved", 60), ("removed", 0), ("cut", 0)] {
        let mut command = Command::new(PROGRAM);
        let running = start(command.args(["two bursts", "10"]).env("FLOWTRACE_OUTPUT", &path));
        assert_eq!(running.error_line().as_deref(), Some("burst"));
        let moved = folder.path().join("moved");
        match how {
            "moved" => fs::rename(&path, &moved).expect("moved"),
            "removed" => fs::remove_file(&path).expect("removed"),
            _ => fs::File::options().write(true).open(&path).and_then(|file| file.set_len(0)).expect("cut"),
        }
        let finished = running.end();
        assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""), "{how}");
        assert_eq!(check::complete(&fs::read_to_string(&path).expect("a trace")).lines.len(), 60, "{how}");
        if first > 0 {
            assert_eq!(check::complete(&fs::read_to_string(&moved).expect("a trace")).lines.len(), first);
        }
        fs::remove_file(&path).expect("removed");
    }
}

#[test]
fn a_line_larger_than_the_buffer_is_written_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trace.jsonl");
    let long = "x".repeat(100_000);
    let finished = run(Command::new(PROGRAM).args(["echo", &long]).env("FLOWTRACE_OUTPUT", &path).envs([
        ("FLOWTRACE_MAX_VALUE_BYTES", "0"),
        ("FLOWTRACE_BUFFER_BYTES", "4096"),
        ("FLOWTRACE_MAX_FILE_BYTES", "5000"),
    ]));
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    for file in [path.clone(), path.with_extension("jsonl.1")] {
        assert!(fs::metadata(file).expect("a file").len() > 100_000);
    }
}

#[test]
fn lines_larger_than_the_buffer_stop_no_program_on_a_full_device() {
    let long = "x".repeat(60_000);
    let finished = run(Command::new(PROGRAM).args(["echo", &long]).envs([
        ("FLOWTRACE_OUTPUT", "/dev/full"),
        ("FLOWTRACE_MAX_VALUE_BYTES", "0"),
        ("FLOWTRACE_BUFFER_BYTES", "4096"),
    ]));
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
}

#[test]
fn without_a_thread_to_spare_each_call_writes_its_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trace.jsonl");
    let program = folder.path().join("traced");
    fs::copy(PROGRAM, &program).expect("copied");
    // nobody's processes are counted, root's are not
    let script = "chmod 777 . && exec setpriv --reuid=65534 --clear-groups bash -c 'ulimit -u 1; exec ./traced chains 100'";
    let finished =
        run(Command::new("bash").args(["-c", script]).current_dir(&folder).env("FLOWTRACE_OUTPUT", &path));
    if finished.code != Some(0) && finished.stderr.contains("setpriv") {
        eprintln!("skipped: {}", finished.stderr);
        return;
    }
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    assert_eq!(check::complete(&fs::read_to_string(&path).expect("a trace")).lines.len(), 600);
}

#[test]
fn a_file_that_cannot_be_moved_aside_is_gone_on_with_and_that_is_told_once() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::copy(PROGRAM, folder.path().join("traced")).expect("copied");
    // as after privileges are dropped: the file may be written, its folder not
    let script = "chmod 755 . && mkdir d && touch d/t && chown 65534 d/t && chmod 555 d && \
                  exec setpriv --reuid=65534 --clear-groups ./traced chains 100";
    let mut command = Command::new("sh");
    command.args(["-c", script]).current_dir(&folder);
    let finished = run(command.envs([("FLOWTRACE_OUTPUT", "d/t"), ("FLOWTRACE_MAX_FILE_BYTES", "5000")]));
    if finished.stderr.contains("setpriv") || finished.stderr.contains("chown") {
        eprintln!("skipped: {}", finished.stderr);
        return;
    }
    assert_eq!(finished.code, Some(0));
    let moves = finished.stderr.matches("cannot move").count();
    assert_eq!((moves, finished.stderr.lines().count()), (1, 1), "{}", finished.stderr);
    let text = fs::read_to_string(folder.path().join("d/t")).expect("a trace");
    assert_eq!(check::complete(&text).lines.len(), 600);
}

/// How many lines of calls stand in a trace, and how many it tells as lost; each line once.
fn kept_and_lost(text: &str) -> (u64, u64) {
    let lines: Vec<_> = text.lines().map(check::line).collect();
    let lost = lines.iter().filter_map(|line| line.get("count")?.as_u64()).sum();
    let calls = lines.iter().filter(|line| line["event"] != "LOST");
    let calls: Vec<_> = calls.map(|line| (line["spanId"].to_string(), line["event"] == "ENTER")).collect();
    assert_eq!(calls.iter().collect::<BTreeSet<_>>().len(), calls.len(), "a line stands there twice");
    (calls.len() as u64, lost)
}

#[test]
fn what_a_process_left_on_a_full_disk_slows_nobody_and_is_added_once_there_is_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "mkdir full; mount -t tmpfs -o size=64k tmpfs full; mkfifo go; \
                  \"$0\" 'two bursts' 500 <go 2>told & exec 3>go; \
                  until grep -qs burst told && grep -qs 'cannot write' told; do :; done; \
                  kill -9 $!; { wait $! || true; } 2>/dev/null; \
                  FLOWTRACE_BUFFER_BYTES=32768 \"$0\" chains 20000; \
                  mount -o remount,size=8m full; \"$0\" chains 1; cat full/trace.jsonl";
    let Some(finished) = in_own_mounts(folder.path(), script) else { return };
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    // that it can't add, that it can't write, and what it leaves
    assert!((1..=3).contains(&finished.stderr.lines().count()), "{}", finished.stderr);
    let (kept, lost) = kept_and_lost(&finished.stdout);
    assert!(kept >= 500 * 6 + 6, "the first process's lines were in its buffer: {kept}");
    assert_eq!(kept + lost, 500 * 6 + 20_000 * 6 + 6);
}

#[test]
fn a_program_that_dies_again_and_again_on_a_full_disk_leaves_no_more_than_a_bound() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "mkdir full; mount -t tmpfs -o size=16k tmpfs full; mount -t tmpfs -o size=200m tmpfs /dev/shm; \
                  head -c 16384 /dev/zero >full/fill; mkfifo go; \
                  for round in 1 2 3 4 5 6 7 8 9 10 11 12; do \
                  rm -f told; \"$0\" 'two bursts' 5 <go 2>told & exec 3>go; \
                  until grep -qs burst told && grep -qs 'cannot write' told; do :; done; \
                  kill -9 $!; { wait $! || true; } 2>/dev/null; exec 3>&-; done; \
                  ls /dev/shm | wc -l; rm full/fill; mount -o remount,size=8m full; \
                  \"$0\" chains 1; cat full/trace.jsonl; ls /dev/shm >&2";
    let Some(finished) = in_own_mounts(folder.path(), script) else { return };
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    let (rings, text) = finished.stdout.split_once('\n').expect("a number");
    // 64 MiB of rings, and that of the last process
    assert!((2..=9).contains(&rings.trim().parse::<u32>().expect("a number")), "{rings}");
    let (kept, lost) = kept_and_lost(text);
    assert_eq!((kept + lost, lost > 0), (12 * 5 * 6 + 6, true));
}

#[test]
fn a_program_that_dies_at_once_again_and_again_leaves_no_more_than_a_bound() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "mkdir full; mount -t tmpfs -o size=16k tmpfs full; mount -t tmpfs -o size=200m tmpfs /dev/shm; \
                  head -c 16384 /dev/zero >full/fill; \
                  for round in 1 2 3 4 5 6 7 8 9 10 11 12; do DYING die SIGKILL 5 2>/dev/null || true; done; \
                  ls /dev/shm | wc -l; rm full/fill; mount -o remount,size=8m full; \
                  \"$0\" chains 1; cat full/trace.jsonl; ls /dev/shm >&2";
    let script = script.replace("DYING", env!("CARGO_BIN_EXE_dying"));
    let Some(finished) = in_own_mounts(folder.path(), &script) else { return };
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    let (rings, text) = finished.stdout.split_once('\n').expect("a number");
    // 64 MiB of rings, and that of the last process
    assert!((2..=9).contains(&rings.trim().parse::<u32>().expect("a number")), "{rings}");
    let (kept, lost) = kept_and_lost(text);
    assert_eq!((kept + lost, lost > 0), (12 * 5 * 4 + 6, true));
}

#[test]
#[ignore = "ten seconds; tests/long runs it"]
fn a_look_at_what_others_left_breaks_no_line_that_the_full_disk_has_torn() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "mkdir full; mount -t tmpfs -o size=64k tmpfs full; mkfifo go; \
                  \"$0\" 'two bursts' 500 <go 2>told & exec 3>go; \
                  until grep -qs burst told && grep -qs 'cannot write' told; do :; done; \
                  [ \"$(tail -c 1 full/trace.jsonl)\" != '' ] && echo torn >&2; \
                  DYING die SIGKILL 5 2>/dev/null || true; \
                  until grep -qs 'cannot add' told; do sleep 0.1; done; \
                  mount -o remount,size=8m full; exec 3>&-; wait $!; \
                  \"$0\" chains 1; cat full/trace.jsonl; ls /dev/shm >&2";
    let script = script.replace("DYING", env!("CARGO_BIN_EXE_dying"));
    let script = format!("mount -t tmpfs tmpfs /dev/shm; {script}");
    let Some(finished) = in_own_mounts(folder.path(), &script) else { return };
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let (kept, lost) = kept_and_lost(&finished.stdout);
    assert_eq!((kept, lost), (1000 * 6 + 5 * 4 + 6, 0), "{}", finished.stderr);
}
