//! Why the database did not answer.

use std::{fmt, time::Duration};

use rusqlite::ErrorCode;
use tokio::task::JoinError;

/// How long a client waits before it asks a busy database again.
#[allow(dead_code, reason = "requests do not reach it yet")]
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Why the database did not answer.
#[derive(Debug)]
pub(crate) enum DatabaseError {
    /// `SQLite` said no.
    Sqlite(rusqlite::Error),
    /// The file is damaged, or not one of ours.
    Unusable(String),
    /// The file's path is no path.
    Path(std::io::Error),
    /// The thread that asked has panicked or was told to stop.
    Worker(JoinError),
}

impl DatabaseError {
    /// When asking again may help; `None` where it would not.
    #[allow(dead_code, reason = "requests do not reach it yet")]
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Sqlite(error) => {
                matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
                    .then_some(RETRY_AFTER)
            }
            _ => None,
        }
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(error) => error.fmt(f),
            Self::Unusable(reason) => f.write_str(reason),
            Self::Path(error) => error.fmt(f),
            Self::Worker(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for DatabaseError {}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<JoinError> for DatabaseError {
    fn from(error: JoinError) -> Self {
        Self::Worker(error)
    }
}
