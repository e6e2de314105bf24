//! Files that are rotated, moved, cut and torn.
use super::*;

fn open(path: &Path, limits: Limits) -> LogFile {
    LogFile::open(path, limits, &Arc::default()).expect("a file")
}

fn push(file: &mut LogFile, line: &str) {
    file.follow().expect("a file");
    file.make_room(line.len()).expect("room");
    file.append(line.as_bytes()).expect("written");
}

fn names(folder: &Path) -> Vec<(String, String)> {
    let mut all: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry"))
        .map(|entry| {
            (entry.file_name().into_string().expect("UTF-8"), fs::read_to_string(entry.path()).expect("text"))
        })
        .collect();
    all.sort();
    all
}

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn files_are_rotated_at_their_limit_and_the_oldest_goes() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut file = open(&folder.path().join("t"), Limits { file_bytes: 8, files: 3 });
    for line in ["a\n", "bbbb\n", "cccccccccccccccc\n", "d\n", "e\n"] {
        push(&mut file, line);
    }
    let left = [("t", "d\ne\n"), ("t.1", "a\nbbbb\n"), ("t.2", "cccccccccccccccc\n")];
    assert_eq!(names(folder.path()), pairs(left));
    push(&mut file, "ffffff\n");
    let left = [("t", "ffffff\n"), ("t.2", "cccccccccccccccc\n"), ("t.3", "d\ne\n")];
    assert_eq!(names(folder.path()), pairs(left));
}

#[test]
fn without_a_limit_on_their_number_all_files_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut file = open(&folder.path().join("t"), Limits { file_bytes: 1, files: 0 });
    for n in 0..20 {
        push(&mut file, &format!("{n}\n"));
    }
    assert_eq!(names(folder.path()).len(), 20);
    assert_eq!(fs::read_to_string(folder.path().join("t.1")).expect("the first"), "0\n");
}

#[test]
fn with_a_single_file_its_lines_go() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut file = open(&folder.path().join("t"), Limits { file_bytes: 4, files: 1 });
    push(&mut file, "aaa\n");
    push(&mut file, "bbb\n");
    assert_eq!(names(folder.path()), pairs([("t", "bbb\n")]));
}

#[test]
fn numbers_go_on_behind_those_of_earlier_processes() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("t.2"), "old\n").expect("written");
    let mut file = open(&folder.path().join("t"), Limits { file_bytes: 4, files: 0 });
    push(&mut file, "aaa\n");
    push(&mut file, "bbb\n");
    assert_eq!(names(folder.path()), pairs([("t", "bbb\n"), ("t.2", "old\n"), ("t.3", "aaa\n")]));
}

#[test]
fn a_file_that_is_moved_removed_or_cut_is_noticed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t");
    let mut file = open(&path, Limits::default());
    push(&mut file, "a\n");
    fs::rename(&path, folder.path().join("t.1")).expect("moved");
    push(&mut file, "b\n");
    assert_eq!(names(folder.path()), pairs([("t", "b\n"), ("t.1", "a\n")]));
    fs::remove_file(&path).expect("removed");
    push(&mut file, "c\n");
    // copytruncate
    File::options().write(true).open(&path).and_then(|file| file.set_len(0)).expect("cut");
    push(&mut file, "d\n");
    assert_eq!(fs::read_to_string(&path).expect("text"), "d\n");
}

#[test]
fn one_process_at_a_time_has_the_lock() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t");
    let (mut first, mut second) = (open(&path, Limits::default()), open(&path, Limits::default()));
    assert!(first.lock() && !second.lock());
    drop(first);
    assert!(second.lock());
}

#[cfg(not(flowtrace_portable))]
#[test]
fn whoever_only_reads_a_file_keeps_no_writer_off() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t");
    let (mut first, mut second) = (open(&path, Limits::default()), open(&path, Limits::default()));
    let reader = File::open(&path).expect("a reader");
    reader.try_lock().expect("nobody holds it in this way");
    assert!(first.lock() && !second.lock());
}

