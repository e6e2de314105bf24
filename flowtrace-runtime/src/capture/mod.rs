//! From a value to its JSON, written once and already escaped for its place inside `args` or `result`.
//!
//! `probe` finds out at compile time what a type can do, `kind` renders accordingly, `value` keeps to
//! the byte budget, `serialize` is the way of types with `Serialize`.
pub(crate) mod json;
mod kind;
mod probe;
mod serialize;
mod value;

pub use kind::AsName;
pub(crate) use kind::Capture;
pub use probe::{
    OfAny, OfDebug, OfLock, OfLockDebug, OfOption, OfOptionDebug, OfSerialize, Probe, SplitAny, SplitResult,
};
pub(crate) use serialize::REDACTED;
pub(crate) use value::Slot;
