//! Recovery from a ring that is damaged anywhere: no panic, no broken line.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| flowtrace_runtime::fuzz(bytes));