#[test]
fn each_copy_of_the_runtime_in_a_process_has_a_file_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t");
    let mut copies = [(); 4].map(|()| open(&path, Limits::default()));
    for copy in &mut copies {
        if !copy.lock() {
            copy.step_aside().expect("a file of its own");
        }
        push(copy, "a\n");
    }
    let process = std::process::id();
    let own = [format!("t-{process}"), format!("t-{process}-2"), format!("t-{process}-3")];
    let there: Vec<_> = names(folder.path()).into_iter().collect();
    let [first, second, third] = own.each_ref().map(|name| (name.as_str(), "a\n"));
    assert_eq!(there, pairs([("t", "a\n"), first, second, third]));
}

#[test]
fn text_that_no_lf_ends_is_found_and_told_from_a_line_of_a_trace() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t");
    let long = format!("a\n{{\"timestamp\":{}", "1".repeat(3 * 64 * 1024));
    for (text, torn) in [
        ("", None),
        ("a\n", None),
        ("a\n{", Some((2, true))),
        ("{\"timestamp\":", Some((0, true))),
        ("a\nb\n{\"timestamp\":17, ", Some((4, true))),
        ("a\n{\"b", Some((2, false))),
        ("no line at all", Some((0, false))),
        (long.as_str(), Some((2, true))),
    ] {
        fs::write(&path, text).expect("written");
        let found = open(&path, Limits::default()).torn().expect("read");
        assert_eq!(found.map(|torn| (torn.place.offset, torn.is_piece)), torn, "{text:.40}");
    }
}

#[test]
fn only_who_has_the_lock_cuts_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t");
    fs::write(&path, "a\n{\"time").expect("written");
    let mut file = open(&path, Limits::default());
    assert!(file.cut(2).is_err());
    assert!(file.lock() && file.cut(2).is_ok());
    assert_eq!(fs::read_to_string(&path).expect("text"), "a\n");
}

#[test]
fn a_file_that_somebody_made_meanwhile_is_not_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut file = open(&folder.path().join("t"), Limits { file_bytes: 4, files: 0 });
    push(&mut file, "aaa\n");
    push(&mut file, "bbb\n");
    fs::write(folder.path().join("t.2"), "precious").expect("written");
    push(&mut file, "ccc\n");
    let left = [("t", "ccc\n"), ("t.1", "aaa\n"), ("t.2", "precious"), ("t.3", "bbb\n")];
    assert_eq!(names(folder.path()), pairs(left));
}

#[test]
fn a_number_that_nobody_counts_to_is_no_part_of_the_count() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("t.18446744073709551615"), "last").expect("written");
    let mut file = open(&folder.path().join("t"), Limits { file_bytes: 4, files: 2 });
    for line in ["aaa\n", "bbb\n", "ccc\n"] {
        push(&mut file, line);
    }
    let left = [("t", "ccc\n"), ("t.18446744073709551615", "last"), ("t.2", "bbb\n")];
    assert_eq!(names(folder.path()), pairs(left));
}

#[test]
fn a_process_of_its_own_has_a_file_of_its_own() {
    for (path, own) in [("a/trace.jsonl", "a/trace-7.jsonl"), ("trace", "trace-7"), ("/a/.t", "/a/.t-7")] {
        assert_eq!(of_process(Path::new(path), 7), Path::new(own));
    }
}

#[test]
fn a_file_is_not_cut_where_somebody_has_written_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t");
    fs::write(&path, "a\n{\"time").expect("written");
    let mut file = open(&path, Limits::default());
    assert!(file.lock());
    let torn = file.torn().expect("read").expect("half a line");
    fs::write(&path, "a\n{\"time another's\n").expect("written");
    assert!(file.cut(torn.place.offset).is_err());
    assert_eq!(fs::read_to_string(&path).expect("text"), "a\n{\"time another's\n");
}

#[test]
fn a_file_is_not_cut_for_what_stands_in_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t");
    fs::write(&path, "a\nb\nc\n").expect("written");
    let mut file = open(&path, Limits::default());
    fs::rename(&path, folder.path().join("t.1")).expect("moved");
    fs::write(&path, "{\"time").expect("written");
    assert_eq!(file.torn().expect("read"), None);
}

#[test]
fn a_descriptor_that_is_another_file_s_by_now_is_not_locked() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t");
    let (mut first, mut second) = (open(&path, Limits::default()), open(&path, Limits::default()));
    first.held = Arc::default();
    // it goes on, and opens its file again before it writes
    assert!(first.lock() && second.lock());
}
