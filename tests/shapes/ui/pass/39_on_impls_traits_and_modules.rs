//! The attribute on an impl, a trait or an inline module: each function in it is traced.
#![deny(warnings, dead_code, unused)]
use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;

struct S(u8);

#[trace]
impl S {
    const N: u8 = 1;

    /// Left alone.
    const fn constant(&self) -> u8 {
        self.0 + Self::N
    }

    fn new(n: u8) -> Self {
        Self(n)
    }

    #[trace(name = "renamed", skip(secret))]
    fn own_options(&self, secret: u8) -> u8 {
        self.0 + secret
    }

    #[trace(off)]
    fn opted_out(&self) -> u8 {
        self.0
    }

    async fn asynchronous(&self) -> u8 {
        self.0
    }
}

#[trace]
trait Tr {
    const ID: u8;

    fn required(&self) -> u8;

    fn provided(&self) -> u8 {
        self.required() + Self::ID
    }
}

#[trace]
impl Tr for S {
    const ID: u8 = 5;

    fn required(&self) -> u8 {
        self.constant()
    }
}

#[trace]
mod inner {
    pub const fn constant() -> u8 {
        1
    }

    pub fn plain(n: u8) -> u8 {
        nested::deep(n)
    }

    mod nested {
        pub fn deep(n: u8) -> u8 {
            n
        }
    }

    macro_rules! left_alone {
        () => {
            fn by_macro() {}
        };
    }
    left_alone!();

    pub fn calls() {
        by_macro();
    }

    pub struct Inside;

    impl Inside {
        pub fn method(&self) {}
    }

    unsafe extern "C" {
        pub safe fn abs(n: i32) -> i32;
    }
}

pub(crate) fn main() {
    let events = capture(|| {
        let s = S::new(1);
        s.own_options(2);
        s.opted_out();
        s.provided();
        inner::plain(inner::constant());
        inner::calls();
        inner::Inside.method();
        assert_eq!(inner::abs(-1), 1);
        drop(s.asynchronous());
    });
    let names: Vec<_> = events.iter().filter(|e| e.args.is_some()).map(|e| e.function.as_str()).collect();
    assert_eq!(names, ["new", "renamed", "provided", "required", "plain", "deep", "calls", "method"]);
    assert_eq!(events[2].args.as_deref(), Some("{}"));
    assert_eq!(events[0].self_type.as_deref(), Some("S"));
}
