//! Recursion, methods, and what a call is called.
#![allow(clippy::trivially_copy_pass_by_ref, reason = "the shapes have it")]
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use flowtrace_runtime::testing::{Kind, capture};
use flowtrace_runtime::{Event, trace};
use flowtrace_tests::child::run;
use serde_json::Value;

/// Each call's function and parent; asserts that each is closed once, inside of its parent.
fn tree(events: &[Event]) -> Vec<(String, Option<String>)> {
    let mut open: Vec<&Event> = Vec::new();
    let mut out = Vec::new();
    for event in events {
        if event.kind == Kind::Enter {
            assert_eq!(event.parent_span_id.as_ref(), open.last().map(|parent| &parent.span_id));
            out.push((event.function.clone(), open.last().map(|parent| parent.function.clone())));
            open.push(event);
        } else {
            assert_eq!(open.pop().expect("a call is open").span_id, event.span_id);
        }
    }
    assert!(open.is_empty());
    out
}

#[trace]
fn down(n: u32) -> u32 {
    if n == 0 { 0 } else { down(n - 1) + 1 }
}

#[trace]
fn is_even(n: u32) -> bool {
    n == 0 || is_odd(n - 1)
}

#[trace]
fn is_odd(n: u32) -> bool {
    n != 0 && is_even(n - 1)
}

#[trace]
fn fib(n: u32) -> u64 {
    if n < 2 { u64::from(n) } else { fib(n - 1) + fib(n - 2) }
}

fn on_a_small_stack<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> R {
    std::thread::Builder::new().stack_size(2 << 20).spawn(f).unwrap().join().unwrap()
}

#[test]
fn recursion_1000_deep_fits_a_stack_of_2_mebibytes() {
    let events = on_a_small_stack(|| capture(|| assert_eq!(down(1000), 1000)));
    assert_eq!(tree(&events).len(), 1001);
}

/// In release alone are frames so small.
#[test]
#[cfg(not(debug_assertions))]
fn recursion_10000_deep_fits_a_stack_of_2_mebibytes() {
    let events = on_a_small_stack(|| capture(|| assert_eq!(down(10_000), 10_000)));
    assert_eq!(tree(&events).len(), 10_001);
    let off = on_a_small_stack(|| down(10_000));
    assert_eq!(off, 10_000);
    let events = on_a_small_stack(|| capture(|| assert!(is_even(10_000))));
    assert_eq!(tree(&events).len(), 10_001);
}

#[test]
fn mutual_recursion_is_a_chain_of_two_functions() {
    let events = capture(|| assert!(is_even(100)));
    let calls = tree(&events);
    assert_eq!(calls[1], ("is_odd".to_owned(), Some("is_even".to_owned())));
    assert_eq!(calls[100], ("is_even".to_owned(), Some("is_odd".to_owned())));
}

#[test]
fn each_call_of_fib_20_is_there() {
    let events = capture(|| assert_eq!(fib(20), 6765));
    assert_eq!(tree(&events).len(), 21891);
    assert_eq!(events.last().unwrap().result.as_deref(), Some("6765"));
}

#[test]
fn destructors_of_arguments_run_inside_of_the_call() {
    struct Noted;
    impl Drop for Noted {
        #[trace]
        fn drop(&mut self) {}
    }
    #[trace]
    fn takes(_a: Noted, (_, _b): (Noted, Noted)) -> Noted {
        Noted
    }
    let events = capture(|| drop(takes(Noted, (Noted, Noted))));
    let calls = tree(&events);
    assert_eq!(
        calls.iter().filter(|(name, parent)| name == "drop" && parent.as_deref() == Some("takes")).count(),
        3
    );
    assert_eq!(calls.last().unwrap(), &("drop".to_owned(), None), "the result outlives the call");
}

#[test]
fn a_call_knows_the_type_it_belongs_to() {
    struct Plain;
    struct Generic<'a, T: ?Sized>(&'a T);
    trait Named {
        #[trace]
        fn of_trait() -> u8 {
            std::mem::size_of::<&Self>().to_le_bytes()[0]
        }
        #[trace]
        fn by_ref(&self) {}
    }
    impl Plain {
        #[trace]
        fn new() -> Self {
            Self
        }
        #[trace]
        fn build() -> Result<Box<Self>, String> {
            Ok(Box::new(Self))
        }
    }
    impl<T: ?Sized> Generic<'_, T> {
        #[trace]
        fn generic(&self) -> &T {
            self.0
        }
    }
    impl Named for Plain {}
    impl Named for [u8] {}
    impl Named for (u8, u8) {}
    impl Named for &'static str {}
    impl Named for Generic<'_, dyn Named2> {}
    trait Named2 {}
    let events = capture(|| {
        let _ = (Plain::new(), Plain::build(), Generic("x").generic());
        Plain.by_ref();
        <Plain as Named>::of_trait();
        [1_u8][..].by_ref();
        (1_u8, 2_u8).by_ref();
        "x".by_ref();
        <Generic<'_, dyn Named2> as Named>::of_trait();
    });
    let types: Vec<_> = events.iter().step_by(2).map(|event| event.self_type.as_deref().unwrap()).collect();
    assert_eq!(types[..5], ["Plain", "Plain", "Generic", "Plain", "Plain"]);
    assert!(types[5..].iter().all(|name| !name.is_empty()), "{types:?}");
    assert_eq!(types[8], "Generic");
}

