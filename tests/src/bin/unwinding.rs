//! A traced program one of whose threads ends by `pthread_exit`, which unwinds. An island of `unsafe`: the threads are those
//! of the system.
//!
//! Invariant
//! 1. The thread is joined before the program ends, and what is given to the system outlives it.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use flowtrace_runtime::trace;

type Start = extern "C-unwind" fn(*mut c_void) -> *mut c_void;

unsafe extern "C-unwind" {
    fn pthread_create(
        thread: *mut libc::pthread_t,
        attr: *const c_void,
        start: Start,
        arg: *mut c_void,
    ) -> i32;
    fn pthread_exit(value: *mut c_void) -> !;
}

#[trace]
extern "C-unwind" fn leave(code: i32) -> i32 {
    if code != 0 {
        // SAFETY: invariant 1.
        unsafe { pthread_exit(null_mut()) }
    }
    code
}

#[trace]
extern "C-unwind" fn start(_arg: *mut c_void) -> *mut c_void {
    leave(0);
    leave(1);
    null_mut()
}

fn main() {
    let mut thread = 0;
    // SAFETY: invariant 1.
    assert_eq!(unsafe { pthread_create(&raw mut thread, null(), start, null_mut()) }, 0);
    // SAFETY: invariant 1.
    assert_eq!(unsafe { libc::pthread_join(thread, null_mut()) }, 0);
    eprintln!("joined");
}
