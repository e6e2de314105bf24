//! `impl Trait` in the result, wherever it stands.
#![deny(warnings, dead_code, unused)]
use std::fmt::{Debug, Display};
use std::future::Future;
use std::rc::Rc;

use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;

#[derive(Debug)]
pub struct E;

pub struct Wrapper<T>(T);

#[trace]
fn fallible(ok: bool) -> Result<impl Iterator<Item = u32>, E> {
    if !ok {
        return Err(E);
    }
    Ok([1, 2].into_iter())
}

#[trace]
fn copy() -> impl Copy {
    1_u8
}

#[trace]
fn literal() -> impl Debug {
    1
}

#[trace]
fn counter(n: &mut u32) -> impl FnMut() -> u32 + '_ {
    move || {
        *n += 1;
        *n
    }
}

#[trace]
fn captured<'a, T: Debug>(s: &'a str, _: &T) -> impl Iterator<Item = char> + use<'a, T> {
    s.chars()
}

#[trace]
fn wrapped() -> Wrapper<impl Display> {
    Wrapper("x")
}

#[trace]
fn several() -> (impl Display, Option<impl Debug>, [impl Copy; 2]) {
    ("x", Some(1_u8), [1_u8; 2])
}

#[trace]
fn closure_by_expectation() -> impl Fn(u32) -> u32 {
    |x| x.pow(2)
}

#[trace]
fn closure_over_any_lifetime() -> impl Fn(&str) -> &str {
    |s| s.trim()
}

#[trace]
fn closure_with_a_mutable_argument() -> impl FnMut(&mut Vec<u8>) {
    |list| list.push(1)
}

#[trace]
fn closure_in_a_pair() -> (impl Fn(&str) -> usize, u8) {
    (|s| s.len(), 1)
}

#[trace]
fn closures_in_a_result() -> Result<(impl Fn(&str) -> usize, Box<impl Fn(&[u8]) -> u8>), E> {
    Ok((|s: &str| s.len(), Box::new(|s: &[u8]| s[0])))
}

#[trace]
fn closure_that_takes_one() -> impl Fn(&dyn Fn(u8) -> u8) -> u8 {
    |f| f(1)
}

#[trace]
fn nested() -> impl Iterator<Item = impl Iterator<Item = impl Display>> {
    (0..2).map(|n| (0..n).map(|m| m.to_string()))
}

#[trace]
fn boxed_items() -> impl Iterator<Item = Box<dyn Display>> {
    [1_u8].into_iter().map(|n| Box::new(n) as Box<dyn Display>)
}

#[trace]
fn referenced(x: &u8) -> &impl Display {
    x
}

#[trace]
fn not_send(x: Rc<u8>) -> impl Fn() -> u8 + Clone {
    move || *x
}

#[trace]
fn unfinished(now: bool) -> impl Debug {
    if now {
        unimplemented!()
    }
}

#[trace]
fn by_a_macro() -> Numbers!() {
    [1, 2].into_iter()
}

#[macro_export]
macro_rules! Numbers {
    () => { impl Iterator<Item = u8> };
}

#[trace]
fn deduced() -> impl IntoIterator<Item = u64> {
    [1, 2]
}

#[trace]
fn parsed() -> impl Future<Output = Result<u8, E>> {
    async { Ok(1) }
}

#[trace]
async fn opaque_async() -> Result<impl Iterator<Item = u32>, E> {
    Ok([1].into_iter())
}

#[trace]
async fn closure_async() -> impl Fn(&str) -> usize {
    |s| s.len()
}

trait Opaque {
    fn items(&self) -> impl Iterator<Item = u8> + '_;

    #[trace]
    fn defaulted(&self) -> impl Iterator<Item = u8> {
        self.items()
    }
}

impl Opaque for Vec<u8> {
    #[trace]
    fn items(&self) -> impl Iterator<Item = u8> + '_ {
        self.iter().copied()
    }
}

fn is_copy<T: Copy>(_: T) {}
fn is_clone<T: Clone>(_: &T) {}

fn main() {
    let events = capture(|| {
        assert_eq!(fallible(true).unwrap().sum::<u32>(), 3);
        assert!(fallible(false).is_err());
        is_copy(copy());
        let _ = literal();
        let mut n = 1;
        assert_eq!(counter(&mut n)(), 2);
        assert_eq!(captured("ab", &1).count(), 2);
        assert_eq!(wrapped().0.to_string(), "x");
        let _ = several();
        assert_eq!(closure_by_expectation()(3), 9);
        assert_eq!(closure_over_any_lifetime()(" a "), "a");
        closure_with_a_mutable_argument()(&mut vec![]);
        assert_eq!(closure_in_a_pair().0("a"), 1);
        let (len, first) = closures_in_a_result().unwrap();
        assert_eq!(len("ab") + usize::from(first(&[1])), 3);
        assert_eq!(closure_that_takes_one()(&|x| x), 1);
        assert_eq!(nested().count(), 2);
        assert_eq!(boxed_items().count(), 1);
        assert_eq!(referenced(&1).to_string(), "1");
        is_clone(&not_send(Rc::new(1)));
        let _ = unfinished(false);
        assert_eq!(by_a_macro().count(), 2);
        assert_eq!(deduced().into_iter().sum::<u64>(), 3);
        assert_eq!(vec![1].defaulted().count(), 1);
    });
    drop((parsed(), opaque_async(), closure_async()));
    assert_eq!(events[3].outcome.as_deref(), Some("error"));
    assert_eq!(events[3].result.as_deref(), Some(r#"{"Err":"E"}"#));
}
