//! Items and macros in the body, and traced functions that a macro makes.
#![deny(warnings, dead_code, unused)]
#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::items_after_statements,
    reason = "the shapes are odd"
)]
use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;

pub struct S(u8);

impl S {
    #[trace]
    fn items_inside(&self) -> usize {
        const N: usize = 2;
        static LIST: [u8; N] = [1, 2];
        struct Inner(u8);
        impl Inner {
            fn new() -> Self {
                Self(Self::N)
            }
            const N: u8 = 3;
        }
        trait Local {
            fn local(&self) -> Self
            where
                Self: Sized;
        }
        impl Local for u8 {
            #[flowtrace_runtime::trace]
            fn local(&self) -> Self {
                *self
            }
        }
        mod nested {
            pub(super) fn f() -> u8 {
                1
            }
        }
        use nested::f as renamed;
        #[trace]
        fn inner(n: u8) -> u8 {
            n
        }
        usize::from(Inner::new().0 + inner(1).local() + renamed() + self.0) + LIST.len()
    }

    #[trace]
    fn closures_with_self(&self) -> u8 {
        let make = |n: u8| Self(n);
        let add = move |s: &Self| s.0 + self.0;
        add(&make(1))
    }

    #[trace]
    fn without_self_but_items() -> u8 {
        struct Other;
        impl Other {
            fn make() -> Self {
                Self
            }
        }
        let Other = Other::make();
        1
    }

    #[trace]
    fn macros_with_self(&mut self) -> u8 {
        macro_rules! get {
            () => {
                self.0
            };
            ($s:ident) => {
                $s.0
            };
        }
        get!() += 1;
        get!(self)
    }

    #[trace]
    fn self_in_a_macro() -> Vec<Self> {
        vec![Self(1), Self(2)]
    }

    #[trace]
    fn self_in_a_nested_macro_alone() -> u8 {
        vec![Self(1)].len() as u8
    }

    #[trace]
    async fn async_block_with_self(&self) -> u8 {
        let block = async { self.0 };
        let closure = async |n: u8| self.0 + n;
        block.await + closure(1).await
    }
}

