//! What is an attribute of a member of a traced block, under `cfg_attr` or by another path, is what it is elsewhere.
#![deny(warnings, dead_code, unused)]
use std::panic::Location;

use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;

struct S;

#[trace(redact(pin))]
impl S {
    #[cfg_attr(all(), track_caller)]
    fn line(&self) -> u32 {
        Location::caller().line()
    }

    #[cfg_attr(all(), trace(off))]
    fn off(&self) {}

    #[cfg_attr(any(), trace(off))]
    fn on(&self) {}

    #[cfg_attr(all(), trace(skip(pw), skip_result), inline)]
    fn log_in(&self, pw: u8, pin: u8) -> u8 {
        pw + pin
    }

    #[cfg_attr(all(), doc = "A method.", expect(dead_code))]
    fn unused() {}

    #[cfg_attr(any(), inline)]
    fn associated() {}

    #[flowtrace_runtime::trace(off)]
    fn off_by_path(&self) {}
}

#[trace(skip_all)]
mod inner {
    #[cfg_attr(all(), trace(skip(b)))]
    pub mod deep {
        #[cfg_attr(all(), inline)]
        pub fn shows_a(a: u8, b: u8) -> u8 {
            a + b
        }
    }

    #[cfg_attr(all(), trace(off))]
    pub mod off {
        pub fn off() {}
    }

    #[cfg_attr(any(), trace(off))]
    pub mod on {
        pub fn shows_nothing(_a: u8) {}

        pub const fn constant() {}
    }
}

/// Ours, by a path that the block can't know.
#[trace]
mod by_alias {
    use flowtrace_runtime as ft;

    pub struct A;

    #[ft::trace(skip(pw))]
    impl A {
        pub fn log_in(&self, pw: u8, a: u8) -> u8 {
            pw + a
        }

        #[ft::trace(off)]
        pub fn off(&self) {}

        #[cfg_attr(all(), ft::trace(redact(a), name = "renamed"))]
        pub fn named(&self, pw: u8, a: u8) -> u8 {
            pw + a
        }
    }
}

/// Another crate's attributes of the name.
mod other {
    pub use tokio::test as trace;
}

#[trace]
mod tests {
    #[crate::other::trace]
    #[allow(dead_code)]
    async fn not_ours() {}
}

fn main() {
    let here = line!() + 2;
    let events = capture(|| {
        assert_eq!(S.line(), here);
        S.off();
        S.on();
        S.log_in(77, 78);
        S::associated();
        S.off_by_path();
        inner::deep::shows_a(1, 2);
        inner::off::off();
        inner::on::shows_nothing(1);
        inner::on::constant();
        by_alias::A.log_in(77, 1);
        by_alias::A.off();
        by_alias::A.named(77, 78);
    });
    let entered: Vec<_> =
        events.iter().filter_map(|e| Some((e.function.as_str(), e.args.as_deref()?))).collect();
    let shown = [
        ("line", "{}"),
        ("on", "{}"),
        ("log_in", r#"{"pin":"[redacted]"}"#),
        ("associated", "{}"),
        ("shows_a", r#"{"a":1}"#),
        ("shows_nothing", "{}"),
        ("log_in", r#"{"a":1}"#),
        ("renamed", r#"{"a":"[redacted]"}"#),
    ];
    assert_eq!(entered, shown);
    assert_eq!(events.iter().filter(|e| e.result.is_some()).count(), 6);
    assert_eq!(events[6].self_type.as_deref(), Some("S"));
}
