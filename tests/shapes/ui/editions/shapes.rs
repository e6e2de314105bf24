// Shapes whose meaning depends on the edition, the same with and without the attribute.
#![deny(warnings)]
#![allow(unused_imports, dead_code, unknown_lints, array_into_iter, clippy::all)]
extern crate flowtrace_runtime;
use flowtrace_runtime::trace;
use std::cell::RefCell;
use std::rc::Rc;

thread_local!(static LOG: RefCell<Vec<String>> = RefCell::new(Vec::new()));

struct D(&'static str);

impl D {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn get(&self) -> Option<&str> {
        Some(self.0)
    }
}

impl Drop for D {
    fn drop(&mut self) {
        LOG.with(|log| log.borrow_mut().push(self.0.to_owned()));
    }
}

struct Pair(D, D);

#[trace]
fn tail_temporary(a: D) -> usize {
    let _local = D("local");
    D("temporary").len() + a.len()
}

#[trace]
fn tail_match(a: D, b: D) -> usize {
    let _local = D("local");
    match D("temporary").get() {
        Some(s) => s.len() + a.len() + b.len(),
        None => 0,
    }
}

#[trace]
fn tail_if_let(a: D) -> usize {
    let _local = D("local");
    if let Some(s) = D("scrutinee").get() {
        s.len()
    } else {
        a.len()
    }
}

#[trace]
fn borrows_its_argument(a: RefCell<Vec<u8>>) -> usize {
    a.borrow().len()
}

#[trace]
fn captures_a_field(pair: Pair) -> usize {
    let closure = {
        let pair = pair;
        move || pair.0.len()
    };
    let n = closure();
    let _local = D("local");
    n
}

#[trace]
fn captures_a_field_by_reference(pair: &mut (String, String)) -> usize {
    let second = &mut pair.1;
    second.push('x');
    second.len()
}

#[trace]
fn mutates_through_a_pattern((ref mut a, b): (String, String), ref c: D) -> usize {
    a.push_str(&b);
    a.len() + c.len()
}

#[trace]
fn array_into_iter(list: [u8; 2]) -> usize {
    list.into_iter().map(|n| usize::from(n.to_owned())).sum()
}

#[trace]
fn fails(n: u8) -> Result<u8, Box<dyn std::error::Error>> {
    let n: u8 = n.to_string().parse()?;
    if n == 0 {
        return Err("zero".into());
    }
    Ok(n)
}

#[trace]
fn never(n: u8) -> ! {
    panic!("never {}", n)
}

#[trace]
unsafe fn reads(p: *const u8) -> u8 {
    unsafe { *p }
}

#[trace]
fn counts(n: &Rc<u8>) -> impl Fn(usize) -> usize {
    let n = Rc::strong_count(n);
    move |m| n + m
}

#[trace]
#[track_caller]
fn line() -> u32 {
    std::panic::Location::caller().line()
}

trait Tr {
    #[trace]
    fn provided(&self, n: u8) -> Self
    where
        Self: Sized + Clone,
    {
        let _ = n;
        self.clone()
    }
}

impl Tr for u8 {}

include!("async_shapes.rs");

fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    let mut numbers = vec![
        tail_temporary(D("a")),
        tail_match(D("a"), D("b")),
        tail_if_let(D("a")),
        borrows_its_argument(RefCell::new(vec![1])),
        captures_a_field(Pair(D("a"), D("b"))),
        captures_a_field_by_reference(&mut (String::new(), String::new())),
        mutates_through_a_pattern((String::new(), String::from("x")), D("c")),
        array_into_iter([1, 2]),
        fails(0).is_err() as usize,
        std::panic::catch_unwind(|| never(1)).is_err() as usize,
        unsafe { reads(&1) } as usize,
        counts(&Rc::new(1))(1),
        line() as usize,
        1.provided(2) as usize,
    ];
    numbers.push(run_async());
    eprintln!("{:?} {:?}", numbers, LOG.with(|log| log.borrow().clone()));
}
