//! Connections to one file, for a pool; a connection to what has been deleted, replaced or cut is not used again.

use std::{fs, io, path::PathBuf};

use deadpool::managed::{Manager, Metrics, RecycleError, RecycleResult};
use rusqlite::Connection;
use tokio::task::spawn_blocking;

use super::sql;
use crate::storage::DatabaseError;

/// Makes connections.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
}

/// A connection, and the file it is to.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) connection: Connection,
    file: Identity,
}

impl File {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }
}

impl Manager for File {
    type Type = Opened;
    type Error = DatabaseError;

    async fn create(&self) -> Result<Opened, DatabaseError> {
        let path = self.path.clone();
        let open = move || {
            let connection = sql::open(&path)?;
            sql::verify(&connection)?;
            Ok(Opened { connection, file: Identity::of(&path).map_err(DatabaseError::Path)? })
        };
        spawn_blocking(open).await?
    }

    async fn recycle(&self, opened: &mut Opened, _: &Metrics) -> RecycleResult<DatabaseError> {
        let now = Identity::of(&self.path).map_err(|error| RecycleError::message(error.to_string()))?;
        if !now.continues(&opened.file) {
            return Err(RecycleError::message("the file is another one, or was cut"));
        }
        opened.file = now;
        Ok(())
    }
}

/// Which file a path leads to, and how long it is.
#[derive(Debug)]
struct Identity {
    #[cfg(unix)]
    inode: (u64, u64),
    length: u64,
}

impl Identity {
    fn of(path: &PathBuf) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self {
            #[cfg(unix)]
            inode: (
                std::os::unix::fs::MetadataExt::dev(&metadata),
                std::os::unix::fs::MetadataExt::ino(&metadata),
            ),
            length: metadata.len(),
        })
    }

    /// Whether this is `earlier`, and has only grown: `SQLite` shortens a file on request alone.
    fn continues(&self, earlier: &Self) -> bool {
        #[cfg(unix)]
        if self.inode != earlier.inode {
            return false;
        }
        self.length >= earlier.length
    }
}
