//! Why the database did not answer.

use std::{error::Error, fmt, time::Duration};

use rusqlite::ErrorCode;
use tokio::task::JoinError;

/// How long a client waits before it asks again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Why the database did not answer.
#[derive(Debug)]
pub(crate) enum DatabaseError {
    /// `SQLite` said no.
    Sqlite(rusqlite::Error),
    /// `PostgreSQL` said no, or nothing at all.
    Postgres(tokio_postgres::Error),
    /// The database has not answered in time.
    Silent,
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
            Self::Postgres(error) => passes(error),
            Self::Silent | Self::Unusable(_) | Self::Abandoned | Self::TooLate => true,
            Self::Path(_) | Self::Worker(_) | Self::Answer(_) => false,
        };
        passes.then_some(RETRY_AFTER)
    }

    /// Whether another process was writing for too long.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self.sqlite_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
    }

    /// Whether the connection or its file is at fault, so that a new connection may fare better.
    pub(super) fn is_broken(&self) -> bool {
        use ErrorCode::{
            CannotOpen, DatabaseCorrupt, DiskFull, FileLockingProtocolFailed, NotADatabase, ReadOnly,
            SystemIoFailure,
        };
        match self {
            Self::Silent => true,
            // Not an answer of the server; or its last one, as it ends.
            Self::Postgres(error) => error.code().is_none_or(|code| code.code().starts_with("57P")),
            _ => matches!(
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
            ),
        }
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
            Self::Postgres(error) => told(error, f),
            Self::Silent => f.write_str("database does not answer"),
            Self::Unusable(reason) => f.write_str(reason),
            Self::Path(error) => error.fmt(f),
            Self::Worker(error) => error.fmt(f),
            Self::Answer(error) => write!(f, "cannot keep an answer: {error}"),
            Self::Abandoned => f.write_str("nobody waits for the purchase any more"),
            Self::TooLate => f.write_str("database is busy: the purchase could not begin in time"),
        }
    }
}

impl Error for DatabaseError {}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

/// Whether a server may do later what it would not do now: it is gone, ends or starts, has too many clients, or
/// somebody else holds a lock.
fn passes(error: &tokio_postgres::Error) -> bool {
    let Some(code) = error.code() else { return true };
    // Classes: connection, transaction rollback, resources, lock not available, operator intervention.
    ["08", "40", "53", "55", "57"].iter().any(|class| code.code().starts_with(class))
}

/// What the error is, and what is behind it, such as the server's own words.
fn told(error: &tokio_postgres::Error, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{error}")?;
    error.source().map_or(Ok(()), |cause| write!(f, ": {cause}"))
}

impl From<JoinError> for DatabaseError {
    fn from(error: JoinError) -> Self {
        Self::Worker(error)
    }
}
