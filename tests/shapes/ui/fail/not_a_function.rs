use flowtrace_runtime::trace;

#[trace]
pub struct S {
    n: u8,
}

#[trace]
enum E {
    A,
}

#[trace]
const C: u8 = 1;

#[trace]
static ST: u8 = 1;

#[trace]
type T = u8;

#[trace]
use std::fmt;

#[trace]
macro_rules! m {
    () => {};
}

#[trace]
union U {
    n: u8,
}

fn main() {
    let _ = (S { n: 1 }, E::A, C, ST, U { n: 1 });
    let _: Option<(T, fmt::Error)> = None;
    m!();
}
