//! What comes back from rings that were left in every state.
use std::fs::OpenOptions;

use super::*;
use crate::id::mix;
use crate::memory::Memory;
use crate::ring::Ring;

const CAPACITY: u64 = 1024;

fn line(n: u64) -> String {
    // lengths differ, so that records end at every place of a word
    let pad = "x".repeat(usize::try_from(n % 11).unwrap());
    format!("{{\"timestamp\":{},\"event\":\"EXIT\",\"pad\":\"é{pad}\"}}\n", 1_000_000 + n)
}

fn lines(range: std::ops::Range<u64>) -> String {
    range.map(line).collect()
}

/// A ring in a folder of its own, and the file that its lines go to.
struct Setup {
    folder: tempfile::TempDir,
    ring: Ring,
}

impl Setup {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let output = folder.path().join("t.jsonl");
        let identity = Identity { template: output.clone(), output, started: 1, capacity: CAPACITY };
        let file = Self::file(folder.path()).fill(&identity).expect("filled");
        Self { folder, ring: Ring::new(file) }
    }

    fn file(folder: &Path) -> RingFile {
        let path = folder.join("flowtrace-0-1-0-t.jsonl.ring");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        RingFile::of(path, file.expect("a file"))
    }

    /// As a writer and the reader would; what the reader read is gone.
    fn push(&self, line: &str) {
        let claim = self.ring.claim(Ring::size(line.len()));
        while !self.ring.has_room(claim) {
            self.read_one();
        }
        self.ring.commit(claim, line.as_bytes());
    }

    fn read_one(&self) {
        let head = self.ring.head();
        self.ring.free(head + self.ring.record(head).expect("a record").size());
    }

    fn tear(&self, line: &str) {
        let claim = self.ring.claim(Ring::size(line.len()));
        while !self.ring.has_room(claim) {
            self.read_one();
        }
    }

    fn image(&self) -> Vec<u8> {
        Self::file(self.folder.path()).read().expect("bytes")
    }

    fn left(&self) -> Left {
        scan(&self.image()).expect("a ring")
    }

    fn output(&self) -> PathBuf {
        self.folder.path().join("t.jsonl")
    }

    fn add(&self, limits: Limits) -> Recovered {
        let mut found = Recovered::default();
        let mut file = LogFile::open(&self.output(), limits, &Arc::default()).expect("a file");
        add(&Self::file(self.folder.path()), &mut file, &mut found).expect("added");
        found
    }
}

fn text(left: &Left) -> &str {
    std::str::from_utf8(&left.lines).expect("UTF-8")
}

#[test]
fn committed_lines_come_back_in_order() {
    let setup = Setup::new();
    (0..10).for_each(|n| setup.push(&line(n)));
    (0..3).for_each(|_| setup.read_one());
    let left = setup.left();
    assert_eq!((text(&left), left.lost, left.torn), (lines(3..10).as_str(), 0, false));
}

#[test]
fn they_come_back_from_every_place_of_every_lap() {
    let setup = Setup::new();
    for n in 0..1000 {
        setup.push(&line(n));
        let left = setup.left();
        let first = n + 1 - text(&left).lines().count() as u64;
        assert_eq!((text(&left), left.lost), (lines(first..n + 1).as_str(), 0));
    }
}

#[test]
fn torn_lines_are_passed_over_and_counted() {
    let setup = Setup::new();
    // whole laps first, so that old lines and headers lie where the torn ones would
    (0..100).for_each(|n| setup.push(&line(n)));
    while setup.ring.head() < setup.ring.tail() {
        setup.read_one();
    }
    setup.tear(&line(1));
    setup.push(&line(2));
    setup.push(&line(3));
    setup.tear(&line(4));
    setup.push(&line(5));
    setup.tear(&line(6));
    let left = setup.left();
    assert_eq!(text(&left), [line(2), line(3), line(5)].concat());
    assert_eq!((left.lost, left.torn), (3, true));
}

#[test]
fn writers_that_waited_for_room_do_not_confuse_it() {
    let setup = Setup::new();
    let mut n = 0;
    while {
        let claim = setup.ring.claim(Ring::size(line(n).len()));
        let room = setup.ring.has_room(claim);
        if room {
            setup.ring.commit(claim, line(n).as_bytes());
        }
        room
    } {
        n += 1;
    }
    setup.ring.claim(CAPACITY);
    let left = setup.left();
    assert_eq!((text(&left), left.torn), (lines(0..n).as_str(), true));
}

#[test]
fn what_was_dropped_is_told() {
    let setup = Setup::new();
    setup.push(&line(1));
    setup.ring.control().lost.store(7, std::sync::atomic::Ordering::Relaxed);
    let found = setup.add(Limits::default());
    assert_eq!((found.lines, found.lost), (1, 7));
    let text = fs::read_to_string(setup.output()).expect("text");
    assert!(
        text.starts_with(&line(1)) && text.ends_with("\"count\":7,\"reason\":\"buffer full\"}\n"),
        "{text}"
    );
}

#[test]
fn no_damage_makes_a_broken_line() {
    let setup = Setup::new();
    (0..60).for_each(|n| setup.push(&line(n)));
    let whole = setup.image();
    let known = lines(0..60);
    // what lies between holds the ends of paths, zeros
    for at in (0..640).chain(1024..1100).chain(4096..whole.len()) {
        for damage in [0x01, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= damage;
            let Some(left) = scan(&bytes) else { continue };
            let found = text(&left).split_inclusive('\n');
            // at most the line that was hit reads otherwise, and it is still JSON
            assert!(found.clone().all(|line| is_line(line.as_bytes())), "{at}");
            assert!(found.filter(|line| !known.contains(line)).count() <= 1, "{at}");
        }
    }
}

