//! A product service: HTTP in front, a cache in the middle, a database behind, and every step traced.
//!
//! Standard output belongs to the trace; what the service has to say goes to standard error.
//!
//! A library only so that the tests of the whole can run it without building it themselves.

mod app;
mod cache;
mod config;
mod http;
mod logger;
mod model;
mod money;
mod product_service;
mod signals;
mod storage;
#[cfg(test)]
mod testing;
mod tour;

use std::{
    error::Error,
    io::{self, Write},
    net::Ipv6Addr,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use clap::Parser;
use tokio::runtime::Runtime;

use crate::{
    config::Config,
    logger::{Fields, LoggerService},
};

/// How long the end waits for database work whose client is already gone.
const LAST_WORK: Duration = Duration::from_secs(2);
/// How long the end waits for whoever reads the log.
const LAST_LINES: Duration = Duration::from_millis(500);

/// Runs the service as the command line asks, to its end.
pub fn main() -> ExitCode {
    match start(&Config::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // `eprintln!` would panic on a closed standard error.
            let _ = writeln!(io::stderr(), "demo-service: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(config: &Config) -> Result<(), Box<dyn Error + Send + Sync>> {
    let logger = Arc::new(LoggerService::new(io::stderr())?);
    let runtime = Runtime::new()?;
    let outcome = runtime.block_on(async {
        let logger = Arc::clone(&logger);
        if config.tour { tour::run(config, logger).await } else { serve(config, logger).await }
    });
    runtime.shutdown_timeout(LAST_WORK);
    logger.flush(LAST_LINES);
    outcome
}

/// Serves until a signal says stop.
async fn serve(config: &Config, logger: Arc<LoggerService>) -> Result<(), Box<dyn Error + Send + Sync>> {
    let app = app::assemble(&config.database, &config.cache, Arc::clone(&logger)).await?;
    let stop = signals::stop(config.grace())?;
    let listener = http::server::listen(config.addr)
        .map_err(|error| format!("cannot listen on {}: {error}", config.addr))?;
    let addr = listener.local_addr()?;
    let both = if addr.ip() == Ipv6Addr::UNSPECIFIED { " (and IPv4)" } else { "" };
    logger.info(&format!("listening on http://{addr}{both}"), Fields::NONE);

    let stop = async move {
        stop.await;
        logger.info("stopping: open requests are finished first", Fields::NONE);
    };
    http::server::run(listener, app, config.limits(), stop).await;
    Ok(())
}
