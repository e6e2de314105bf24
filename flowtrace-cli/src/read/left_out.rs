//! The line that counts calls that were left out.
use super::record::{Path, Text};

/// Calls of one function below one caller that have no lines, nor has what they called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut<'a> {
    /// Nanoseconds since the Unix epoch.
    pub at: u64,
    /// Where they were made.
    pub thread: Text<'a>,
    /// Which function they are calls of.
    pub path: Path<'a>,
    /// The caller's trace; roots each have one of their own.
    pub trace: Option<Text<'a>>,
    /// The caller; roots have none.
    pub parent: Option<u64>,
    /// How many.
    pub count: u64,
    /// Nanoseconds they lasted together.
    pub total: u64,
    /// Nanoseconds the shortest of them lasted.
    pub min: u64,
    /// Nanoseconds the longest of them lasted.
    pub max: u64,
    /// How many of them failed.
    pub errors: u64,
    /// Why.
    pub reason: Text<'a>,
}
