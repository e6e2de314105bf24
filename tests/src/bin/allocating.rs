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

/// Forks a child that ends at once.
#[trace]
fn forking() {
    // SAFETY: the child does nothing but end, and the parent waits for it.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: ends the process.
        unsafe { libc::_exit(0) };
    }
    // SAFETY: a null pointer asks for no status.
    unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) };
}

fn main() {
    drop(std::hint::black_box(Box::new([0_u8; 4242])));
    forking();
}
