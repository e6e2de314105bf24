//! What can be set, on the command line or in the environment.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::Parser;

use crate::http::server::Limits;

/// A product service that traces itself: the trace goes to standard output, messages to standard error
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Config {
    /// Where to listen; port 0 picks a free one
    #[arg(long, env = "DEMO_ADDR", default_value = "127.0.0.1:8000")]
    pub(crate) addr: SocketAddr,

    /// The database file; made and filled with four products when it is not there
    #[arg(long, env = "DEMO_DATABASE", default_value = "products.db", value_name = "FILE")]
    pub(crate) database: PathBuf,

    /// Serve on a free port from a throw-away database, send a few requests, stop
    #[arg(long)]
    pub(crate) tour: bool,

    /// How long a client may take to send a request's head, and again its body
    #[arg(long, hide = true, env = "DEMO_CLIENT_TIMEOUT_MS", default_value_t = 10_000, value_name = "MS")]
    client_timeout_ms: u64,

    /// How long the end may take, from the first signal on
    #[arg(long, hide = true, env = "DEMO_GRACE_MS", default_value_t = 10_000, value_name = "MS")]
    grace_ms: u64,
}

impl Config {
    /// The server's limits: fixed but for what a test wants shorter.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            connections: 512,
            client: Duration::from_millis(self.client_timeout_ms),
            request: Duration::from_secs(30),
            connection: Duration::from_secs(600),
            // What is left is for the database's last work and the readers of log and trace.
            last_answers: self.grace() * 6 / 10,
            grace: self.grace() * 7 / 10,
        }
    }

    /// From the first signal to the end of the process, at most.
    pub(crate) fn grace(&self) -> Duration {
        Duration::from_millis(self.grace_ms)
    }
}
