//! Each call is closed by exactly one line, which says how it ended.
#![allow(
    dropping_copy_types,
    clippy::unused_async,
    clippy::needless_pass_by_value,
    reason = "the shapes have it"
)]
use std::backtrace::Backtrace;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, panic_any, resume_unwind};

use flowtrace_runtime::testing::{Kind, capture};
use flowtrace_runtime::{Event, trace};

/// `name>` for each ENTER, `name<outcome` for each closing line; asserts that they pair up.
fn story(events: &[Event]) -> Vec<String> {
    for enter in events.iter().filter(|event| event.kind == Kind::Enter) {
        let closing = events.iter().filter(|e| e.span_id == enter.span_id && e.kind != Kind::Enter);
        assert_eq!(closing.count(), 1, "{} is closed once", enter.function);
    }
    let tell = |event: &Event| match event.kind {
        Kind::Enter => format!("{}>", event.function),
        _ => format!("{}<{}", event.function, event.outcome.as_deref().unwrap_or("ok")),
    };
    events.iter().map(tell).collect()
}

/// What `f` does, with its panic caught inside of the capture.
fn caught(f: impl FnOnce()) -> Vec<Event> {
    capture(|| {
        catch_unwind(AssertUnwindSafe(f)).unwrap_err();
    })
}

#[trace]
fn panics(message: &str) -> u8 {
    panic!("{message}")
}

#[trace]
fn calls_one_that_panics() -> u8 {
    panics("deep") + 1
}

#[test]
fn a_panic_closes_each_call_it_passes_with_its_message() {
    let events = caught(|| drop(calls_one_that_panics()));
    let expected = ["calls_one_that_panics>", "panics>", "panics<panic", "calls_one_that_panics<panic"];
    assert_eq!(story(&events), expected);
    assert_eq!(events[2].exception.as_deref(), Some("deep"));
    assert_eq!(events[3].exception.as_deref(), Some("deep"));
    assert_eq!((events[2].kind, events[2].result.as_deref()), (Kind::Exception, None));
}

#[test]
fn a_panic_that_is_caught_inside_is_no_end_of_the_outer_call() {
    #[trace]
    fn catches() -> bool {
        let mut n = 1;
        let caught = catch_unwind(AssertUnwindSafe(|| n += panics("inside"))).is_err();
        panics_not();
        caught
    }
    #[trace]
    fn panics_not() {}
    let events = capture(|| assert!(catches()));
    let expected = ["catches>", "panics>", "panics<panic", "panics_not>", "panics_not<ok", "catches<ok"];
    assert_eq!(story(&events), expected);
    assert_eq!(events[3].parent_span_id.as_ref(), Some(&events[0].span_id));
}

#[test]
fn the_payload_of_a_panic_goes_through_unchanged() {
    #[derive(Debug, PartialEq)]
    struct Payload(Vec<u8>);
    #[trace]
    fn any() {
        panic_any(Payload(vec![1]));
    }
    #[trace]
    fn resumed() {
        resume_unwind(Box::new(Payload(vec![2])));
    }
    #[trace]
    fn owned(words: &str) {
        panic!("two {words}");
    }
    #[trace]
    async fn in_async() {
        panic_any(Payload(vec![3]));
    }
    let payload =
        |f: &dyn Fn()| *catch_unwind(AssertUnwindSafe(f)).unwrap_err().downcast::<Payload>().unwrap();
    let events = capture(|| {
        assert_eq!(payload(&any), Payload(vec![1]));
        assert_eq!(payload(&resumed), Payload(vec![2]));
        assert_eq!(payload(&|| futures::executor::block_on(in_async())), Payload(vec![3]));
        let text = catch_unwind(|| owned("words")).unwrap_err();
        assert_eq!(text.downcast_ref::<String>().unwrap(), "two words");
    });
    let said: Vec<_> = events.iter().filter_map(|event| event.exception.as_deref()).collect();
    assert_eq!(said, ["Box<dyn Any>", "Box<dyn Any>", "Box<dyn Any>", "two words"]);
    assert_eq!(story(&events).len(), 8);
}

