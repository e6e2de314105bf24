//! Why the database did not answer.

use std::{fmt, time::Duration};

use rusqlite::ErrorCode;
use tokio::task::JoinError;

/// How long a client waits before it asks again.
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
    /// An answer cannot be kept, or is not the one that was kept.
    Answer(serde_json::Error),
    /// The asker was gone before the purchase began; nothing was sold.
    Abandoned,
    /// The asker's time was over before the purchase began; nothing was sold.
    TooLate,
}

impl DatabaseError {
    /// When asking again may help; `None` where the service itself is at fault.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let passes = match self {
            Self::Sqlite(_) => self.is_busy() || self.is_broken(),
            Self::Unusable(_) | Self::Abandoned | Self::TooLate => true,
            Self::Path(_) | Self::Worker(_) | Self::Answer(_) => false,
        };
        passes.then_some(RETRY_AFTER)
    }

    /// Whether another process was writing for too long.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self.sqlite_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
    }

    /// Whether the file is at fault, so that a new connection may fare better.
    pub(super) fn is_broken(&self) -> bool {
        use ErrorCode::{
            CannotOpen, DatabaseCorrupt, DiskFull, FileLockingProtocolFailed, NotADatabase, ReadOnly,
            SystemIoFailure,
        };
        matches!(
            self.sqlite_code(),
            Some(
                CannotOpen
                    | DatabaseCorrupt
                    | DiskFull
                    | FileLockingProtocolFailed
                    | NotADatabase
                    | ReadOnly
                    | SystemIoFailure
            )
        )
    }

    fn sqlite_code(&self) -> Option<ErrorCode> {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code(),
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
            Self::Answer(error) => write!(f, "cannot keep an answer: {error}"),
            Self::Abandoned => f.write_str("nobody waits for the purchase any more"),
            Self::TooLate => f.write_str("database is busy: the purchase could not begin in time"),
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
