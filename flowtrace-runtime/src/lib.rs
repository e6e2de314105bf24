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

#[cfg(not(target_has_atomic = "64"))]
compile_error!("flowtrace needs atomic integers of 64 bits, which this target does not have");

mod call;
mod capture;
mod clock;
pub mod compact;
mod diagnostics;
mod drain;
mod file;
mod global;
mod os;
mod output;
mod record;
mod recovery;
mod render;
mod ring;
mod settings;
pub mod testing;
mod text;
mod thread;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use compact::Compression;
pub(crate) use diagnostics::complain;
use drain::sink::Sink;
pub use flowtrace_macros::trace;
use global::tracer::Tracer;
pub use global::{init, set_filter};
#[cfg(fuzzing)]
pub use recovery::fuzzing::fuzz;
pub use recovery::{LeftBehind, Recovered, left_behind, recover, recover_all};
pub use settings::builder::Builder;
pub use settings::config::{Config, ConfigError, OnFull, Output};
pub use testing::event::Event;
pub use thread::context::{Context, TraceparentError, carry, carry_future};

/// Waits until all lines of calls that are over are written. False if some could not be, or if the output
/// took nothing for five seconds. At the end of the program this happens by itself.
///
/// ```
/// assert!(flowtrace_runtime::flush());
/// ```
pub fn flush() -> bool {
    global::started().and_then(Tracer::opened).is_none_or(Sink::flush)
}
