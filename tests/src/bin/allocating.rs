//! A program with a traced allocator. An island of `unsafe`: an allocator can't be written without.
//!
//! Invariant
//! 1. Each method hands its arguments to the system's allocator as they came, and its answer back.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};

use flowtrace_runtime::trace;

struct Traced;

#[global_allocator]
static ALLOCATOR: Traced = Traced;

// SAFETY: invariant 1; the system's allocator keeps the contract.
unsafe impl GlobalAlloc for Traced {
    #[trace]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: invariant 1.
        unsafe { System.alloc(layout) }
    }

    #[trace]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: invariant 1.
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn main() {
    drop(std::hint::black_box(Box::new([0_u8; 4242])));
}
