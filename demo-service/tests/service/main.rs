//! The built service as its clients know it: a process, a port, a file, signals.

mod answers;
mod client;
mod fleet;
mod harness;
mod hostile;
mod lifecycle;
mod startup;
mod stock;
mod traces;
