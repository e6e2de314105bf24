//! What comes back from rings that were left in every state.
mod blocks;
mod damaged;
mod noted;

use std::fs::{self, OpenOptions};
use std::os::unix::fs::PermissionsExt as _;

use super::add::add;
use super::scan::{Left, is_line, scan};
use super::*;
use crate::record::kind::LINE;
use crate::ring::channel::Channel;
use crate::ring::memory::{self, HEADER, Memory};
use crate::ring::note::Place;
use crate::ring::{NOTHING_LATE, Ring, Room};
use crate::settings::config::OnFull;
use crate::thread::id::mix;

const CAPACITY: u64 = 1024;
const KEY: u64 = 0xfeed_beef_0123_4567;
/// Where the records begin.
#[expect(clippy::cast_possible_truncation, reason = "it is small")]
const RECORDS: usize = memory::len(0) as usize;

fn line(n: u64) -> String {
    // lengths differ, so that records end at every place of a word
    let pad = "x".repeat(usize::try_from(n % 11).unwrap());
    format!("{{\"timestamp\":{},\"event\":\"EXIT\",\"pad\":\"é{pad}\"}}\n", 1_000_000 + n)
}

fn lines(range: std::ops::Range<u64>) -> String {
    range.map(line).collect()
}

fn identity(output: &Path) -> Identity {
    let asked = Asked { path: output.to_owned(), resolved: output.to_owned() };
    Identity { asked, output: output.to_owned(), started: 1, process: 1, capacity: CAPACITY, key: KEY }
}

/// A ring in a folder of its own, and the file that its lines go to.
struct Setup {
    folder: tempfile::TempDir,
    name: &'static str,
    ring: Ring,
}

impl Setup {
    fn new() -> Self {
        Self::of("t.jsonl")
    }

    fn of(name: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let identity = identity(&folder.path().join(name));
        let file = Self::file(folder.path()).fill(&identity).expect("filled");
        Self { folder, name, ring: Ring::new(file, KEY) }
    }

    fn file(folder: &Path) -> RingFile {
        let path = folder.join("flowtrace-0-1-0-t.jsonl.ring");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        RingFile::of(path, file.expect("a file"))
    }

    /// As a writer and the reader would; what the reader read is gone.
    fn push(&self, line: &str) {
        self.commit(line.as_bytes());
    }

    fn commit(&self, payload: &[u8]) {
        self.ring.commit(self.room(payload.len()), LINE, payload, NOTHING_LATE);
    }

    fn room(&self, len: usize) -> Room {
        let mut claim = self.ring.claim(Ring::size(len));
        loop {
            claim = match self.ring.room(claim) {
                Ok(room) => return room,
                Err(claim) => claim,
            };
            self.read_one();
        }
    }

    fn read_one(&self) {
        let head = self.ring.head();
        self.ring.free(head + self.ring.record(head, &mut 0).expect("a record").size());
    }

    /// Claims a place for a line, and dies.
    fn tear(&self, line: &str) {
        let _ = self.room(line.len());
    }

    fn image(&self) -> Vec<u8> {
        Self::file(self.folder.path()).read().expect("bytes")
    }

    fn left(&self) -> Left {
        scan(&self.image()).expect("a ring")
    }

    fn output(&self) -> PathBuf {
        self.folder.path().join(self.name)
    }

    fn file_of(&self, limits: Limits) -> LogFile {
        let mut file = LogFile::open(&self.output(), limits, &Arc::default()).expect("a file");
        assert!(file.lock());
        file
    }

    fn add(&self, limits: Limits) -> Recovered {
        let mut found = Recovered::default();
        let ring = Self::file(self.folder.path());
        add(&ring, &self.output(), &mut self.file_of(limits), &mut found).expect("added");
        found
    }

    /// As the reader would before it writes `len` bytes to the end of the output.
    fn note(&self, len: usize) {
        let mut noted = self.ring.control().note.get();
        noted.begin_lines(self.ring.head(), self.end(), len, 0);
        self.ring.control().note.set(&noted);
    }

    fn end(&self) -> Place {
        LogFile::open(&self.output(), Limits::default(), &Arc::default()).expect("a file").end()
    }

    fn append(&self, text: impl AsRef<[u8]>) {
        use std::io::Write as _;
        let file = OpenOptions::new().append(true).create(true).open(self.output());
        file.and_then(|mut file| file.write_all(text.as_ref())).expect("written");
    }

    fn text(&self) -> String {
        fs::read_to_string(self.output()).expect("text")
    }
}

/// The lines that are left, without those that tell of lost ones.
fn text(left: &Left) -> String {
    let text = std::str::from_utf8(left.text()).expect("UTF-8");
    text.split_inclusive('\n').filter(|line| !line.contains("LOST")).collect()
}

fn torn(left: &Left) -> u64 {
    left.pieces().len() as u64 - left.lines()
}

#[test]
fn committed_lines_come_back_in_order() {
    let setup = Setup::new();
    (0..10).for_each(|n| setup.push(&line(n)));
    (0..3).for_each(|_| setup.read_one());
    let left = setup.left();
    assert_eq!((text(&left), left.lost()), (lines(3..10), 0));
}

