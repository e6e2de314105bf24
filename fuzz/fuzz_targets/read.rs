//! Any bytes are a trace to be read: no view panics, and no line is read that does not begin as one of ours.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let shown = flowtrace_cli::show(bytes);
    assert!(shown.contains("traceEvents"));
});
