//! Connections to a server, for a pool.

use std::time::Duration;

use deadpool::managed::{Manager, Metrics, RecycleError, RecycleResult};
use tokio::time::timeout;
use tokio_postgres::{Client, Config, NoTls};

use crate::storage::DatabaseError;

/// How long a host may take to be reached, where the URL does not say.
const CONNECT: Duration = Duration::from_secs(2);

/// Makes connections.
#[derive(Debug)]
pub(super) struct Server {
    config: Config,
}

impl Server {
    pub(super) fn new(mut config: Config) -> Self {
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        if config.get_application_name().is_none() {
            config.application_name(env!("CARGO_PKG_NAME"));
        }
        Self { config }
    }
}

impl Manager for Server {
    type Type = Client;
    type Error = DatabaseError;

    async fn create(&self) -> Result<Client, DatabaseError> {
        // One that is reached may still say nothing: it has as long again.
        let patience = self.config.get_connect_timeout().copied().unwrap_or(CONNECT).saturating_mul(2);
        let hosts = u32::try_from(self.config.get_hosts().len()).unwrap_or(u32::MAX);
        let connecting = timeout(patience.saturating_mul(hosts), self.config.connect(NoTls));
        let (client, connection) = connecting.await.map_err(|_| DatabaseError::Silent)??;
        // Ends with the client, or with the server; then the client says that it is closed.
        tokio::spawn(connection);
        Ok(client)
    }

    async fn recycle(&self, client: &mut Client, _: &Metrics) -> RecycleResult<DatabaseError> {
        if client.is_closed() { Err(RecycleError::message("the connection is closed")) } else { Ok(()) }
    }
}
