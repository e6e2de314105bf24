//! From a value to what a record has of it: a tree of tagged values, from which its JSON is rendered later.
//!
//! `probe` finds out at compile time what a type can do, `kind` writes accordingly, `value` keeps to
//! the byte budget, `plain` is the short way of numbers and strings, `serialize` that of types with `Serialize`, `paths` that of paths;
//! `elements` has `Debug` go no further than is shown. `mask` keeps secrets out of text, whoever wrote it.
mod elements;
mod kind;
mod mask;
pub(crate) mod names;
mod paths;
mod plain;
mod probe;
#[cfg(feature = "serde")]
mod serialize;
#[cfg(all(test, feature = "serde"))]
mod tests;
#[cfg_attr(
    not(feature = "serde"),
    expect(dead_code, reason = "lists, maps and structs come from `Serialize` alone")
)]
mod value;

pub(crate) use kind::Capture;
pub use kind::{AsItIs, AsName};
pub(crate) use probe::steps;
pub use probe::{Probe, Split};
pub(crate) use value::Slot;
