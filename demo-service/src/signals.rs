//! SIGINT and SIGTERM: the first asks the service to finish in time, the second ends it at once.

use std::{io, time::Duration};

use tokio::sync::oneshot;

/// Completes at the first signal. From the call on (not only from the first poll) none is missed.
///
/// The process ends `patience` after the first signal, whatever still runs, and at once at a second one. Neither
/// needs the async threads: all of those may be waiting for somebody to read the trace.
#[cfg(unix)]
pub(crate) fn stop(patience: Duration) -> io::Result<impl Future<Output = ()>> {
    use std::{
        sync::{Arc, atomic::AtomicBool},
        thread,
    };

    use signal_hook::{
        consts::{SIGINT, SIGTERM},
        flag,
        iterator::Signals,
        low_level,
    };

    // The code a shell gives to a process that a signal has ended.
    let code = |signal| 128 + signal;
    let stopping = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // Handlers run in the order of their registration: the first signal finds the flag unset and sets it.
        flag::register_conditional_shutdown(signal, code(signal), Arc::clone(&stopping))?;
        flag::register(signal, Arc::clone(&stopping))?;
    }
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let (first, stop) = oneshot::channel();
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let Some(signal) = signals.forever().next() else { return };
        let _ = first.send(());
        thread::sleep(patience);
        low_level::exit(code(signal));
    })?;
    Ok(async {
        let _ = stop.await;
    })
}

/// Completes at the first Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn stop(_patience: Duration) -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
