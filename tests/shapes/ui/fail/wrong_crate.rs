use flowtrace_runtime::trace;

#[trace(crate = no::such::path)]
fn f(a: u8) -> u8 {
    a
}

fn main() {
    f(1);
}
