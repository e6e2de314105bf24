//! From a value to its JSON, written once and already escaped for its place inside `args` or `result`.
//!
//! `probe` finds out at compile time what a type can do, `kind` renders accordingly, `value` keeps to
//! the byte budget, `plain` is the short way of numbers and strings, `serialize` that of types with `Serialize`;
//! `elements` has `Debug` go no further than is shown. `mask` keeps secrets out of text, whoever wrote it.
mod elements;
pub(crate) mod json;
mod kind;
mod mask;
mod plain;
mod probe;
mod serialize;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use kind::Capture;
pub use kind::{AsItIs, AsName};
pub(crate) use mask::REDACTED;
pub(crate) use probe::steps;
pub use probe::{Probe, Split};
pub(crate) use value::{Known, Slot};