#[test]
fn functions_inside_and_closures_around_are_told_by_their_own_names() {
    #[trace(name = "renamed")]
    fn outer(n: u8) -> u8 {
        #[trace]
        fn inner(n: u8) -> u8 {
            n + 1
        }
        let closure = |n| inner(n);
        [n].into_iter().map(inner).map(closure).sum()
    }
    let events = capture(|| assert_eq!(outer(1), 3));
    let name = Some("renamed".to_owned());
    assert_eq!(
        tree(&events),
        [("renamed".into(), None), ("inner".into(), name.clone()), ("inner".into(), name)]
    );
    assert!(events.iter().all(|event| event.module == "edge_kinds"));
}

#[test]
fn functions_used_as_values_are_traced() {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    #[trace]
    extern "C" fn callback(n: u32) -> u32 {
        CALLS.fetch_add(n, Ordering::Relaxed)
    }
    #[trace]
    fn compare(a: &u8, b: &u8) -> std::cmp::Ordering {
        b.cmp(a)
    }
    let events = capture(|| {
        let pointer: extern "C" fn(u32) -> u32 = callback;
        pointer(1);
        let mut list = [1, 2];
        list.sort_by(compare);
        assert_eq!(list, [2, 1]);
    });
    assert!(tree(&events).len() >= 2);
    assert_eq!(events[0].args.as_deref(), Some(r#"{"n":1}"#));
}

#[test]
fn a_generic_function_has_one_name_and_shows_what_its_bounds_allow() {
    #[trace]
    fn bare<T>(value: T) -> T {
        value
    }
    #[trace]
    fn debug<T: std::fmt::Debug>(value: T) -> T {
        value
    }
    #[trace]
    fn serialize<T: serde::Serialize>(value: T) -> Result<T, T> {
        Err(value)
    }
    let events = capture(|| {
        bare(1_u8);
        debug(1_u8);
        let _ = serialize(1_u8);
    });
    let shown: Vec<_> = events.iter().step_by(2).map(|event| event.args.as_deref().unwrap()).collect();
    assert_eq!(shown, [r#"{"value":"<u8>"}"#, r#"{"value":"1"}"#, r#"{"value":1}"#]);
    assert_eq!(events[5].result.as_deref(), Some(r#"{"Err":1}"#));
}

#[test]
fn a_context_given_to_a_nested_scope_ends_with_it() {
    #[trace]
    fn inner() {}
    #[trace]
    fn outer() -> flowtrace_runtime::Context {
        flowtrace_runtime::Context::current().unwrap()
    }
    let events = capture(|| {
        let context = outer();
        context.run(inner);
        inner();
    });
    assert_eq!(events[2].parent_span_id.as_ref(), Some(&events[0].span_id));
    assert_eq!(events[4].parent_span_id, None);
}

#[test]
fn what_unwinds_but_is_no_panic_goes_through_c_unwind_functions() {
    let finished = run(&mut Command::new(env!("CARGO_BIN_EXE_unwinding")));
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), "joined\n"));
    let lines: Vec<Value> =
        finished.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let ends: Vec<_> = lines.iter().filter(|line| line["event"] == "EXIT").collect();
    let ended =
        |i: usize| (ends[i]["function"].as_str(), ends[i]["result"].as_str(), ends[i]["outcome"].as_str());
    assert_eq!((lines.len(), ends.len()), (6, 3));
    assert_eq!(ended(0), (Some("leave"), Some("0"), None));
    assert_eq!(ended(1), (Some("leave"), None, None), "it did not return");
    assert_eq!(ended(2), (Some("start"), None, None));
}

#[test]
fn a_panic_in_a_c_unwind_function_is_one() {
    #[trace]
    extern "C-unwind" fn fails(n: u8) -> u8 {
        assert!(n > 1, "too small");
        n
    }
    let events = capture(|| {
        assert_eq!(fails(2), 2);
        std::panic::catch_unwind(|| fails(1)).unwrap_err();
    });
    assert_eq!(events[1].result.as_deref(), Some("2"));
    assert_eq!(events[3].outcome.as_deref(), Some("panic"));
}
