//! What writers do where the ring has no room.

/// What a traced call does when the buffer is full.
///
/// ```
/// use flowtrace_runtime::{Config, OnFull};
///
/// // for a program that would rather lose lines than wait
/// let config = Config::builder().on_full(OnFull::Drop).buffer_bytes(1 << 20).build()?;
/// # let _ = config;
/// # Ok::<(), flowtrace_runtime::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnFull {
    /// It waits until there is room.
    #[default]
    Block,
    /// It goes on, and the line is counted in a `LOST` line.
    Drop,
}
