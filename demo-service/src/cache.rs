//! The cache: what was read from the database, for a time.

mod memory;

pub(crate) use memory::{CacheService, Lookup};
