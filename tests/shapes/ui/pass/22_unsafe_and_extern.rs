//! `unsafe`, `extern "C"`, and how they stand together.
#![deny(warnings, dead_code, unused, unsafe_op_in_unsafe_fn)]
#![allow(missing_abi, clippy::all, reason = "the shape has it")]
use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;

/// # Safety
/// `p` points to a byte.
#[trace]
unsafe fn read(p: *const u8) -> u8 {
    // SAFETY: so says the caller
    unsafe { *p }
}

/// # Safety
/// `p` points to a byte.
#[trace]
#[allow(unsafe_op_in_unsafe_fn)]
unsafe fn read_without_a_block(p: *const u8) -> u8 {
    *p
}

/// # Safety
/// None needed.
#[trace]
async unsafe fn read_async(p: &u8) -> u8 {
    // SAFETY: a reference is good to read
    unsafe { std::ptr::read(p) }
}

#[trace]
extern "C" fn c(n: i32) -> i32 {
    n + 1
}

#[trace]
extern fn c_by_default(n: i32) -> i32 {
    n + 1
}

#[trace]
extern "C-unwind" fn may_unwind(n: i32) -> i32 {
    n + 1
}

/// # Safety
/// `p` points to a byte.
#[trace]
pub unsafe extern "C" fn c_read(p: *const u8) -> u8 {
    // SAFETY: so says the caller
    unsafe { *p }
}

#[trace]
#[unsafe(no_mangle)]
pub extern "C" fn flowtrace_tests_exported(n: i32) -> i32 {
    n
}

unsafe extern "C" {
    fn printf(format: *const std::ffi::c_char, ...) -> std::ffi::c_int;
    safe fn abs(n: i32) -> i32;
}

#[trace]
fn calls_c() -> i32 {
    let n = unsafe { printf(c"".as_ptr(), 1_i32) };
    abs(n - 1)
}

struct S(u8);

impl S {
    /// # Safety
    /// None needed.
    #[trace]
    pub(in crate) unsafe fn method(&self) -> u8 {
        self.0
    }
}

unsafe trait Un {
    unsafe fn f(&self) -> u8;
}

unsafe impl Un for S {
    #[trace]
    unsafe fn f(&self) -> u8 {
        // SAFETY: as asked of the caller
        unsafe { self.method() }
    }
}

pub(crate) fn main() {
    let x = 7;
    let events = capture(|| unsafe {
        assert_eq!(read(&x) + read_without_a_block(&x) + c_read(&x), 21);
        assert_eq!(c(1) + c_by_default(1) + may_unwind(1) + flowtrace_tests_exported(1), 7);
        assert_eq!(calls_c(), 1);
        assert_eq!(S(1).f(), 1);
        let as_pointer: unsafe extern "C" fn(*const u8) -> u8 = c_read;
        assert_eq!(as_pointer(&x), 7);
        drop(read_async(&x));
    });
    assert_eq!(events.len(), 2 * 11);
}
