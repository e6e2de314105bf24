use flowtrace_runtime::trace;

unsafe extern "C" {
    #[trace]
    fn printf(format: *const std::ffi::c_char, ...) -> std::ffi::c_int;

    #[trace]
    safe fn abs(n: i32) -> i32;
}

fn main() {}
