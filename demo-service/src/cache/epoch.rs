//! The number of the epoch, which the database keeps, and for how long it is taken for granted.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::Mutex;

use super::CacheError;
use crate::storage::DatabaseService;

/// For how long an instance takes for granted what it has read. That long a purchase waits which could not tell the
/// cache, since instances that can still reach the cache then know of the new epoch.
pub(super) const TRUST: Duration = Duration::from_millis(250);

/// The epoch, as this instance knows it.
#[derive(Debug)]
pub(super) struct Epoch {
    database: Arc<DatabaseService>,
    /// The number, and when it was asked for: not when it came, since it may have been under way for long.
    known: Mutex<Option<(i64, Instant)>>,
}

impl Epoch {
    pub(super) fn new(database: Arc<DatabaseService>) -> Self {
        Self { database, known: Mutex::new(None) }
    }

    /// The number as it was `TRUST` ago or later. Who asks while it is being read waits for the same answer.
    pub(super) async fn current(&self) -> Result<i64, CacheError> {
        let mut known = self.known.lock().await;
        let now = Instant::now();
        if let Some((number, asked)) = *known
            && now.duration_since(asked) < TRUST
        {
            return Ok(number);
        }
        let number = self.database.epoch().await.map_err(|error| CacheError(error.to_string()))?;
        *known = Some((number, now));
        Ok(number)
    }
}
