//! Holds trace files of any size against docs/FORMAT.md, line by line; prints how many lines and open calls they have.
use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::process::ExitCode;

use flowtrace_tests::check::Calls;

fn main() -> ExitCode {
    for path in std::env::args().skip(1) {
        match check(&path) {
            Ok((lines, open)) => println!("{lines} lines, {open} calls open at the end"),
            Err(error) => {
                eprintln!("{path}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn check(path: &str) -> io::Result<(usize, usize)> {
    let mut calls = Calls::default();
    let mut count = 0;
    for line in BufReader::new(File::open(path)?).lines() {
        calls.take(flowtrace_tests::check::line(&line?));
        count += 1;
    }
    Ok((count, calls.open()))
}
