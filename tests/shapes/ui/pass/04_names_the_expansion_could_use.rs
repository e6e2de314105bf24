//! Arguments, functions and items with names that an expansion might take.
#![deny(warnings, dead_code, unused)]
use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;

#[trace]
#[allow(clippy::too_many_arguments)]
fn sync(debug: u8, display: u8, x: u8, e: u8, guard: u8, span: u8, args: u8, result: u8) -> u8 {
    debug + display + x + e + guard + span + args + result
}

#[trace]
fn raw(r#type: u8, r#fn: u8, r#async: u8, __arg0: u8, __arg1: u8) -> u8 {
    r#type + r#fn + r#async + __arg0 + __arg1
}

#[trace]
#[allow(clippy::too_many_arguments)]
async fn internal(__span: u8, __on: u8, __args: u8, __result: u8, __never: u8, __sides: u8, __guard: u8) -> u8 {
    __span + __on + __args + __result + __never + __sides + __guard
}

#[trace]
fn hidden((__arg1, __arg0): (u8, u8), (a, __arg2): (u8, u8), __result: u8) -> u8 {
    let __span = 1;
    let __on = false;
    __arg0 + __arg1 + __arg2 + a + __result + __span + u8::from(__on)
}

#[trace]
fn uses_a_static() -> u8 {
    CALLSITE + CALLSITE_IN_BODY
}

static CALLSITE: u8 = 1;
const CALLSITE_IN_BODY: u8 = 2;

#[trace]
fn r#match(größe: u8, 数: u8) -> u8 {
    größe + 数
}

#[trace]
fn r#struct(r#self_: u8) -> u8 {
    self_
}

#[trace]
#[expect(non_snake_case)]
fn call(begin: fn(u8) -> u8, __Some: u8) -> u8 {
    begin(__Some)
}

mod same_name {
    #[flowtrace_runtime::trace]
    pub fn trace(trace: u8) -> u8 {
        trace
    }
}

pub(crate) fn main() {
    let events = capture(|| {
        assert_eq!(sync(1, 1, 1, 1, 1, 1, 1, 1), 8);
        assert_eq!(raw(1, 2, 3, 4, 5), 15);
        assert_eq!(hidden((1, 2), (3, 4), 5), 16);
        assert_eq!(uses_a_static(), 3);
        assert_eq!(r#match(1, 2), 3);
        assert_eq!(r#struct(1), 1);
        assert_eq!(same_name::trace(1), 1);
    });
    drop(internal(1, 2, 3, 4, 5, 6, 7));
    let _ = call;
    assert_eq!(events[2].args.as_deref(), Some(r#"{"type":1,"fn":2,"async":3,"__arg0":4,"__arg1":5}"#));
    assert_eq!(events[4].args.as_deref(), Some(r#"{"__arg1":1,"__arg0":2,"a":3,"__arg2":4,"__result":5}"#));
    assert_eq!(events[8].function, "match");
    assert_eq!(events[8].args.as_deref(), Some(r#"{"größe":1,"数":2}"#));
}
