//! Values that are huge, hostile or secret: the trace stays whole and the program goes on.
#![allow(
    clippy::large_stack_arrays,
    clippy::large_types_passed_by_value,
    clippy::needless_pass_by_value,
    clippy::trivially_copy_pass_by_ref,
    clippy::drop_non_drop,
    reason = "the shapes have it"
)]
use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::fmt;
use std::rc::Rc;
use std::sync::{Arc, Mutex, RwLock, mpsc};
use std::time::Duration;

use flowtrace_runtime::testing::{Kind, capture};
use flowtrace_runtime::{Event, trace};
use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};

/// How long a test waits for what should have happened at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// The arguments of the call, as JSON.
fn args(events: &[Event]) -> serde_json::Value {
    for event in events {
        let whole: serde_json::Value = serde_json::from_str(&event.line).expect("each line is JSON");
        if let Some(result) = whole.get("result") {
            serde_json::from_str::<serde_json::Value>(result.as_str().unwrap())
                .unwrap_or_else(|_| panic!("a result is JSON: {result}"));
        }
    }
    serde_json::from_str(events[0].args.as_deref().unwrap()).expect("the arguments are JSON")
}

#[trace]
fn show<T: fmt::Debug>(value: T) -> T {
    value
}

#[trace]
fn show_serialize<T: Serialize>(value: T) -> T {
    value
}

/// Shows a value both ways in, and closes each call well.
fn shown<T: fmt::Debug>(value: T) -> serde_json::Value {
    let events = capture(|| drop(show(value)));
    assert_eq!(events.iter().map(|event| event.kind).collect::<Vec<_>>(), [Kind::Enter, Kind::Exit]);
    assert_eq!(events[1].outcome, None);
    args(&events)["value"].clone()
}

fn serialized<T: Serialize>(value: T) -> serde_json::Value {
    let events = capture(|| drop(show_serialize(value)));
    assert_eq!(events.iter().map(|event| event.kind).collect::<Vec<_>>(), [Kind::Enter, Kind::Exit]);
    assert_eq!(events[1].outcome, None);
    args(&events)["value"].clone()
}

#[test]
fn a_slice_of_a_gibibyte_is_neither_copied_nor_read_whole() {
    #[trace]
    fn borrowed(bytes: &[u8]) -> usize {
        bytes.len()
    }
    #[trace]
    fn owned(bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }
    // zeroed pages that nobody touches take no memory
    let bytes = vec![0_u8; 1 << 30];
    let at = bytes.as_ptr();
    let before = resident_bytes();
    let mut back = Vec::new();
    let events = capture(|| {
        assert_eq!(borrowed(&bytes), 1 << 30);
        back = owned(bytes);
    });
    assert_eq!(back.as_ptr(), at);
    assert!(resident_bytes() < before + (64 << 20), "the pages were touched");
    assert!(events.iter().all(|event| event.line.len() < 8192));
    assert_eq!(events.iter().map(|event| event.truncated).collect::<Vec<_>>(), [true, false, true, true]);
    assert!(args(&events)["bytes"].as_str().unwrap().ends_with('…'));
}

fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[test]
fn an_array_by_value_needs_no_more_stack_than_a_few_copies() {
    #[trace]
    fn takes(array: [u8; 128 << 10]) -> u8 {
        array[0]
    }
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let events = thread.spawn(|| capture(|| assert_eq!(takes([1; 128 << 10]), 1))).unwrap().join().unwrap();
    assert_eq!(events.len(), 2);
}

#[test]
fn a_debug_or_serialize_that_panics_is_said_and_survived() {
    struct Panics;
    impl fmt::Debug for Panics {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("half of it")?;
            panic!("in fmt")
        }
    }
    impl Serialize for Panics {
        fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
            let mut seq = s.serialize_seq(None)?;
            seq.serialize_element("half of it")?;
            std::panic::panic_any(7_u8)
        }
    }
    /// Its panic's payload panics in turn when dropped.
    #[derive(Clone)]
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in drop");
        }
    }
    struct PanicsTwice;
    impl fmt::Debug for PanicsTwice {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            std::panic::panic_any(Bomb)
        }
    }
    assert_eq!(shown(Panics), "<panicked>");
    assert_eq!(serialized(Panics), "<panicked>");
    assert_eq!(shown(PanicsTwice), "<panicked>");
    assert_eq!(shown(Some(Panics)), "<panicked>");
    assert_eq!(shown(5), "5", "the next value is whole again");
}

