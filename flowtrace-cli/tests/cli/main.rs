//! The command as a process: golden input, golden output, exit codes.
mod annotate;
mod check;
mod filter;
mod flame;
mod harness;
mod help;
mod input;
mod left_out;
mod open;
mod perfetto;
mod runs;
mod stats;
mod tree;
