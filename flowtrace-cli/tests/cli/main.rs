//! The command as a process: golden input, golden output, exit codes.
mod check;
mod flame;
mod harness;
mod input;
mod perfetto;
mod stats;
mod tree;