#[test]
fn a_value_that_fails_to_show_itself_says_so() {
    struct Fails;
    impl fmt::Debug for Fails {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }
    impl Serialize for Fails {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(S::Error::custom("because \"of\"\nthis"))
        }
    }
    assert!(shown(Fails).as_str().unwrap().starts_with("<not serializable"));
    assert_eq!(serialized(Fails), "<not serializable: because \"of\"\nthis>");
}

#[test]
fn a_value_without_end_is_cut() {
    struct Endless(&'static str);
    impl fmt::Debug for Endless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            loop {
                f.write_str(self.0)?;
            }
        }
    }
    impl Serialize for Endless {
        fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
            let mut map = s.serialize_map(None)?;
            loop {
                map.serialize_entry(self.0, self.0)?;
            }
        }
    }
    struct Recursive;
    impl fmt::Debug for Recursive {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_tuple("R").field(self).finish()
        }
    }
    impl Serialize for Recursive {
        fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
            s.serialize_some(self)
        }
    }
    struct Nested;
    impl Serialize for Nested {
        fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
            s.serialize_newtype_struct("N", self)
        }
    }
    /// Goes on, whatever it is told.
    struct Deaf;
    impl fmt::Debug for Deaf {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            for _ in 0..1_000_000 {
                let _ = f.write_str("deaf ");
            }
            Ok(())
        }
    }
    impl Serialize for Deaf {
        fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
            let mut map = s.serialize_map(None)?;
            for n in 0..10_000 {
                let _ = map.serialize_entry(&n, "deaf \"");
            }
            map.end()
        }
    }
    #[derive(Debug)]
    struct Cycle {
        me: RefCell<Option<Rc<Self>>>,
    }
    let cycle = Rc::new(Cycle { me: RefCell::new(None) });
    cycle.me.replace(Some(Rc::clone(&cycle)));
    for cut in [
        shown(Endless("x\"\\\n\u{1b}é")),
        serialized(Endless("é\"")),
        shown(Recursive),
        serialized(Recursive),
        serialized(Nested),
        shown(Deaf),
        serialized(Deaf),
        shown(Rc::clone(&cycle)),
    ] {
        let cut = cut.as_str().expect("what is cut is a string").to_owned();
        assert!(cut.ends_with('…') && cut.len() < 4096, "{cut}");
    }
    cycle.me.take();
}

#[test]
fn a_lock_that_is_held_is_not_waited_for() {
    #[trace]
    fn locks(mutex: &Mutex<u8>, rw: &RwLock<u8>, cell: &RefCell<u8>, maybe: Option<&Mutex<u8>>) -> bool {
        mutex.try_lock().is_err() && rw.try_write().is_err() && cell.try_borrow().is_err() && maybe.is_some()
    }
    #[trace]
    fn gives_back(mutex: &Mutex<u8>) -> &Mutex<u8> {
        mutex
    }
    let (done, waits) = mpsc::channel();
    std::thread::spawn(move || {
        let (mutex, rw, cell) = (Mutex::new(1), RwLock::new(2), RefCell::new(3));
        let held = (mutex.lock().unwrap(), rw.write().unwrap(), cell.borrow_mut());
        let events = capture(|| {
            assert!(locks(&mutex, &rw, &cell, Some(&mutex)));
            gives_back(&mutex);
        });
        drop(held);
        done.send(events).unwrap();
    });
    let events = waits.recv_timeout(PATIENCE).expect("the tracer waits for a lock that its caller holds");
    assert_eq!(events.len(), 4);
    assert!(args(&events)["mutex"].as_str().unwrap().contains("Mutex<u8>"));
}

