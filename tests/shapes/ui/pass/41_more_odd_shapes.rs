//! More shapes that nobody thinks of, compiled.
#![deny(warnings)]
#![allow(
    dead_code,
    unused,
    non_camel_case_types,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    reason = "the signatures alone matter"
)]
use std::fmt::Debug;

use flowtrace_runtime::trace;

struct S<const N: usize>;
impl<const N: usize> S<N>
where
    [(); N]: Sized,
{
    #[trace]
    fn f(&self, a: [u8; N]) -> [u8; N] {
        a
    }
}
#[trace]
fn fnptr(
    f: for<'a> fn(&'a str) -> &'a str,
    g: Option<unsafe extern "C" fn(u8) -> u8>,
) -> for<'a> fn(&'a str) -> &'a str {
    f
}
#[trace]
fn deep(x: Option<Option<Result<Vec<Option<u8>>, ()>>>) -> Result<Result<Option<u8>, ()>, Result<(), ()>> {
    Err(Ok(()))
}
trait Gat {
    type A<'a, T: 'a>
    where
        Self: 'a;
    fn g<'a, T: 'a>(&'a self, t: T) -> Self::A<'a, T>;
}
impl Gat for u8 {
    type A<'a, T: 'a> = (&'a u8, T);
    #[trace]
    fn g<'a, T: 'a>(&'a self, t: T) -> (&'a u8, T) {
        (self, t)
    }
}
#[trace]
fn assoc<I>(i: I) -> <I as IntoIterator>::IntoIter
where
    I: IntoIterator,
    I::Item: Clone,
{
    i.into_iter()
}
#[trace]
fn selfref<'s, 'a: 's>(s: &'s mut Vec<&'a str>) -> std::slice::IterMut<'s, &'a str> {
    s.iter_mut()
}
#[trace]
fn drain<'a>(v: &'a mut Vec<u8>) -> impl Iterator<Item = u8> + 'a {
    v.drain(..)
}
#[trace]
fn entry<'a>(m: &'a mut std::collections::HashMap<String, u8>, k: &str) -> &'a mut u8 {
    m.entry(k.into()).or_insert(0)
}
#[trace]
async fn stream(mut rx: tokio::sync::mpsc::Receiver<u8>) -> Option<u8> {
    while let Some(x) = rx.recv().await {
        if x > 1 {
            return Some(x);
        }
    }
    None
}
#[trace]
fn label() -> u8 {
    'a: loop {
        loop {
            break 'a 1;
        }
    }
}
#[trace]
fn unit_struct_result() -> std::marker::PhantomData<fn(&u8)> {
    std::marker::PhantomData
}
#[trace]
fn closure_ret<'a>(x: &'a u8) -> Box<dyn for<'b> Fn(&'b u8) -> &'b u8 + 'a> {
    Box::new(move |y| {
        let _ = x;
        y
    })
}
#[trace]
fn boxed_closure() -> Box<dyn Fn(&str) -> &str> {
    Box::new(|s| s)
}
#[trace]
fn opt_boxed_closure() -> Option<Box<dyn Fn(&str) -> &str>> {
    Some(Box::new(|s| s))
}
#[trace]
fn vec_closures() -> Vec<Box<dyn Fn(u8) -> u8>> {
    vec![Box::new(|x| x), Box::new(|x| x + 1)]
}
#[trace]
fn impl_into(x: impl Into<String>) -> String {
    x.into()
}
#[trace]
fn impl_for<'a>(f: impl for<'b> Fn(&'b str) -> Option<&'b str>, s: &'a str) -> Option<&'a str> {
    f(s)
}
#[trace]
fn impl_asref(p: impl AsRef<std::path::Path> + Debug) -> std::io::Result<Vec<u8>> {
    std::fs::read(p)
}
#[trace]
fn never_result() -> Result<std::convert::Infallible, u8> {
    Err(1)
}
#[trace]
fn arr_impl() -> [impl Fn(u8) -> u8; 1] {
    [|x: u8| x]
}
#[trace]
fn tuple_ref<'a>((a, b): &'a (String, u8), c: &'a mut [u8]) -> (&'a str, &'a mut u8) {
    (a, &mut c[*b as usize])
}
#[trace]
fn default_generic<T: Default>() -> T {
    T::default()
}
#[trace]
fn as_ptr(x: &mut [u8]) -> std::ptr::NonNull<u8> {
    std::ptr::NonNull::new(x.as_mut_ptr()).unwrap()
}
#[trace]
pub(self) fn visself() {}
#[trace]
fn r#loop(r#in: u8) -> u8 {
    r#in
}
#[trace]
fn const_block() -> [u8; {
    const N: usize = 2;
    N
}] {
    const { [1; 2] }
}
#[trace]
fn static_mut_ref() -> &'static std::sync::OnceLock<u8> {
    static S: std::sync::OnceLock<u8> = std::sync::OnceLock::new();
    &S
}
#[trace]
fn shadow_generic<Result, Option, Args, Span>(
    a: Result,
    b: Option,
    c: Args,
    d: Span,
) -> (Result, Option, Args, Span) {
    (a, b, c, d)
}
#[trace]
fn lifetimes_named<'__span, '__on>(a: &'__span u8, b: &'__on u8) -> &'__span u8 {
    a
}
#[trace]
fn generic_named<T, K, R, F>(t: T, k: K, r: R, f: F) -> Result<T, (K, R, F)> {
    Ok(t)
}
#[trace]
fn const_named<const CALLSITE: u8>() -> u8 {
    CALLSITE
}
#[trace]
fn wide(
    x: u128,
    y: i128,
    f: f32,
    c: char,
    n: std::num::NonZeroU8,
    o: std::cmp::Ordering,
    d: std::time::Duration,
) -> std::time::Instant {
    std::time::Instant::now()
}
#[trace]
async fn impl_arg_async(x: impl Into<String> + Send, f: impl Fn(&str) -> bool) -> bool {
    f(&x.into())
}
#[trace]
async fn ret_closure<'a>(x: &'a u8) -> impl Fn(&u8) -> u8 + 'a {
    move |y| *x + *y
}
#[trace]
fn async_closure() -> impl AsyncFn(u8) -> u8 {
    async |x| x
}
#[trace]
fn iter_dyn<'a>(v: &'a [Box<dyn Debug>]) -> impl Iterator<Item = &'a dyn Debug> + 'a {
    v.iter().map(|b| &**b)
}
#[trace]
fn sort_key<K: Ord, F: FnMut(&u8) -> K>(v: &mut Vec<u8>, f: F) {
    v.sort_by_key(f)
}
#[trace]
fn two_phase(v: &mut Vec<usize>) -> usize {
    v.push(v.len());
    v.len()
}
#[trace]
fn polonius(m: &mut Vec<u8>) -> &mut u8 {
    if m.is_empty() {
        m.push(1);
    }
    let l = m.len();
    &mut m[l - 1]
}
#[trace]
fn move_out_of_box(b: Box<(String, String)>) -> String {
    let (a, _) = *b;
    a
}
#[trace]
fn partially(mut p: (String, String)) -> String {
    drop(p.0);
    p.0 = String::new();
    p.0 + &p.1
}
#[trace]
fn uninit(b: bool) -> String {
    let s;
    if b {
        s = String::new()
    } else {
        s = "x".into()
    }
    s
}
#[trace]
fn ret_fn_item() -> impl Fn(u8) -> u8 {
    fn inner(x: u8) -> u8 {
        x
    }
    inner
}
#[cfg(target_arch = "x86_64")]
#[trace]
fn inline_asm_like() {
    let x: u64;
    unsafe {
        std::arch::asm!("mov {}, 5", out(reg) x);
    }
    let _ = x;
}
enum Void {}
#[trace]
fn void(v: Void) -> ! {
    match v {}
}
#[trace]
fn void2(v: Void) -> u8 {
    match v {}
}
#[trace]
fn void3(x: Result<u8, Void>) -> u8 {
    let Ok(x) = x;
    x
}
#[trace]
fn void_pat(Ok(x): Result<u8, Void>) -> u8 {
    x
}
#[trace]
fn unsized_gen<T: ?Sized + Debug>(x: Box<T>, y: std::rc::Rc<T>) -> Box<T> {
    x
}
#[trace]
fn slice_pat(&[a, ref b @ .., c]: &[u8; 4]) -> usize {
    b.len() + a as usize + c as usize
}
#[trace]
fn ref_pat(&(ref a, &b): &(String, &u8)) -> usize {
    a.len() + b as usize
}

pub(crate) fn main() {
    let events = flowtrace_runtime::testing::capture(|| {
        assert_eq!(S::<2>.f([1, 2]), [1, 2]);
        assert_eq!(two_phase(&mut vec![1]), 2);
        assert_eq!(shadow_generic(1, 2, 3, 4), (1, 2, 3, 4));
        assert_eq!(partially(("a".into(), "b".into())), "b");
    });
    assert_eq!(events.len(), 8);
}
