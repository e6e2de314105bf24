//! The product service as a program.
use std::process::ExitCode;

fn main() -> ExitCode {
    demo_service::main()
}
