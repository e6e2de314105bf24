//! `Debug` that holds for `'static` alone: left alone where the signature shows it, else by `skip`.
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

#[trace]
fn listed(list: Vec<&dyn Shown>, one: Option<&dyn Shown>, pair: (&dyn Shown, u8), boxed: &Box<dyn Shown>) -> usize {
    let _ = (one, pair, boxed);
    list.len()
}

#[trace]
fn mutable<'a>(o: &'a mut dyn Shown) -> &'a mut (dyn Shown + 'a) {
    o
}

pub struct Named<'a>(pub &'a str);

impl fmt::Debug for Named<'static> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[trace(skip(n))]
fn named(n: Named<'_>) -> usize {
    n.0.len()
}

fn main() {
    let local = 1_u8;
    let text = "local".to_owned();
    let events = capture(|| {
        let boxed: Box<dyn Shown> = Box::new(2);
        assert_eq!(listed(vec![&local], Some(&local), (&local, 1), &boxed), 1);
        mutable(&mut 1_u8);
        assert_eq!(named(Named(&text)), 5);
    });
    assert_eq!(events.len(), 6);
}
