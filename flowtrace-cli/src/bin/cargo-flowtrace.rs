//! The `cargo flowtrace` command.
use std::process::ExitCode;

fn main() -> ExitCode {
    flowtrace_cli::cargo_main()
}
