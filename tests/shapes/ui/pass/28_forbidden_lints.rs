//! A crate that forbids what an expansion might want to allow.
#![forbid(
    unsafe_code,
    unreachable_code,
    unused_mut,
    unused_variables,
    unused_assignments,
    dead_code,
    missing_docs
)]
#![forbid(
    non_upper_case_globals,
    non_snake_case,
    unused_imports,
    unused_braces,
    unused_parens,
    unused_qualifications
)]
#![deny(rust_2018_idioms, future_incompatible, let_underscore, nonstandard_style, unused)]
#![deny(unused_lifetimes, single_use_lifetimes, trivial_casts, trivial_numeric_casts, unused_results)]
#![deny(
    variant_size_differences,
    unreachable_pub,
    missing_copy_implementations,
    missing_debug_implementations
)]
#![deny(
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    unit_bindings,
    ambiguous_negative_literals
)]
#![deny(
    absolute_paths_not_starting_with_crate,
    unused_import_braces,
    unused_macro_rules,
    macro_use_extern_crate
)]
use flowtrace_runtime::trace;

#[trace]
fn sync((a, mut b): (u8, u8), mut c: Vec<u8>) -> Result<Vec<u8>, String> {
    b += a;
    c.push(b);
    Ok(c)
}

#[trace]
fn unit(a: u8) {
    let _ = a;
}

#[trace]
async fn asynchronous((a, mut b): (u8, u8), mut c: Vec<u8>) -> Result<Vec<u8>, String> {
    b += a;
    c.push(b);
    Ok(c)
}

#[trace]
async fn unit_async(a: u8) {
    let _ = a;
}

#[trace]
async fn never() -> ! {
    loop {
        std::thread::yield_now();
    }
}

#[trace]
#[track_caller]
fn guarded(a: u8) -> u8 {
    a
}

#[trace]
fn panics(a: u8) -> u8 {
    panic!("{a}")
}

fn main() {
    drop(sync((1, 2), vec![]));
    unit(1);
    assert_eq!(guarded(1), 1);
    let later = || panics(1);
    let _ = later;
    drop(asynchronous((1, 2), vec![]));
    drop(unit_async(1));
    drop(never());
}
