//! SIGINT and SIGTERM: the first asks the service to finish, the second ends it at once.

use std::io;

/// Completes at the first signal. From the call on (not only from the first poll) none is missed.
#[cfg(unix)]
pub(crate) fn stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let (interrupt, terminate) = (SignalKind::interrupt(), SignalKind::terminate());
    let (mut interrupts, mut terminates) = (signal(interrupt)?, signal(terminate)?);
    let mut next = async move || {
        tokio::select! {
            _ = interrupts.recv() => interrupt,
            _ = terminates.recv() => terminate,
        }
    };
    Ok(async move {
        next().await;
        tokio::spawn(async move {
            // The code a shell gives to a process that a signal has ended.
            std::process::exit(128 + next().await.as_raw_value());
        });
    })
}

/// Completes at the first Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn stop() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
