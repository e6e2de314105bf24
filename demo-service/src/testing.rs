//! What unit tests share.

use std::{
    env,
    io::{self, Write},
};

/// Keeps the trace of a test off its output.
pub(crate) fn untraced() {
    use flowtrace_runtime::{Config, init};

    // Only the first of all tests comes early enough, and that is enough.
    let _ = init(Config::builder().filter("off").build().expect("a filter"));
}

/// The URL of a server that `tests/servers` has started. Where there is none, the test is left out and says so.
pub(crate) fn server(variable: &str) -> Option<String> {
    let url = env::var(variable).ok();
    if url.is_none() {
        // Not by `eprintln!`, which the test runner keeps to itself.
        let _ = writeln!(io::stderr(), "left out: {variable} is not set (tests/servers COMMAND sets it)");
    }
    url
}
