//! Bodies that the borrow checker refuses.
use std::rc::Rc;

use flowtrace_runtime::trace;

#[derive(Debug)]
struct S(String);

#[trace]
fn local_escapes() -> &'static str {
    let s = String::new();
    &s
}

#[trace]
fn moved_twice(s: S) -> (S, S) {
    (s, s)
}

#[trace]
fn moved_out_of_a_reference(s: &S) -> String {
    s.0
}

#[trace]
fn mutated_without_mut(s: S) -> S {
    s.0.push('x');
    s
}

#[trace]
fn assigned_without_mut(n: u8) -> u8 {
    n = 1;
    n
}

#[trace]
fn wrong_lifetime<'a, 'b>(a: &'a str, b: &'b str) -> &'a str {
    b
}

#[trace]
fn escapes_its_argument(out: &mut Vec<&str>, s: &str) {
    out.push(s);
}

#[trace]
async fn moved_twice_async(s: S) -> (S, S) {
    (s, s)
}

#[trace]
async fn assigned_without_mut_async(n: u8) -> u8 {
    n = 1;
    n
}

#[trace]
fn two_mutable(s: &mut S) -> (&mut String, &mut String) {
    (&mut s.0, &mut s.0)
}

#[trace]
async fn not_send(rc: Rc<u8>) -> u8 {
    std::future::ready(()).await;
    *rc
}

#[trace]
async fn not_send_inside() {
    let rc = Rc::new(1);
    std::future::ready(()).await;
    drop(rc);
}

impl S {
    #[trace]
    fn mutates_by_ref(&self) {
        self.0.push('x');
    }

    #[trace]
    fn moves_by_ref(&self) -> String {
        self.0
    }

    #[trace]
    fn assigns_self(self) -> Self {
        self = S(String::new());
        self
    }
}

fn spawn<F: Future + Send + 'static>(_: F) {}

fn main() {
    spawn(not_send(Rc::new(1)));
    spawn(not_send_inside());
    let s = String::new();
    spawn(borrowed(&s));
}

#[trace]
async fn borrowed(s: &str) -> usize {
    s.len()
}
