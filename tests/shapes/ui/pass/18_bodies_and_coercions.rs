//! Bodies of one block, match or `unsafe`, attributes inside, and results that are coerced.
#![deny(warnings, dead_code, unused)]
#![allow(clippy::all, reason = "the shapes are odd")]
use std::fmt::{Debug, Display};
use std::rc::Rc;
use std::sync::Arc;

use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;

type R = Result<u8, String>;

pub trait Tr: Debug {
    fn id(&self) -> u8 {
        1
    }
}

#[derive(Debug)]
pub struct S;

impl Tr for S {}

#[trace]
fn block_first() -> R {
    {}
    g()
}

fn g() -> R {
    Ok(1)
}

#[trace]
#[expect(unused_braces)]
fn one_block() -> u8 {
    { 1 }
}

#[trace]
fn one_match(n: u8) -> u8 {
    match n {
        0 => 1,
        n => n,
    }
}

#[trace]
#[allow(unsafe_code)]
fn one_unsafe(p: &u8) -> u8 {
    unsafe { std::ptr::read(p) }
}

#[trace]
fn one_if(n: u8) -> u8 {
    if n > 0 { 1 } else { 2 }
}

#[trace]
fn one_loop() -> u8 {
    loop {
        break 1;
    }
}

#[trace]
fn inner_attributes(x: u8) -> u8 {
    #![allow(unused_variables)]
    #![allow(unused_mut, reason = "to see that both are kept")]
    let y = 1;
    let mut z = 2;
    z
}

#[trace]
fn inner_doc() {
    //! Says something inside.
}

#[trace]
fn statement_macro() -> u8 {
    assert!(true);
    vec![1_u8][0]
}

#[trace]
fn one_macro() -> Vec<u8> {
    vec![1]
}

#[trace]
fn braces_macro() -> u8 {
    one! {}
}

#[macro_export]
macro_rules! one {
    () => {
        1
    };
}

#[trace]
#[expect(redundant_semicolons)]
#[rustfmt::skip]
fn trailing_semicolon() {
    let _ = 1;
    ;
}

#[trace]
fn items_only() {
    const _: () = assert!(true);
    struct _Unused;
}

#[trace]
fn dyn_reference() -> &'static dyn Tr {
    return &S;
}

#[trace]
fn dyn_reference_of_an_argument(s: &S) -> &dyn Tr {
    s
}

#[trace]
fn dyn_mutable(s: &mut S) -> &mut dyn Tr {
    s
}

#[trace]
fn boxed_iterator() -> Box<dyn Iterator<Item = ()>> {
    Box::new(std::iter::empty())
}

#[trace]
fn boxed_closure<'a>(s: &'a str) -> Box<dyn Fn(&str) -> bool + 'a> {
    Box::new(move |other| other == s)
}

#[trace]
fn slice() -> &'static [u8] {
    &[1, 2, 3]
}

#[trace]
fn boxed_slice() -> Box<[u8]> {
    Box::new([1])
}

#[trace]
fn counted() -> (Rc<dyn Tr>, Arc<str>) {
    (Rc::new(S), "x".into())
}

#[trace]
fn function_pointer() -> fn(u8) -> u8 {
    |n| n
}

#[trace]
fn deref(s: &String) -> &str {
    s
}

#[trace]
fn reborrow(s: &mut u8) -> &u8 {
    s
}

#[trace]
fn upcast(t: &dyn Tr) -> &dyn Debug {
    t
}

#[trace]
fn arms(n: u8) -> Box<dyn Display> {
    if n == 0 {
        return Box::new(1);
    }
    match n {
        1 => Box::new("x"),
        _ => Box::new('c'),
    }
}

#[trace]
fn never_coerces(n: u8) -> Result<u8, String> {
    let n: u8 = if n == 0 { return Err("zero".to_owned()) } else { n };
    Ok(n)
}

#[trace]
fn pointer(x: &u8) -> *const u8 {
    x
}

#[trace]
async fn boxed_async(n: u8) -> Box<dyn Iterator<Item = u8> + Send> {
    if n == 0 {
        return Box::new(std::iter::empty());
    }
    Box::new(0..n)
}

#[trace]
async fn dyn_async<'a>(s: &'a S) -> &'a dyn Tr {
    return s;
}

fn main() {
    let rt = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let events = capture(|| {
        assert_eq!(block_first(), Ok(1));
        assert_eq!((one_block(), one_match(2), one_unsafe(&3), one_if(1), one_loop()), (1, 2, 3, 1, 1));
        assert_eq!((inner_attributes(1), statement_macro(), braces_macro()), (2, 1, 1));
        inner_doc();
        trailing_semicolon();
        items_only();
        assert_eq!(one_macro(), [1]);
        assert_eq!(
            dyn_reference().id() + dyn_reference_of_an_argument(&S).id() + dyn_mutable(&mut S).id(),
            3
        );
        assert_eq!(boxed_iterator().count(), 0);
        assert!(boxed_closure("x")("x"));
        assert_eq!((slice().len(), boxed_slice().len(), counted().0.id()), (3, 1, 1));
        assert_eq!((function_pointer()(1), deref(&"x".to_owned()), *reborrow(&mut 1)), (1, "x", 1));
        assert_eq!(format!("{:?}", upcast(&S)), "S");
        assert_eq!(
            (arms(0).to_string(), arms(1).to_string(), arms(2).to_string()),
            ("1".into(), "x".into(), "c".into())
        );
        assert!(never_coerces(0).is_err());
        assert!(!pointer(&1).is_null());
        assert_eq!(rt.block_on(boxed_async(2)).count(), 2);
        assert_eq!(rt.block_on(dyn_async(&S)).id(), 1);
    });
    assert!(events.iter().any(|e| e.function == "dyn_reference" && e.result.as_deref() == Some(r#""S""#)));
    assert!(events.iter().any(|e| e.function == "slice" && e.result.as_deref() == Some("[1,2,3]")));
}
