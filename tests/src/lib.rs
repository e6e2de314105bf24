//! What the tests of all packages share: the trace format held against lines, and child processes.
pub mod check;
pub mod child;
pub mod wood;
