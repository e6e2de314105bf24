//! What can be set, on the command line or in the environment.

use std::{net::SocketAddr, time::Duration};

use clap::{
    Parser,
    builder::{OsStringValueParser, TypedValueParser},
};

use crate::{cache::Place, http::server::Limits, storage::Location};

/// A product service that traces itself: the trace goes to standard output, messages to standard error
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Config {
    /// Where to listen; port 0 picks a free one
    #[arg(long, env = "DEMO_ADDR", default_value = "127.0.0.1:8000")]
    pub(crate) addr: SocketAddr,

    /// The database: a file for one instance, `postgres://…` for several; filled with four products when it is new
    #[arg(
        long,
        env = "DEMO_DATABASE",
        hide_env_values = true,
        default_value = "products.db",
        value_name = "FILE|URL",
        value_parser = OsStringValueParser::new().try_map(Location::parse)
    )]
    pub(crate) database: Location,

    /// The cache: `memory` for one instance, `redis://…` for several
    #[arg(
        long,
        env = "DEMO_CACHE",
        hide_env_values = true,
        default_value = "memory",
        value_name = "memory|URL",
        value_parser = Place::parse
    )]
    pub(crate) cache: Place,

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
