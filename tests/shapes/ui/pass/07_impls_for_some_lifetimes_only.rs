//! `Debug` that holds for some lifetimes alone: left alone where the signature shows it, else by `skip`, `redact` and
//! `skip_result`.
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

type Alias<'a> = &'a dyn Shown;

#[trace(skip(o), skip_result)]
fn by_alias(o: Alias<'_>) -> Alias<'_> {
    o
}

#[trace(skip_all)]
fn by_guard(o: std::cell::Ref<'_, dyn Shown>) -> u8 {
    drop(o);
    1
}

impl PartialEq for dyn Shown + '_ {
    #[trace(skip(other))]
    fn eq(&self, other: &Self) -> bool {
        std::ptr::addr_eq(self, other)
    }
}

#[trace(redact(n))]
fn named_and_redacted(n: Named<'_>) -> usize {
    n.0.len()
}

#[trace(skip_result)]
fn named_result<'a>(n: &'a str) -> Result<Named<'a>, Named<'a>> {
    Err(Named(n))
}

pub struct Same<'a, 'b>(&'a str, &'b str);

impl<'a> fmt::Debug for Same<'a, 'a> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[trace(skip(pair))]
fn same<'a, 'b>(pair: &mut Same<'a, 'b>) -> usize {
    pair.0.len() + pair.1.len()
}

pub struct Lasting<T>(pub T);

impl<T: 'static> fmt::Debug for Lasting<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lasting")
    }
}

#[trace(skip(x))]
fn lasting<T>(x: &Lasting<T>) -> usize {
    std::mem::size_of_val(x)
}

#[trace(skip(x))]
fn by_where<T: 'static>(x: &T) -> usize
where
    &'static T: fmt::Debug,
{
    std::mem::size_of_val(x)
}

pub(crate) fn main() {
    let local = 1_u8;
    let text = "local".to_owned();
    let events = capture(|| {
        let boxed: Box<dyn Shown> = Box::new(2);
        assert_eq!(listed(vec![&local], Some(&local), (&local, 1), &boxed), 1);
        mutable(&mut 1_u8);
        assert_eq!(named(Named(&text)), 5);
    });
    assert_eq!(events.len(), 6);
    let events = capture(|| {
        by_alias(&local);
        let cell = std::cell::RefCell::new(local);
        by_guard(cell.borrow());
        assert!(*by_alias(&local) == *by_alias(&local));
        assert_eq!(named_and_redacted(Named(&text)), 5);
        assert!(named_result(&text).is_err());
        assert_eq!(same(&mut Same(&text, "a")), 6);
        assert_eq!(lasting(&Lasting(&text)), by_where(&&0_usize));
    });
    let error = events.iter().find(|event| event.outcome.is_some()).unwrap();
    assert_eq!((error.function.as_str(), error.result.as_deref()), ("named_result", None));
}