#[test]
fn random_bytes_are_no_lines() {
    let setup = Setup::new();
    let mut bytes = setup.image();
    for round in 0..200_u64 {
        let noise = |at: usize| u8::try_from(mix((round << 20) | at as u64) >> 56).unwrap();
        // the control block and the records; who it belongs to is left
        for at in (128..1024).chain(4096..bytes.len()) {
            bytes[at] = noise(at);
        }
        assert_eq!(scan(&bytes).expect("a ring").lines, b"");
    }
    assert_eq!(scan(&bytes[..4096]), None);
    assert_eq!(scan(b"flowtrace ring 1"), None);
}

#[test]
fn each_line_is_added_once_wherever_the_process_died() {
    let whole = lines(0..6);
    let before = "{\"timestamp\":1,\"event\":\"ENTER\"}\n";
    // so much had been written, but not been said to be
    for written in 0..=whole.len() {
        let setup = Setup::new();
        (0..6).for_each(|n| setup.push(&line(n)));
        let there = [before.as_bytes(), &whole.as_bytes()[..written]].concat();
        fs::write(setup.output(), there).expect("written");
        setup.add(Limits::default());
        assert_eq!(fs::read_to_string(setup.output()).expect("text"), [before, &whole].concat(), "{written}");
    }
}

#[test]
fn a_foreign_torn_line_is_ended_first() {
    let setup = Setup::new();
    setup.push(&line(1));
    fs::write(setup.output(), "{\"half").expect("written");
    setup.add(Limits::default());
    assert_eq!(fs::read_to_string(setup.output()).expect("text"), format!("{{\"half\n{}", line(1)));
}

#[test]
fn limits_on_files_hold_for_what_is_recovered() {
    let setup = Setup::new();
    (0..10).for_each(|n| setup.push(&line(n)));
    setup.add(Limits { file_bytes: 150, files: 0 });
    let part = |name: &str| fs::read_to_string(setup.folder.path().join(name)).unwrap_or_default();
    let parts: String = (1..10).map(|n| part(&format!("t.jsonl.{n}"))).chain([part("t.jsonl")]).collect();
    assert_eq!(parts, lines(0..10));
    assert!(part("t.jsonl.1").len() <= 150);
}

#[test]
fn a_ring_is_taken_once_and_only_from_the_dead() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("t.jsonl");
    let identity =
        Identity { template: output.clone(), output: output.clone(), started: 1, capacity: CAPACITY };
    let folders = [folder.path().to_owned()];
    let (ring, memory) = RingFile::create_in(folder.path(), &identity).expect("a ring");
    let memory = Ring::new(memory);
    memory.commit(memory.claim(Ring::size(line(1).len())), line(1).as_bytes());
    assert!(RingFile::left(&folders, |_| true).is_empty(), "its process lives");
    drop((ring, memory));
    assert!(RingFile::left(&folders, |ring| ring.is_of(Path::new("/another"))).is_empty());
    let taken = RingFile::left(&folders, |ring| ring.is_of(&output));
    assert_eq!(taken.iter().map(|(_, identity)| identity).collect::<Vec<_>>(), [&identity]);
    assert!(RingFile::left(&folders, |_| true).is_empty(), "somebody else is at it");
    taken[0].0.set_head(Ring::size(line(1).len())).expect("said");
    drop(taken);
    // an empty one is cleared away by whoever comes by
    assert!(RingFile::left(&folders, |_| false).is_empty());
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn a_recovery_that_stops_between_two_files_leaves_what_is_not_written_and_nothing_else() {
    let setup = Setup::new();
    (0..10).for_each(|n| setup.push(&line(n)));
    // what is taken for the oldest file can't be removed
    fs::create_dir_all(setup.folder.path().join("t.jsonl.1/in the way")).expect("a folder");
    let limits = Limits { file_bytes: 150, files: 2 };
    let mut file = LogFile::open(&setup.output(), limits, &Arc::default()).expect("a file");
    let stopped = add(&Setup::file(setup.folder.path()), &mut file, &mut Recovered::default());
    assert!(stopped.is_err());
    let written = fs::read_to_string(setup.folder.path().join("t.jsonl.2")).expect("text");
    assert!(written.lines().count() >= 2);
    assert_eq!(written + text(&setup.left()), lines(0..10));
}

#[test]
fn what_is_no_ring_of_this_user_is_left_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("flowtrace-0-1-0-t.ring");
    for (bytes, mode, stays) in [
        ("flowtrace ring 2 and what comes then", 0o600, true),
        ("begun, but never whole", 0o600, false),
        ("readable by everybody", 0o644, true),
    ] {
        fs::write(&path, bytes).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
        assert!(RingFile::left(&[folder.path().to_owned()], |_| true).is_empty());
        assert_eq!(path.exists(), stays, "{bytes}");
    }
    let _ = fs::remove_file(&path);
    std::os::unix::fs::symlink("/etc/passwd", &path).expect("a link");
    assert!(RingFile::left(&[folder.path().to_owned()], |_| true).is_empty() && path.is_symlink());
}

#[test]
fn memory_of_a_file_is_the_file() {
    let file = tempfile::tempfile().expect("a file");
    file.set_len(HEADER + CAPACITY).expect("a length");
    let (a, b) = (
        Memory::of_file(&file, CAPACITY).expect("mapped"),
        Memory::of_file(&file, CAPACITY).expect("mapped"),
    );
    a.put(CAPACITY - 8, b"from the end to the start");
    let mut bytes = Vec::new();
    b.get(CAPACITY - 8, 25, &mut bytes);
    assert_eq!(bytes, b"from the end to the start");
}
