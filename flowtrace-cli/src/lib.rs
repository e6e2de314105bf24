//! The `flowtrace` command: reads traces and shows them.
//!
//! A library only so that the reader can be fuzzed and measured; the command is what is kept stable.
mod annotate;
mod args;
mod asked;
mod cargo;
mod failure;
mod filter;
mod forest;
mod index;
mod left;
mod moment;
mod names;
mod open;
mod pager;
mod progress;
pub mod read;
mod run;
mod show;
mod text;
mod value;
mod view;

pub use cargo::cargo_main;
pub use run::main;
pub use show::show;
