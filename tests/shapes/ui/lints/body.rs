//! Bodies with something to be told about in each line: the attribute must hide none of it.
#![warn(clippy::all, clippy::pedantic, clippy::nursery)]
#![warn(clippy::print_stdout, clippy::print_stderr, clippy::dbg_macro, clippy::unwrap_used, clippy::expect_used)]
#![warn(clippy::panic, clippy::todo, clippy::unimplemented, clippy::indexing_slicing, clippy::arithmetic_side_effects)]
#![warn(clippy::as_conversions, clippy::float_arithmetic, clippy::shadow_unrelated, clippy::str_to_string)]
#![warn(clippy::await_holding_lock, clippy::await_holding_refcell_ref, clippy::exit, clippy::let_underscore_must_use)]
#![warn(unused, unused_results, unused_qualifications, let_underscore_drop, unsafe_code)]
use flowtrace_runtime::trace;

#[trace]
fn unused_things(x: u8, mut y: u8, (a, mut b): (u8, u8)) -> u8 {
    let z = 1;
    let mut w = 2;
    y;
    a
}

#[trace]
async fn unused_things_async(x: u8, mut y: u8, (a, mut b): (u8, u8)) -> u8 {
    let z = 1;
    let mut w = 2;
    a
}

#[trace]
fn unused_pattern(Pair(_a, b): Pair, [c, ..]: [u8; 2], d @ _: u8) {}

struct Pair(u8, u8);

#[trace]
fn unreachable() -> u8 {
    return 1;
    println!("never");
    2
}

#[trace]
fn unreachable_after_panic(n: u8) -> u8 {
    panic!("{}", n);
    n
}

#[trace]
async fn unreachable_async() -> u8 {
    return 1;
    let _x = 2;
    2
}

#[trace]
fn prints(n: u8) {
    println!("{}", n);
    eprintln!("{n}");
    dbg!(n);
}

#[trace]
async fn prints_async(n: u8) {
    println!("{}", n);
    std::future::ready(()).await;
}

#[trace]
async fn holds_a_lock(lock: &std::sync::Mutex<u8>) -> u8 {
    let guard = lock.lock().unwrap();
    std::future::ready(()).await;
    *guard
}

#[trace]
async fn holds_a_cell(cell: &std::cell::RefCell<u8>) -> u8 {
    let guard = cell.borrow_mut();
    std::future::ready(()).await;
    *guard
}

#[trace]
fn must_use() {
    "x".to_string();
    vec![1].iter().map(|n: &u8| n + 1);
    Ok::<u8, u8>(1);
    std::future::ready(1);
}

#[trace]
fn dead_stores() -> u8 {
    let mut n = 1;
    n = 2;
    n = 3;
    n
}

#[trace]
fn dead_argument(mut n: u8) -> u8 {
    n = 3;
    n
}

#[trace]
fn needless(v: Vec<u8>, s: String) -> usize {
    let n = v.len();
    let m = s.len();
    return n + m;
}

#[trace]
fn let_and_return(n: u8) -> u8 {
    let out = n.wrapping_add(1);
    out
}

#[trace]
fn clones(s: &String) -> String {
    let n: u8 = 5;
    let _c = n.clone();
    let t = s.clone();
    t.to_string().into()
}

#[trace]
fn redundant(o: Option<u8>) -> bool {
    if let Some(_) = o {
        return true;
    } else {
        return false;
    }
}

#[trace]
fn casts(n: u64, f: f64) -> u8 {
    let a = n as u8;
    let b = f as u8;
    a + b
}

#[trace]
fn indexes(list: &[u8], i: usize) -> u8 {
    list[i] + list.get(0).unwrap()
}

#[trace]
fn matches(n: u8) -> &'static str {
    match n {
        0 => "x",
        _ => "x",
    }
}

#[trace]
fn parens(n: u8) -> u8 {
    if (n > 1) { (n) } else { { n } }
}

#[trace]
fn loops(list: &Vec<u8>) -> u8 {
    let mut sum = 0;
    for i in 0..list.len() {
        sum += list[i];
    }
    loop {
        break;
    }
    sum
}

#[trace]
fn endless(n: u8) -> u8 {
    endless(n)
}

#[trace]
fn only_in_recursion(n: u8, x: u8) -> u8 {
    if n == 0 { 0 } else { only_in_recursion(n - 1, x) }
}

#[trace]
fn drops(n: &u8) {
    drop(n);
    std::mem::forget(1_u8);
    let _ = std::sync::Mutex::new(1).lock();
}

#[trace]
fn deprecated_inside() {
    old();
}

#[deprecated]
fn old() {}

#[trace]
fn unsafe_inside(p: *const u8) -> u8 {
    unsafe { *p }
}

#[trace]
fn never_called() {}

#[trace]
fn SnakeCase(NotSnake: u8) -> u8 {
    let AlsoNot = NotSnake;
    AlsoNot
}

#[trace]
fn qualified() -> std::vec::Vec<u8> {
    std::vec::Vec::new()
}

#[trace]
fn long_literal() -> u32 {
    let _f = 0.1 + 0.2 == 0.3_f64;
    1000000
}

#[trace]
fn exits() {
    std::process::exit(1);
}

#[trace]
fn overflows() -> u8 {
    255_u8 + 1
}

#[trace]
fn out_of_bounds() -> u8 {
    [1, 2][2]
}

fn main() {
    unused_things(1, 2, (3, 4));
    drop(unused_things_async(1, 2, (3, 4)));
    unused_pattern(Pair(1, 2), [1, 2], 1);
    unreachable();
    unreachable_after_panic(1);
    drop(unreachable_async());
    prints(1);
    drop(prints_async(1));
    drop(holds_a_lock(&std::sync::Mutex::new(1)));
    drop(holds_a_cell(&std::cell::RefCell::new(1)));
    must_use();
    dead_stores();
    dead_argument(1);
    needless(vec![], String::new());
    let_and_return(1);
    clones(&String::new());
    redundant(None);
    casts(1, 1.0);
    indexes(&[], 1);
    matches(1);
    parens(1);
    loops(&vec![]);
    endless(1);
    only_in_recursion(1, 2);
    drops(&1);
    deprecated_inside();
    unsafe_inside(&1);
    SnakeCase(1);
    qualified();
    long_literal();
    exits();
    overflows();
    out_of_bounds();
}