#[test]
fn a_lock_is_neither_taken_nor_poisoned_to_be_shown() {
    struct Panics;
    impl fmt::Debug for Panics {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("it is looked at, and the lock around is held")
        }
    }
    type Lock = Mutex<Panics>;
    #[trace]
    fn locks(
        lock: &Lock,
        shared: Arc<Lock>,
        maybe: Option<&Lock>,
        list: &[Lock; 1],
        in_two: (&Lock, u8),
    ) -> bool {
        !(lock.is_poisoned()
            || shared.is_poisoned()
            || list[0].is_poisoned()
            || maybe.is_none()
            || in_two.1 == 0)
    }
    #[trace]
    fn is_poisoned(rw: &RwLock<Panics>) -> Result<bool, &RwLock<Panics>> {
        if rw.is_poisoned() { Ok(true) } else { Err(rw) }
    }
    let lock = || Mutex::new(Panics);
    let events = capture(|| {
        assert!(locks(&lock(), Arc::new(lock()), Some(&lock()), &[lock()], (&lock(), 1)));
        is_poisoned(&RwLock::new(Panics)).unwrap_err();
    });
    let args = args(&events);
    for name in ["lock", "shared", "maybe", "list", "in_two"] {
        let shown = args[name].as_str().unwrap();
        assert!(shown.starts_with('<') && shown.contains("Mutex<"), "{shown}");
    }
    assert!(events[3].result.as_ref().unwrap().contains("RwLock<"), "{events:?}");
}

#[test]
fn a_list_that_is_cut_is_not_gone_through_to_its_end() {
    #[derive(Debug, Clone, Copy)]
    struct Unit;
    #[trace]
    fn lists(slice: &[Unit], list: Vec<Unit>) -> Result<Box<[Unit]>, Infallible> {
        assert_eq!(slice.len(), list.len());
        Ok(list.into())
    }
    let (done, waits) = mpsc::channel();
    std::thread::spawn(move || {
        let endless = [Unit; usize::MAX];
        let _ = done.send(capture(|| drop(lists(&endless, Vec::from(endless)))));
    });
    let events = waits.recv_timeout(PATIENCE).expect("no element is asked for once the value is cut");
    let (args, result) = (args(&events), events[1].result.as_ref().unwrap());
    for shown in [args["slice"].as_str().unwrap(), args["list"].as_str().unwrap(), result] {
        assert!(shown.contains("[Unit, Unit, ") && shown.contains('…'), "{shown}");
    }
}

#[test]
fn a_debug_that_calls_traced_functions_is_not_traced_and_harms_nothing() {
    #[trace]
    fn inner(n: u8) -> u8 {
        n + 1
    }
    #[trace]
    async fn inner_async(n: u8) -> u8 {
        inner(n)
    }
    #[trace]
    #[track_caller]
    fn inner_guarded() -> u8 {
        1
    }
    struct Calls;
    impl fmt::Debug for Calls {
        #[trace]
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let polled = futures::executor::block_on(inner_async(3));
            let caught = std::panic::catch_unwind(|| -> u8 { panics(1) }).is_err();
            write!(f, "{} {polled} {caught} {}", inner(1), inner_guarded())
        }
    }
    #[trace]
    fn panics(n: u8) -> u8 {
        panic!("{n}")
    }
    #[trace]
    fn outer(value: Calls) -> Calls {
        inner(7);
        value
    }
    let mut back = None;
    let events = capture(|| back = Some(outer(Calls)));
    assert_eq!(args(&events)["value"], "2 4 true 1");
    let names: Vec<_> = events.iter().map(|event| event.function.as_str()).collect();
    assert_eq!(names, ["outer", "inner", "inner", "outer"]);
    assert_eq!(events[1].parent_span_id.as_ref(), Some(&events[0].span_id));
    let events = capture(|| drop(format!("{:?}", back.unwrap())));
    assert_eq!(events[0].function, "fmt", "the program's own call is traced");
    assert_eq!(events.len(), 12);
}

#[test]
fn a_value_that_changes_while_it_is_shown_is_the_programs_own_affair() {
    struct Counts(Cell<u32>);
    impl fmt::Debug for Counts {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.set(self.0.get() + 1);
            write!(f, "{}", self.0.get())
        }
    }
    let events = capture(|| drop(show(Counts(Cell::new(0)))));
    assert_eq!(args(&events)["value"], "1");
    assert_eq!(events[1].result.as_deref(), Some("\"2\""));
}

