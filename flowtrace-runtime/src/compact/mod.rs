//! Compact files: records in blocks, and the lines that they stand for. `docs/COMPACT.md` specifies them.
//!
//! The command reads them by [`Lines`], for which this module is public; programs that are traced have no need of it.
pub(crate) mod block;
mod pack;
mod read;
#[cfg(all(test, not(loom)))]
mod tests;
pub(crate) mod writer;

pub use pack::Compression;
pub(crate) use pack::named;
pub use read::{Damage, Lines, is_compact};
