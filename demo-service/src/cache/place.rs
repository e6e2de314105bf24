//! Where a cache is.

use redis::{ConnectionInfo, IntoConnectionInfo, RedisError};

/// In this process, or on a server.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Memory,
    Server(ConnectionInfo),
}

impl Place {
    /// `memory`, or the URL of a server.
    ///
    /// # Errors
    ///
    /// When it is neither. The error does not repeat it, since a password may be in it.
    pub(crate) fn parse(text: &str) -> Result<Self, RedisError> {
        if text == "memory" { Ok(Self::Memory) } else { text.into_connection_info().map(Self::Server) }
    }
}
