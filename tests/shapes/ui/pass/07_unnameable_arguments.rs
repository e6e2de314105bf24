//! Arguments whose types cannot be named or have no size.
#![deny(warnings, dead_code, unused)]
use std::any::Any;
use std::error::Error;
use std::fmt;

use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;

pub trait Tr {
    fn id(&self) -> u8 {
        1
    }
}

impl Tr for u8 {}

/// As people write it: for `dyn Shown + 'static` alone.
pub trait Shown {}

impl Shown for u8 {}

impl fmt::Debug for dyn Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("shown")
    }
}

#[trace]
fn all(mut cb: impl FnMut(&str), p: *const impl Tr, o: &dyn Tr, u: &mut [u8]) -> u8 {
    cb("called");
    u[0] += o.id();
    u8::from(p.is_null()) + u[0]
}

#[trace]
fn boxed(f: Box<dyn FnOnce(u8) -> u8>, g: &mut dyn FnMut(), h: &(dyn Fn() + Send)) -> u8 {
    g();
    h();
    f(1)
}

#[trace]
fn dyn_with_debug(a: &dyn fmt::Debug, b: &dyn Error, c: Box<dyn Error + Send + Sync>, d: &dyn Any) -> bool {
    !format!("{a:?}{b:?}{c:?}").is_empty() && d.is::<u8>()
}

#[trace]
fn debug_for_static_dyn_only(o: &dyn Shown, b: Box<dyn Shown>) {
    let _ = (o, b);
}

#[trace]
fn closures_of_closures(f: impl Fn(&dyn Fn(u8) -> u8) -> u8, g: impl for<'a> Fn(&'a u8) -> &'a u8) -> u8 {
    f(&|x| *g(&x))
}

#[trace]
fn pointers(f: fn(&str) -> usize, e: extern "C" fn(), u: unsafe fn(), m: *mut dyn Tr) -> usize {
    let _ = (e, u, m);
    f("ab")
}

#[trace]
fn iterators(it: impl Iterator<Item = impl Into<u64>> + Clone) -> u64 {
    it.clone().map(Into::into).sum()
}

#[trace]
fn strings(a: &str, b: &mut String, c: &std::path::Path, d: &std::ffi::OsStr, e: std::borrow::Cow<'_, str>) -> usize {
    b.push('x');
    a.len() + b.len() + c.as_os_str().len() + d.len() + e.len()
}

#[trace]
async fn in_async(cb: impl AsyncFn(u8) -> u8, o: &dyn Tr, u: &mut [u8]) -> u8 {
    u[0] += o.id();
    cb(u[0]).await
}

extern "C" fn c() {}
unsafe fn u() {}

pub(crate) fn main() {
    let mut seen = 0;
    let events = capture(|| {
        assert_eq!(all(|s| seen += s.len(), &1_u8, &2_u8, &mut [1]), 2);
        assert_eq!(boxed(Box::new(|x| x), &mut || {}, &|| {}), 1);
        assert!(dyn_with_debug(&1, &fmt::Error, "x".into(), &1_u8));
        debug_for_static_dyn_only(&1, Box::new(1));
        assert_eq!(closures_of_closures(|f| f(3), |x| x), 3);
        assert_eq!(pointers(str::len, c, u, &raw mut *Box::new(1_u8)), 2);
        assert_eq!(iterators([1_u8, 2].into_iter()), 3);
        assert_eq!(strings("a", &mut String::new(), "b".as_ref(), "c".as_ref(), "d".into()), 5);
    });
    assert_eq!(seen, 6);
    drop(in_async(async |x| x, &1_u8, &mut [1]));
    let args = events[0].args.as_deref().unwrap();
    assert!(args.contains("dyn ") && args.contains("\"u\":[1]"), "{args}");
    assert_eq!(events[4].args.as_deref().map(|args| args.contains(r#""b":"Error","c":"\"x\"""#)), Some(true));
    assert_eq!(events[14].args.as_deref(), Some(r#"{"a":"a","b":"","c":"b","d":"c","e":"d"}"#));
}