#[test]
fn the_programs_hook_sees_the_panic_of_what_is_shown_and_none_of_what_is_skipped() {
    struct Panics;
    impl fmt::Debug for Panics {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            SHOWING.set(true);
            panic!("no value")
        }
    }
    thread_local! {
        static SHOWING: Cell<bool> = const { Cell::new(false) };
        static HOOKED: Cell<u32> = const { Cell::new(0) };
    }
    #[trace]
    fn shows(_value: &Panics) {}
    #[trace(skip(_value))]
    fn skips(_value: &Panics) {}
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(
        move |info| {
            if SHOWING.take() { HOOKED.set(HOOKED.get() + 1) } else { before(info) }
        },
    ));
    let events = capture(|| shows(&Panics));
    assert_eq!((args(&events)["_value"].as_str(), HOOKED.get()), (Some("<panicked>"), 1));
    capture(|| skips(&Panics));
    assert_eq!(HOOKED.get(), 1);
}

#[test]
fn what_is_skipped_or_redacted_is_not_even_looked_at() {
    struct Never;
    impl fmt::Debug for Never {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            SEEN.set(true);
            Ok(())
        }
    }
    thread_local!(static SEEN: Cell<bool> = const { Cell::new(false) });
    #[trace(skip(a), redact(b), skip_result)]
    fn hides(a: Never, b: Never, password: Never, (c, api_key): (u8, Never)) -> Result<u8, Never> {
        let _ = (&a, &password, api_key);
        if c == 0 { Ok(c) } else { Err(b) }
    }
    #[trace(skip_all)]
    async fn hides_async(_: Never, _a: Never, (_b, _): (Never, Never)) {}
    let events = capture(|| {
        let _ = hides(Never, Never, Never, (1, Never));
        futures::executor::block_on(hides_async(Never, Never, (Never, Never)));
    });
    let hidden = "[redacted]";
    assert_eq!(
        args(&events),
        serde_json::json!({ "b": hidden, "password": hidden, "c": 1, "api_key": hidden })
    );
    assert_eq!((events[1].result.as_deref(), events[1].outcome.as_deref()), (None, Some("error")));
    assert_eq!(events[2].args.as_deref(), Some("{}"));
    assert!(!SEEN.get());
}

macro_rules! seventy_arguments {
    ($($name:ident)*) => {
        #[trace(redact(a_68))]
        #[expect(clippy::too_many_arguments, unused_variables)]
        fn seventy($($name: u8),*) {}

        #[test]
        fn an_argument_beyond_the_64th_is_redacted_too() {
            let events = capture(|| seventy($({ let $name = 7; $name }),*));
            let args = args(&events);
            assert_eq!(args.as_object().unwrap().len(), 70);
            assert_eq!(args["a_67"], 7);
            assert_eq!(args["a_68"], "[redacted]", "marked `redact`");
            assert_eq!(args["password"], "[redacted]", "by its name");
        }
    };
}
seventy_arguments! {
    a_00 a_01 a_02 a_03 a_04 a_05 a_06 a_07 a_08 a_09 a_10 a_11 a_12 a_13 a_14 a_15 a_16 a_17 a_18 a_19
    a_20 a_21 a_22 a_23 a_24 a_25 a_26 a_27 a_28 a_29 a_30 a_31 a_32 a_33 a_34 a_35 a_36 a_37 a_38 a_39
    a_40 a_41 a_42 a_43 a_44 a_45 a_46 a_47 a_48 a_49 a_50 a_51 a_52 a_53 a_54 a_55 a_56 a_57 a_58 a_59
    a_60 a_61 a_62 a_63 a_64 a_65 a_66 a_67 a_68 password
}

#[test]
fn what_a_value_holds_cannot_break_its_line() {
    let nasty = "\" \\ \n \r \t \0 \u{1b}[31m \u{7f} \u{2028} \u{2029} \u{feff} 😀 \u{202e} {}";
    assert_eq!(serialized(nasty), nasty);
    assert_eq!(shown(nasty), format!("{nasty:?}"));
    assert_eq!(shown(Some(nasty)), format!("{:?}", Some(nasty)));
    let events = capture(|| drop(show(Box::new([nasty; 2]))));
    assert!(events.iter().all(|event| !event.line.contains(['\n', '\u{1b}', '\0'])));
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        let lone = std::ffi::OsStr::from_bytes(b"\xff\xfe\"\n");
        assert!(shown(lone).as_str().unwrap().contains("\\xFF"));
        assert!(!serialized(std::path::Path::new(lone)).is_null());
    }
}
