//! Holds trace files against docs/FORMAT.md; prints how many lines and calls they have.
use std::process::ExitCode;

use flowtrace_tests::check;

fn main() -> ExitCode {
    for path in std::env::args().skip(1) {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                eprintln!("{path}: {error}");
                return ExitCode::FAILURE;
            }
        };
        let trace = check::partial(&text);
        println!("{} lines, {} calls open at the end", trace.lines.len(), trace.open.len());
    }
    ExitCode::SUCCESS
}