#[test]
fn they_come_back_from_every_place_of_every_lap() {
    let setup = Setup::new();
    for n in 0..1000 {
        setup.push(&line(n));
        let left = setup.left();
        let first = n + 1 - text(&left).lines().count() as u64;
        assert_eq!((text(&left), left.lost()), (lines(first..n + 1), 0));
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
    assert_eq!((left.lost(), torn(&left)), (3, 3));
}

#[test]
fn writers_that_waited_for_room_do_not_confuse_it() {
    let setup = Setup::new();
    let mut n = 0;
    while let Ok(room) = setup.ring.room(setup.ring.claim(Ring::size(line(n).len()))) {
        setup.ring.commit(room, LINE, line(n).as_bytes(), NOTHING_LATE);
        n += 1;
    }
    let _ = setup.ring.claim(CAPACITY);
    let left = setup.left();
    assert_eq!((text(&left), torn(&left)), (lines(0..n), 1));
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
    let identity = identity(&output);
    let wanted = Asked { path: output.clone(), resolved: output.clone() };
    let folders = [folder.path().to_owned()];
    let (ring, memory) = RingFile::create_in(folder.path(), &identity).expect("a ring");
    let memory = Ring::new(memory, KEY);
    let room = memory.try_claim(Ring::size(line(1).len())).expect("room");
    memory.commit(room, LINE, line(1).as_bytes(), NOTHING_LATE);
    let all = || RingFile::all(&folders, |ring| ring.is_of(&wanted));
    assert!(!all()[0].0.is_left() && !all()[0].0.take(), "its process lives");
    drop((ring, memory));
    let another = Asked { path: "/another".into(), resolved: "/another".into() };
    assert!(RingFile::all(&folders, |ring| ring.is_of(&another)).is_empty());
    let taken = all();
    assert_eq!(taken.iter().map(|(_, identity)| identity).collect::<Vec<_>>(), [&identity]);
    assert!(taken[0].0.is_left() && taken[0].0.take());
    assert!(!all()[0].0.take(), "somebody else is at it");
    let mut left = scan(&taken[0].0.read().expect("bytes")).expect("a ring");
    RingFile::sweep(&folders);
    left.advance(1);
    taken[0].0.set_state(&left.state).expect("said");
    assert_eq!(all().len(), 1);
    drop(taken);
    // an empty one is cleared away by whoever comes by
    RingFile::sweep(&folders);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn what_cannot_be_removed_stays_and_the_rest_is_written() {
    let setup = Setup::new();
    (0..10).for_each(|n| setup.push(&line(n)));
    // what is taken for the oldest file can't be removed
    fs::create_dir_all(setup.folder.path().join("t.jsonl.1/in the way")).expect("a folder");
    setup.add(Limits { file_bytes: 150, files: 2 });
    let text = setup.text();
    assert!(!text.is_empty() && lines(0..10).ends_with(&text));
}

#[test]
fn what_is_no_ring_of_this_user_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("flowtrace-0-1-0-t.ring");
    for (bytes, mode, stays) in [
        ("flowtrace ring 2 and what comes then", 0o600, true),
        ("flowtrace ring 4 and what comes then", 0o600, true),
        ("begun, but never whole", 0o600, false),
        ("readable by everybody", 0o644, true),
    ] {
        fs::write(&path, bytes).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
        RingFile::sweep(&[folder.path().to_owned()]);
        assert_eq!(path.exists(), stays, "{bytes}");
    }
    let _ = fs::remove_file(&path);
    std::os::unix::fs::symlink("/etc/passwd", &path).expect("a link");
    RingFile::sweep(&[folder.path().to_owned()]);
    assert!(RingFile::all(&[folder.path().to_owned()], |_| true).is_empty() && path.is_symlink());
}

#[test]
fn a_ring_of_another_version_is_named() {
    let setup = Setup::new();
    setup.push(&line(1));
    let mut image = setup.image();
    let (path, folders) =
        (setup.folder.path().join("flowtrace-0-1-1-t.jsonl.ring"), [setup.folder.path().to_owned()]);
    image[15] = b'2';
    fs::write(&path, image).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
    let named = |wanted: &Path| {
        let wanted = Asked { path: wanted.to_owned(), resolved: wanted.to_owned() };
        RingFile::of_other_versions(&folders, |ring| ring.is_of(&wanted)).collect::<Vec<_>>()
    };
    assert_eq!(named(&setup.output()), std::slice::from_ref(&path));
    assert!(named(Path::new("/another")).is_empty());
    RingFile::sweep(&folders);
    assert!(path.exists());
}

#[test]
fn memory_of_a_file_is_the_file() {
    let file = tempfile::tempfile().expect("a file");
    file.set_len(memory::len(CAPACITY)).expect("a length");
    let (a, b) = (
        Memory::of_file(&file, CAPACITY).expect("mapped"),
        Memory::of_file(&file, CAPACITY).expect("mapped"),
    );
    let writer = Channel::new(Ring::new(a, KEY), OnFull::Drop).0;
    let (channel, mut reader) = Channel::new(Ring::new(b, KEY), OnFull::Drop);
    for n in 0..100 {
        writer.push(LINE, line(n).as_bytes(), NOTHING_LATE);
        let record = reader.next(&channel).expect("a record");
        assert!(record.payload.starts_with(line(n).as_bytes()));
        let next = record.next;
        reader.free(&channel, next);
    }
    assert!(writer.ring().define(b"defined"));
    let mut defined = Vec::new();
    channel.ring().definitions(0, &mut defined);
    assert_eq!(defined, b"defined");
}

#[test]
fn a_file_that_comes_in_place_of_a_ring_is_not_written_to() {
    let setup = Setup::new();
    let own = setup.folder.path().join("own");
    fs::write(&own, "precious").expect("written");
    let file = OpenOptions::new().read(true).write(true).open(&own).expect("a file");
    let ring = RingFile::of(setup.folder.path().join("flowtrace-0-1-0-t.jsonl.ring"), file);
    assert!(ring.set_state(&setup.left().state).is_err());
    assert_eq!(fs::read_to_string(&own).expect("text"), "precious");
}