macro_rules! by_type_and_expression {
    ($name:ident, $t:ty, $e:expr) => {
        #[trace]
        fn $name(a: $t) -> $t {
            let _ = a;
            $e
        }
    };
}
by_type_and_expression!(sum, u8, 1 + 2);
by_type_and_expression!(reference, &'static str, "x");
by_type_and_expression!(fallible, Result<u8, String>, Err("e".to_owned()));

macro_rules! by_block {
    ($(#[$m:meta])* $vis:vis fn $name:ident($($arg:ident: $t:ty),*) $(-> $out:ty)? $body:block) => {
        $(#[$m])*
        #[trace]
        $vis fn $name($($arg: $t),*) $(-> $out)? $body
    };
}
by_block! {
    /// Documented.
    #[must_use]
    pub(crate) fn from_a_block(a: u8, b: &str) -> Result<usize, String> {
        if a == 0 {
            return Err("zero".to_owned());
        }
        Ok(usize::from(a) + b.len())
    }
}
by_block!(
    fn unit_from_a_block() {}
);

macro_rules! by_pattern {
    ($name:ident($p:pat, $q:pat_param) -> $out:ty = $e:expr) => {
        #[trace]
        fn $name($p: (u8, u8), $q: u8) -> $out {
            $e
        }
    };
}
by_pattern!(from_patterns((a, b), mut c) -> u8 = { c += a; c + b });
by_pattern!(from_wildcards(_, d) -> u8 = d);

macro_rules! by_item {
    ($i:item) => {
        #[trace]
        $i
    };
}
by_item! {
    fn whole_item(a: u8) -> u8 {
        #![allow(unused_mut)]
        let mut b = a;
        b
    }
}

macro_rules! by_signature {
    ($name:ident<$l:lifetime, $g:ident: $bound:path>($a:ident) where $w:ty: $wb:path) => {
        #[trace]
        fn $name<$l, $g: $bound>($a: &$l $g) -> &$l $g
        where
            $w: $wb,
        {
            $a
        }
    };
}
by_signature!(from_a_signature<'a, T: std::fmt::Debug>(x) where T: Clone);

macro_rules! by_self {
    ($self:ident, $name:ident, $body:expr) => {
        #[trace]
        fn $name(&$self) -> u8 {
            $body
        }
    };
}
macro_rules! own_self {
    ($name:ident) => {
        #[trace]
        fn $name(&mut self) -> &mut u8 {
            &mut self.0
        }
    };
}
impl S {
    by_self!(self, from_self, self.0 + 1);
    own_self!(from_own_self);
}

macro_rules! options {
    ($fn:ident, $name:literal, $arg:ident, $krate:path) => {
        #[trace(name = $name, skip($arg), crate = $krate)]
        fn $fn($arg: u8, shown: u8) -> u8 {
            $arg + shown
        }
    };
}
options!(from_options, "from a literal", hidden, flowtrace_runtime);

macro_rules! crate_path {
    ($fn:ident) => {
        #[trace(crate = $crate::reexport)]
        fn $fn() {}
    };
}
mod reexport {
    #[allow(unused_imports, reason = "the attribute uses it")]
    pub use flowtrace_runtime::*;
}
crate_path!(from_a_crate_path);

macro_rules! hygienic {
    ($name:ident, $x:ident) => {
        #[trace]
        fn $name($x: u8, x: u8) -> u8 {
            let __result = $x * 10;
            __result + x
        }
    };
}
hygienic!(two_of_a_name, x);

macro_rules! tokens {
    ($($t:tt)*) => { #[trace] $($t)* };
}
tokens! { async unsafe fn from_tokens(a: u8) -> u8 { a } }

macro_rules! nested_macros {
    ($($name:ident => $t:ty),*) => { $(by_type_and_expression!($name, $t, <$t>::default());)* };
}
nested_macros!(nested_u8 => u8, nested_string => String, nested_unit => ());

macro_rules! by_never {
    ($t:ty) => {
        #[trace]
        fn from_never() -> $t {
            panic!("never")
        }
    };
}
by_never!(!);

macro_rules! by_impl {
    ($t:ty) => {
        #[trace]
        fn from_impl() -> $t {
            [1_u8].into_iter()
        }
    };
}
by_impl!(impl Iterator<Item = u8>);

macro_rules! by_impl_argument {
    ($t:ty) => {
        #[trace]
        fn from_impl_argument(it: $t) -> usize {
            it.count()
        }
    };
}
by_impl_argument!(impl Iterator);

macro_rules! by_async_type {
    ($t:ty) => {
        #[trace]
        async fn from_async_type(a: $t) -> $t {
            a
        }
    };
}
by_async_type!(Option<&str>);

fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    let events = capture(|| {
        let mut s = S(1);
        assert_eq!(s.items_inside(), 8);
        assert_eq!(s.closures_with_self() + S::without_self_but_items() + s.macros_with_self(), 5);
        assert_eq!(S::self_in_a_macro().len() as u8 + S::self_in_a_nested_macro_alone(), 3);
        assert_eq!((sum(1), reference(""), fallible(Ok(1))), (3, "x", Err("e".to_owned())));
        assert_eq!((from_a_block(1, "a"), from_a_block(0, "")), (Ok(2), Err("zero".to_owned())));
        unit_from_a_block();
        assert_eq!((from_patterns((1, 2), 3), from_wildcards((1, 2), 3), whole_item(1)), (6, 3, 1));
        assert_eq!((from_a_signature(&1), s.from_self(), *s.from_own_self()), (&1, 3, 2));
        assert_eq!((from_options(1, 2), two_of_a_name(1, 2)), (3, 12));
        from_a_crate_path();
        assert_eq!((nested_u8(1), nested_string("x".to_owned())), (0, String::new()));
        nested_unit(());
        assert!(std::panic::catch_unwind(|| from_never()).is_err());
        assert_eq!((from_impl().count(), from_impl_argument([1].iter())), (1, 1));
    });
    drop(std::panic::take_hook());
    let s = S(1);
    drop((unsafe { from_tokens(1) }, from_async_type(None), s.async_block_with_self()));
    let of = |function: &str| events.iter().find(|event| event.function == function).unwrap();
    assert_eq!(of("local").self_type.as_deref(), Some("u8"));
    assert_eq!(of("inner").self_type, None);
    assert_eq!(of("closures_with_self").self_type.as_deref(), Some("S"));
    assert_eq!(of("from_patterns").args.as_deref(), Some(r#"{"a":1,"b":2,"c":3}"#));
    assert_eq!(of("from a literal").args.as_deref(), Some(r#"{"shown":2}"#));
    let failed = events.iter().find(|event| event.function == "fallible" && event.result.is_some()).unwrap();
    assert_eq!(failed.outcome.as_deref(), Some("error"));
}
