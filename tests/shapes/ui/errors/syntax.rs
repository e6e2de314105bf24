//! A body that somebody is still writing.
use flowtrace_runtime::trace;

#[trace]
fn unfinished() {
    let x = String::new();
    x.
}

fn main() {
    unfinished();
}
