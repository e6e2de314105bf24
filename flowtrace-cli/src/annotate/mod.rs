//! `flowtrace annotate`: puts `#[trace]` on the functions of a source tree, and takes it off again.
//!
//! Nothing is printed from a syntax tree: the text stays as it is, but for an attribute before a function.
mod carry;
mod command;
mod edit;
mod files;
mod find;
mod includes;
mod manifest;
mod remove;
mod report;
pub(crate) mod rewrite;
mod scope;

pub(crate) use command::run;

/// How the runtime is named: by its whole path, so that no `use` is needed, and in every edition. `--remove` takes off
/// what is written just so.
const RUNTIME: &str = "flowtrace_runtime";
