//! What the attribute says of a function's place in the source.
use crate::testing;
use crate::thread::local;

/// The place of the function that is running.
fn place() -> &'static str {
    local::with(|local| local.innermost(|frame| frame.callsite))
        .flatten()
        .expect("a traced function is running")
        .source
}

macro_rules! named_by_the_caller {
    ($name:ident) => {
        #[crate::trace(crate = crate)]
        fn $name() -> &'static str {
            place()
        }
    };
}

const ITS_OWN: u32 = line!() + 5;

macro_rules! named_by_itself {
    () => {
        #[crate::trace(crate = crate)]
        fn own() -> &'static str {
            place()
        }
    };
}

struct Foo;

const METHOD: u32 = line!() + 6;

#[crate::trace(crate = crate)]
impl Foo {
    #[inline]
    /// An attribute is no part of the function.
    fn method(&self) -> &'static str {
        place()
    }
}

const GIVEN: u32 = line!() + 2;

named_by_the_caller!(given);
named_by_itself!();

#[test]
fn a_function_stands_where_its_name_is_written() {
    testing::capture(|| {
        for (place, line) in [(Foo.method(), METHOD), (given(), GIVEN), (own(), ITS_OWN)] {
            assert_eq!(place, format!("{}:{line}", file!()));
        }
    });
}
