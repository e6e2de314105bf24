//! Passes a large value on a stack of a given size: `large plain|traced SHAPE KIB`. Ends by a signal where it does not fit.
#![allow(clippy::large_types_passed_by_value, clippy::large_stack_arrays, clippy::needless_pass_by_value)]
use std::hint::black_box;
use std::thread;

use flowtrace_runtime::trace;

const SIZE: usize = 100_000;

type Array = [u8; SIZE];

/// What can't be copied.
struct Owned(Array);

impl Drop for Owned {
    fn drop(&mut self) {
        black_box(&self.0);
    }
}

/// Each function with the attribute and without it.
macro_rules! twice {
    ($($function:item)*) => {
        mod plain {
            use super::{Array, Owned, black_box};
            $(#[inline(never)] $function)*
        }

        mod traced {
            use super::{Array, Owned, black_box, trace};
            $(#[inline(never)] #[trace] $function)*
        }
    };
}

twice! {
    pub(super) fn array(array: Array) -> u8 {
        black_box(&array)[1]
    }

    pub(super) fn owned(owned: Owned) -> u8 {
        black_box(&owned).0[1]
    }

    pub(super) fn result(n: u8) -> Array {
        black_box([n; super::SIZE])
    }

    #[allow(clippy::unnecessary_wraps)]
    pub(super) fn fallible(n: u8) -> Result<Array, String> {
        Ok(black_box([n; super::SIZE]))
    }
}

fn ends<T>(value: T) {
    black_box(value);
}

/// What a thread's first traced call needs is not counted.
#[trace]
fn first() {}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let [_, how, shape, kib] = &*args else { panic!("large plain|traced SHAPE KIB") };
    let run: fn() = match (how.as_str(), shape.as_str()) {
        ("plain", "array") => || ends(plain::array([1; SIZE])),
        ("traced", "array") => || ends(traced::array([1; SIZE])),
        ("plain", "owned") => || ends(plain::owned(Owned([1; SIZE]))),
        ("traced", "owned") => || ends(traced::owned(Owned([1; SIZE]))),
        ("plain", "result") => || ends(plain::result(1)),
        ("traced", "result") => || ends(traced::result(1)),
        ("plain", "fallible") => || ends(plain::fallible(1)),
        ("traced", "fallible") => || ends(traced::fallible(1)),
        _ => panic!("no such shape"),
    };
    let stack = kib.parse::<usize>().expect("a number") << 10;
    let thread = thread::Builder::new().stack_size(stack).spawn(move || {
        first();
        run();
    });
    thread.expect("a thread").join().expect("it returns");
}
