//! Function-call tracing: each call of a `#[trace]` function writes an ENTER and an EXIT line of JSON,
//! with its arguments, its result and how long it took.
//!
//! ```
//! use flowtrace_runtime::trace;
//!
//! #[trace]
//! fn add(a: u32, b: u32) -> u32 {
//!     a + b
//! }
//!
//! add(1, 2);
//! ```
//!
//! Nothing has to be set up: the first traced call reads the environment (`FLOWTRACE`,
//! `FLOWTRACE_OUTPUT`, …) and starts to write to stdout; what is buffered is written when the program
//! ends. A program that decides in code calls [`init`] first.
//!
//! With the feature `off` the attribute checks its options and leaves the function as it is.
//!
//! The lines are described in `docs/FORMAT.md`. A value is shown by its `Serialize`, else by its
//! `Debug`, else by the name of its type; nothing is asked of any type.

#![warn(clippy::multiple_unsafe_ops_per_block, clippy::undocumented_unsafe_blocks)]

mod asked;
mod builder;
mod callsite;
mod capture;
mod catch;
mod channel;
mod clock;
mod config;
mod context;
mod diagnostics;
mod draft;
mod drain;
mod event;
mod filter;
mod fork;
mod future;
mod global;
mod held;
mod id;
mod json;
mod local;
mod log_file;
#[cfg_attr(loom, path = "memory_model.rs")]
mod memory;
mod names;
mod output;
mod reason;
mod record;
mod recovery;
mod redact;
mod render;
mod returned;
mod ring;
mod ring_file;
mod sink;
mod span;
mod start;
mod sync;
mod sys;
pub mod testing;
mod text;
mod thread;
mod tracer;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use builder::Builder;
pub use config::{Config, ConfigError, OnFull, Output, init};
pub use context::{Context, TraceparentError, carry, carry_future};
pub(crate) use diagnostics::complain;
pub use event::Event;
pub use flowtrace_macros::trace;
#[cfg(fuzzing)]
pub use recovery::fuzzing::fuzz;
pub use recovery::{LeftBehind, Recovered, left_behind, recover, recover_all};
use sink::Sink;
use tracer::Tracer;

/// Waits until all lines of calls that are over are written. False if some could not be, or if the output
/// took nothing for five seconds. At the end of the program this happens by itself.
///
/// ```
/// assert!(flowtrace_runtime::flush());
/// ```
pub fn flush() -> bool {
    config::started().and_then(Tracer::opened).is_none_or(Sink::flush)
}