#[test]
fn a_panic_while_another_one_unwinds_is_told_apart() {
    #[trace]
    fn catches_in_drop() -> bool {
        catch_unwind(|| panics("in drop")).is_err()
    }
    #[trace]
    fn well_in_drop() {}
    #[trace]
    #[track_caller]
    fn guarded_in_drop() {}
    struct Cleans;
    impl Drop for Cleans {
        #[trace]
        fn drop(&mut self) {
            well_in_drop();
            guarded_in_drop();
            assert!(catches_in_drop());
        }
    }
    #[trace]
    fn outer(_c: Cleans) {
        let _local = Cleans;
        panic!("first");
    }
    let events = caught(|| outer(Cleans));
    let drop = [
        "drop>",
        "well_in_drop>",
        "well_in_drop<ok",
        "guarded_in_drop>",
        "guarded_in_drop<ok",
        "catches_in_drop>",
        "panics>",
        "panics<panic",
        "catches_in_drop<ok",
        "drop<ok",
    ];
    assert_eq!(story(&events), [&["outer>"][..], &drop, &drop, &["outer<panic"]].concat());
    assert_eq!(events.last().unwrap().exception.as_deref(), Some("first"));
    assert_eq!(events[1].parent_span_id.as_ref(), Some(&events[0].span_id), "dropped inside of the call");
}

#[test]
fn a_drop_that_panics_ends_the_call_whose_value_it_drops() {
    struct Bomb;
    impl Drop for Bomb {
        #[trace]
        fn drop(&mut self) {
            panic!("bomb");
        }
    }
    #[trace]
    fn drops_an_argument(_: Bomb) -> u8 {
        1
    }
    #[trace]
    fn drops_a_local() -> u8 {
        let _bomb = Bomb;
        2
    }
    #[trace]
    async fn drops_in_async(_b: Bomb) -> u8 {
        3
    }
    for (name, f) in [
        ("drops_an_argument", &(|| drop(drops_an_argument(Bomb))) as &dyn Fn()),
        ("drops_a_local", &|| drop(drops_a_local())),
        ("drops_in_async", &|| drop(futures::executor::block_on(drops_in_async(Bomb)))),
    ] {
        let events = caught(f);
        let expected =
            [format!("{name}>"), "drop>".to_owned(), "drop<panic".to_owned(), format!("{name}<panic")];
        assert_eq!(story(&events), expected);
    }
}

#[test]
fn a_panic_below_many_open_calls_still_closes_each_of_them_once() {
    #[trace]
    fn down(n: u32) -> u32 {
        if n == 0 { panic!("bottom") } else { down(n - 1) + 1 }
    }
    let events = caught(|| drop(down(200)));
    assert_eq!(story(&events).len(), 402);
    assert_eq!(
        events.last().unwrap().exception.as_deref(),
        Some("bottom"),
        "the outermost knows the message"
    );
}

#[test]
fn the_place_of_a_panic_is_the_users_own() {
    thread_local!(static PLACES: RefCell<Vec<(String, u32)>> = const { RefCell::new(Vec::new()) });
    #[trace]
    fn at_a_line() {
        panic!("here"); // as the hook has it
    }
    #[trace]
    fn in_a_library(list: Vec<u8>) -> u8 {
        list[3]
    }
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let place = info.location().unwrap();
        PLACES.with_borrow_mut(|places| places.push((place.file().to_owned(), place.line())));
        hook(info);
    }));
    caught(at_a_line);
    caught(|| drop(in_a_library(vec![])));
    let lines: Vec<&str> = include_str!("edge_results.rs").lines().collect();
    let places = PLACES.take();
    assert_eq!(places.len(), 2, "resuming a panic is not announced again");
    assert!(places.iter().all(|(file, _)| file.ends_with("edge_results.rs")));
    assert!(lines[places[0].1 as usize - 1].contains("as the hook has it"));
    assert!(lines[places[1].1 as usize - 1].contains("list[3]"));
}

