//! Bodies that do not have the type that was said.
use flowtrace_runtime::trace;

struct S(String);

#[trace]
fn wrong_value() -> String {
    ""
}

#[trace]
fn no_value() -> i32 {
    1;
}

#[trace]
fn no_value_at_all() -> i32 {}

#[trace]
async fn no_value_async() -> i32 {
    1;
}

#[trace]
async fn wrong_value_async() -> String {
    ""
}

#[trace]
fn value_for_unit() {
    1
}

#[trace]
async fn value_for_unit_async() {
    1
}

#[trace]
fn wrong_return() -> u8 {
    if true {
        return "x";
    }
    1
}

#[trace]
async fn wrong_return_async() -> u8 {
    if true {
        return "x";
    }
    1
}

#[trace]
fn question_without_result(s: &str) -> u8 {
    s.parse()?
}

#[trace]
async fn question_without_result_async(s: &str) {
    s.parse::<u8>()?;
}

#[trace]
fn wrong_error(s: &str) -> Result<u8, String> {
    Ok(s.parse::<u8>()?)
}

#[trace]
fn unknown_type(a: Missing) -> Missing {
    a
}

#[trace]
fn unknown_result() -> Result<u8, Missing> {
    Ok(1)
}

#[trace]
fn unknown_name() -> u8 {
    missing
}

#[trace]
fn unknown_method(s: S) -> u8 {
    s.missing()
}

#[trace]
fn wrong_generic() -> Vec<u8, u8, u8> {
    Vec::new()
}

#[trace]
fn missing_generic() -> Option {
    None
}

#[trace]
fn missing_lifetime() -> &str {
    ""
}

#[trace]
fn ambiguous_lifetime(a: &str, b: &str) -> &str {
    a
}

#[trace]
fn opaque_without_the_trait() -> impl Iterator<Item = u8> {
    1
}

#[trace]
fn opaque_of_two_types(b: bool) -> impl std::fmt::Debug {
    if b {
        return 1_u8;
    }
    "x"
}

#[trace]
fn arms(n: u8) -> u8 {
    match n {
        0 => "x",
        _ => 1,
    }
}

#[trace]
fn unsized_result() -> str {
    *""
}

#[trace]
fn unsized_argument(s: [u8]) {}

#[trace]
fn never_that_returns() -> ! {
    1
}

#[trace]
fn never_that_ends() -> ! {}

#[trace]
async fn never_that_ends_async() -> ! {}

#[trace]
fn self_outside(self) {}

#[trace]
fn two_of_a_name(a: u8, a: u8) {}

#[trace]
fn refutable(Some(a): Option<u8>) {}

#[trace]
fn wrong_pattern((a, b): u8) {}

#[trace]
fn await_outside(f: std::future::Ready<u8>) -> u8 {
    f.await
}

#[trace]
async fn forgot_the_await() -> u8 {
    std::future::ready(1)
}

#[trace]
fn break_outside() {
    break;
}

fn main() {
    let _: u8 = wrong_value();
    wrong_return(1);
}
