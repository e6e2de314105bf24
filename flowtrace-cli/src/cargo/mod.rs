//! `cargo flowtrace`: builds a program with every function traced, from sources that stay as they are, runs it and shows
//! the trace.
//!
//! One binary plays every part. Cargo calls it by names that say which: links to it lie in a folder of the store.

mod artifacts;
mod command;
mod copy;
mod dep_info;
mod diagnostics;
mod environment;
mod member;
mod options;
mod pager;
mod plan;
mod prepare;
mod run_folder;
mod runner;
mod runtime;
mod rustc;
mod scout;
mod settings;
mod state;
mod store;
mod summary;
mod workspace;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use crate::failure::Failure;
pub(crate) use command::run_command;
pub(crate) use options::Tracing;

/// Plays the part that the name says by which the process was started.
pub fn cargo_main() -> ExitCode {
    let mut words = std::env::args_os();
    let name = words.next().unwrap_or_default();
    let words: Vec<OsString> = words.collect();
    match Path::new(&name).file_name().and_then(|name| name.to_str()).unwrap_or_default() {
        store::WRAPPER => member::wrap(&words),
        store::RUSTC_WRAPPER => rustc::wrap(&words),
        store::SCOUT => scout::wrap(&words),
        store::SCOUT_RUNNER => ExitCode::SUCCESS,
        store::RUNNER => runner::run(&words),
        name if scout::is_build_script(name) => scout::pose_as_build_script(),
        _ => end(command::main(words)),
    }
}

/// The exit code of what came out; what went wrong is told.
fn end(done: Result<ExitCode, Failure>) -> ExitCode {
    done.unwrap_or_else(|failure| {
        if let Some(message) = failure.message {
            eprintln!("flowtrace: {message}");
        }
        ExitCode::from(failure.code)
    })
}
