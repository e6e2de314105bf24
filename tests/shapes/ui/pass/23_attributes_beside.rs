//! Other attributes on the function, above and below.
#![deny(warnings, dead_code, unused)]
use std::panic::Location;

use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;

#[inline]
#[trace]
#[cold]
#[must_use = "it is one"]
fn above_and_below() -> u8 {
    1
}

#[inline(always)]
#[trace]
fn inlined(n: u8) -> u8 {
    n
}

#[trace]
#[inline(never)]
#[must_use]
async fn must_use_async() -> u8 {
    1
}

#[track_caller]
#[trace]
fn caller_above() -> u32 {
    Location::caller().line()
}

#[trace]
#[track_caller]
fn caller_below((n, _): (u8, u8)) -> Result<u32, u8> {
    if n == 0 { Err(n) } else { Ok(Location::caller().line()) }
}

#[trace]
#[cfg_attr(all(), track_caller)]
fn caller_by_cfg() -> u32 {
    Location::caller().line()
}

#[trace]
#[deprecated = "for the test"]
fn old() {}

#[trace]
#[expect(dead_code, reason = "never called")]
fn never_called() {}

#[expect(dead_code, reason = "never called")]
#[trace]
fn never_called_either(_x: u8) -> u8 {
    1
}

#[trace]
#[cfg(any())]
fn not_there() -> NotThere {
    nothing()
}

#[cfg(any())]
#[trace(no such option)]
fn not_there_either() {}

#[cfg_attr(all(), trace)]
fn traced_by_cfg() {}

#[cfg_attr(all(), trace(name = "renamed", skip_all))]
fn options_by_cfg(_x: u8) {}

/// Documented
/// on two lines.
#[trace]
#[doc = "and here"]
#[doc(hidden)]
pub fn documented() {}

#[trace]
#[allow(non_snake_case)]
fn Named(Arg: u8) -> u8 {
    Arg
}

#[trace]
#[expect(unused_variables, unused_mut, reason = "for the test")]
fn expected(x: u8) {
    let mut y = 1;
}

#[trace]
#[rustfmt::skip]
#[allow(clippy::needless_return)]
fn tool_attributes() -> u8 { return 1; }

#[trace()]
fn empty_parentheses() {}

#[trace {}]
fn empty_braces() {}

#[flowtrace_runtime::trace]
#[trace(name = "outer \"quoted\" \\ name")]
fn twice() {}

#[cfg(target_arch = "x86_64")]
mod features {
    use flowtrace_runtime::trace;

    #[trace]
    #[target_feature(enable = "sse4.2")]
    pub fn needs_a_feature(n: u8) -> u8 {
        same_feature(n)
    }

    #[trace]
    #[target_feature(enable = "sse4.2")]
    #[allow(unused_unsafe)]
    pub unsafe fn needs_it_unsafely(n: u8) -> u8 {
        same_feature(n)
    }

    #[target_feature(enable = "sse4.2")]
    fn same_feature(n: u8) -> u8 {
        n
    }
}

pub(crate) fn main() {
    let events = capture(|| {
        assert_eq!(above_and_below() + inlined(1), 2);
        assert_eq!(caller_above(), line!());
        assert_eq!(caller_below((1, 2)), Ok(line!()));
        assert_eq!(caller_below((0, 2)), Err(0));
        assert_eq!(caller_by_cfg(), line!());
        #[expect(deprecated)]
        old();
        traced_by_cfg();
        options_by_cfg(1);
        documented();
        assert_eq!(Named(1), 1);
        expected(1);
        assert_eq!(tool_attributes(), 1);
        empty_parentheses();
        empty_braces();
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("sse4.2") {
            unsafe {
                assert_eq!(features::needs_a_feature(1) + features::needs_it_unsafely(1), 2);
            }
        }
        twice();
    });
    let names: Vec<&str> = events.iter().map(|event| event.function.as_str()).collect();
    assert!(names.contains(&"renamed"));
    assert_eq!(names[names.len() - 4..], ["outer \"quoted\" \\ name", "twice", "twice", "outer \"quoted\" \\ name"]);
    drop(must_use_async());
}
