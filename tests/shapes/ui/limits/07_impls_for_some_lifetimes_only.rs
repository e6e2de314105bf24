//! `Debug` that holds for `'static` alone, where the signature does not show it: the error is at the argument and names
//! `skip`, or at the type of the result and names `skip_result`.
#![deny(warnings, dead_code, unused)]
#![allow(clippy::borrowed_box, clippy::needless_lifetimes, reason = "the shape has it")]
use std::fmt;

use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;

pub trait Shown {}

impl Shown for u8 {}

impl fmt::Debug for dyn Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("shown")
    }
}

type Alias<'a> = &'a dyn Shown;

#[trace]
fn by_alias(o: Alias<'_>) -> Alias<'_> {
    o
}

pub struct Named<'a>(pub &'a str);

impl fmt::Debug for Named<'static> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[trace]
fn named(n: Named<'_>) -> usize {
    n.0.len()
}

#[trace]
fn named_result<'a>(n: &'a str) -> Result<Named<'a>, Named<'a>> {
    Ok(Named(n))
}

pub struct Lasting<T>(pub T);

impl<T: 'static> fmt::Debug for Lasting<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lasting")
    }
}

#[trace]
fn lasting<T>(x: &Lasting<T>) -> usize {
    std::mem::size_of_val(x)
}

fn main() {
    let local = 1_u8;
    let text = "local".to_owned();
    let events = capture(|| {
        by_alias(&local);
        assert_eq!(named(Named(&text)), 5);
        assert!(named_result(&text).is_ok());
        assert_eq!(lasting(&Lasting(&text)), 8);
    });
    assert_eq!(events.len(), 8);
}
