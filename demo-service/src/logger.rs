//! The log: one line a message, on standard error.

use std::io::{self, Write};

use flowtrace_runtime::trace;

/// Writes log lines.
#[derive(Debug)]
pub(crate) struct LoggerService;

impl LoggerService {
    /// Something worth knowing.
    #[trace]
    pub(crate) fn info(&self, message: &str) {
        self.write("INFO", message);
    }

    /// Something that went wrong.
    #[trace]
    pub(crate) fn error(&self, message: &str) {
        self.write("ERROR", message);
    }

    #[expect(clippy::unused_self, reason = "belongs to the logger")]
    fn write(&self, level: &str, message: &str) {
        // Written whole, so that two threads' lines cannot mix; nobody left to read it is no reason to fail.
        let _ = io::stderr().write_all(format!("[{level}] {message}\n").as_bytes());
    }
}