#[test]
fn a_backtrace_has_the_users_lines() {
    #[trace]
    fn sync() -> String {
        Backtrace::force_capture().to_string() // in sync
    }
    #[trace]
    async fn asynchronous() -> String {
        Backtrace::force_capture().to_string() // in async
    }
    let lines: Vec<&str> = include_str!("edge_results.rs").lines().collect();
    let mut traces = Vec::new();
    capture(|| traces = vec![sync(), futures::executor::block_on(asynchronous())]);
    let functions = [("::sync", "// in sync"), ("::asynchronous", "// in async")];
    for (trace, (function, mark)) in traces.iter().zip(functions) {
        let line = 1 + lines.iter().position(|line| line.ends_with(mark)).unwrap();
        assert!(trace.contains(&format!("edge_results.rs:{line}:")), "{line} is not in {trace}");
        assert!(trace.contains(function), "{function} is not in {trace}");
    }
}

#[test]
fn a_caller_is_seen_through_the_attribute() {
    #[trace]
    #[track_caller]
    fn direct(fail: bool) -> Result<&'static Location<'static>, u8> {
        if fail { Err(1) } else { Ok(Location::caller()) }
    }
    #[track_caller]
    #[trace]
    fn through() -> u32 {
        direct(false).unwrap().line()
    }
    struct S(Option<u8>);
    impl S {
        #[trace]
        #[track_caller]
        fn unwrap(self) -> u8 {
            self.0.unwrap()
        }
    }
    let events = capture(|| {
        assert_eq!(direct(false).unwrap().line(), line!());
        assert_eq!(through(), line!());
        assert!(direct(true).is_err());
        let f: fn() -> u32 = through;
        assert_ne!(f(), 0);
        assert_eq!(S(Some(1)).unwrap(), 1);
    });
    assert_eq!(story(&events).len(), 14);
    assert!(events.iter().all(|event| event.exception.is_none()));
    let events = caught(|| drop(S(None).unwrap()));
    assert_eq!(story(&events), ["unwrap>", "unwrap<panic"]);
}

#[test]
fn an_error_is_seen_whatever_the_way_out() {
    type R = Result<u8, String>;
    #[trace]
    fn by_question(s: &str) -> Result<u8, std::num::ParseIntError> {
        let n = s.parse::<u8>()?;
        Ok(n)
    }
    #[trace]
    fn by_return(n: u8) -> R {
        for i in 0..3 {
            if i == n {
                return Err(format!("at {i}"));
            }
        }
        Ok(n)
    }
    #[trace]
    async fn by_inner_block(n: u8) -> R {
        let inner = async { if n == 0 { Err("inner".to_owned()) } else { Ok(1) } };
        inner.await
    }
    #[trace]
    fn by_alias_of_unit() -> std::fmt::Result {
        Err(std::fmt::Error)
    }
    let events = capture(|| {
        let _ = (by_question("x"), by_return(1), by_return(9), by_alias_of_unit());
        let _ = futures::executor::block_on(by_inner_block(0));
    });
    let outcomes: Vec<_> = story(&events).into_iter().filter(|line| line.contains('<')).collect();
    let expected = [
        "by_question<error",
        "by_return<error",
        "by_return<ok",
        "by_alias_of_unit<error",
        "by_inner_block<error",
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(events[3].result.as_deref(), Some(r#"{"Err":"at 1"}"#));
}

#[test]
fn a_call_in_the_destructor_of_a_thread_local_harms_nothing() {
    #[trace]
    fn late(n: u8) -> u8 {
        n
    }
    #[trace]
    async fn late_async() -> u8 {
        late(2)
    }
    struct Late(std::sync::mpsc::Sender<u8>);
    impl Drop for Late {
        fn drop(&mut self) {
            let sum = late(1) + futures::executor::block_on(late_async());
            let caught = catch_unwind(|| panics("late")).is_err();
            self.0.send(sum + u8::from(caught)).unwrap();
        }
    }
    thread_local!(static LATE: RefCell<Option<Late>> = const { RefCell::new(None) });
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        LATE.set(Some(Late(sender)));
        let events = capture(|| drop(late(1)));
        assert_eq!(events.len(), 2);
    })
    .join()
    .unwrap();
    assert_eq!(receiver.recv(), Ok(4));
}
