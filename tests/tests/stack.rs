//! What the attribute takes of the stack where large values are passed and returned.
use std::process::Command;

use flowtrace_tests::child;

/// The size of the values in `large`.
const KIB: f64 = 100_000.0 / 1024.0;

/// The smallest stack on which the call returns, to 16 KiB.
fn needed(how: &str, shape: &str) -> u32 {
    let fits = |pages: u32| {
        let mut large = Command::new(env!("CARGO_BIN_EXE_large"));
        large.args([how, shape, &(16 * pages).to_string()]).env("FLOWTRACE_OUTPUT", "/dev/null");
        child::run(&mut large).code == Some(0)
    };
    let (mut too_small, mut enough) = (4, 256);
    assert!(fits(enough), "4 MiB are not enough: {how} {shape}");
    while enough - too_small > 1 {
        let middle = too_small.midpoint(enough);
        if fits(middle) { enough = middle } else { too_small = middle }
    }
    16 * enough
}

#[test]
fn large_values_take_no_more_copies_than_are_told() {
    let debug_and_release = [("array", 1, 1), ("owned", 4, 2), ("result", 1, 2), ("fallible", 2, 2)];
    for (shape, debug, release) in debug_and_release {
        let told = if cfg!(debug_assertions) { debug } else { release };
        let (plain, traced) = (needed("plain", shape), needed("traced", shape));
        let copies = f64::from(traced.saturating_sub(plain)) / KIB;
        println!("{shape}: {plain} KiB, traced {traced} KiB, {copies:.1} copies more");
        assert!(copies < f64::from(told) + 0.5, "{shape}: {copies:.1} copies more than untraced, not {told}");
    }
}
