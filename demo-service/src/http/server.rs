//! Accepts connections and serves them within limits, until told to stop.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use socket2::{Domain, Socket, Type};
use tokio::{net::TcpListener, select, sync::watch, time::sleep};

use super::{connection::Connection, connections::Connections};
use crate::{app::App, logger::Fields};

/// The pause after `accept` failed: out of file descriptors does not pass by asking again at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(250);
/// Clients that the system lets wait to be accepted.
const WAITING: i32 = 1024;

/// How much is allowed, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections open at once. One that is idle makes room for the next; while all are busy, clients wait in the
    /// listen queue.
    pub(crate) connections: u32,
    /// For a client to send a head (idle time between requests included), and again a body.
    pub(crate) client: Duration,
    /// For the service to answer.
    pub(crate) request: Duration,
    /// The age at which a connection is closed: a client that never reads its answers goes this way.
    pub(crate) connection: Duration,
    /// For the service to answer, once it stops.
    pub(crate) last_answers: Duration,
    /// For open requests to finish, once a connection shall close.
    pub(crate) grace: Duration,
}

/// Listens at `addr`; at an IPv6 address that stands for all, IPv4 clients are heard too.
pub(crate) fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
    if addr.is_ipv6() {
        // Systems differ in what they do unasked.
        socket.set_only_v6(!addr.ip().is_unspecified())?;
    }
    // A restart need not wait for the last connections to be forgotten. Elsewhere it would share the port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    socket.listen(WAITING)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}

/// Serves until `shutdown` completes, then finishes what is open, for at most `limits.grace`.
pub(crate) async fn run(
    listener: TcpListener,
    app: Arc<App>,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) {
    let connections = Connections::new(limits.connections);
    let (stop, stopping) = watch::channel(());
    select! {
        never = accept(listener, app, limits, Arc::clone(&connections), stopping) => match never {},
        () = shutdown => {}
    }
    drop(stop);
    connections.all_closed().await;
}

async fn accept(
    listener: TcpListener,
    app: Arc<App>,
    limits: Limits,
    connections: Arc<Connections>,
    stopping: watch::Receiver<()>,
) -> Infallible {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let slot = connections.slot().await;
                let (app, stopping) = (Arc::clone(&app), stopping.clone());
                let connection = Connection { app, limits, slot, stopping };
                tokio::spawn(async move { connection.serve(stream).await });
            }
            Err(error) if is_the_clients(&error) => {}
            Err(error) => {
                let cause = error.to_string();
                app.logger.error("cannot accept connections", Fields(&[("cause", (&*cause).into())]));
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether the client, gone before it was accepted, is all that failed.
fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
