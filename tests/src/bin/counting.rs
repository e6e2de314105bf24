//! Counts what traced calls allocate once they are warm. An island of `unsafe`: an allocator can't be written without.
//!
//! Invariant
//! 1. Each method hands its arguments to the system's allocator as they came, and its answer back.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use flowtrace_runtime::{flush, trace};
use serde::Serialize;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: invariant 1; the system's allocator keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        // SAFETY: invariant 1.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: invariant 1.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[derive(Serialize)]
struct Order<'a> {
    id: u64,
    customer: &'a str,
    password: &'a str,
    lines: [(u32, f64); 3],
    state: State,
}

#[derive(Serialize)]
enum State {
    Open { since: Option<i64> },
}

#[trace]
fn place(order: &Order<'_>, count: u32, note: &str) -> Option<f64> {
    (count > 0 && !note.is_empty()).then_some(order.lines[0].1)
}

fn main() {
    let state = State::Open { since: Some(-7) };
    let lines = [(1, 0.1), (2, 1e100), (3, f64::NAN)];
    let order = Order { id: 1, customer: "a \"quoted\"\nname", password: "x", lines, state };
    let calls = || {
        for count in 0..100 {
            place(&order, count, "urgent");
        }
        flush();
    };
    (0..20).for_each(|_| calls());
    let before = COUNT.get();
    calls();
    eprintln!("{} allocations", COUNT.get() - before);
}
