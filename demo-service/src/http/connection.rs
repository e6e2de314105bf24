//! One connection, from its first byte to its last.

use std::{fmt, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use http_body_util::Full;
use hyper::{Request, Response, body::Bytes, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::TcpStream,
    select,
    sync::{Notify, watch},
    time::{sleep, timeout},
};

use super::{
    connections::Slot,
    exchange::Exchange,
    parent,
    server::Limits,
    wire::{Socket, Wire},
};
use crate::app::App;

/// The most a request's head may take, in bytes.
const MAX_HEAD: usize = 128 * 1024;
/// How long a connection that is to make room has for what is on its way.
const MAKING_ROOM: Duration = Duration::from_millis(100);

/// Serves one client.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) app: Arc<App>,
    pub(super) limits: Limits,
    pub(super) slot: Slot,
    pub(super) stopping: watch::Receiver<()>,
}

impl Connection {
    pub(super) async fn serve(self, stream: TcpStream) {
        // Answers are small and whole; to wait for more to send would only delay them.
        let _ = stream.set_nodelay(true);
        let socket = Arc::new(Socket::new(stream));
        // None is gone already.
        let Some(client) = socket.client() else { return };
        let service = service_fn(|request| self.answer(&socket, client, request));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.client)
            // A client that has said all it will say still wants its answer.
            .half_close(true)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(Wire::new(Arc::clone(&socket))), service);
        let mut connection = pin!(connection);
        let mut stopping = self.stopping.clone();
        // What can fail here is the client's: bytes that are no HTTP, or gone too early.
        select! {
            _ = connection.as_mut() => return,
            _ = stopping.changed() => {}
            () = sleep(self.limits.connection) => {}
            () = self.slot.wanted() => {
                connection.as_mut().graceful_shutdown();
                let closed = timeout(MAKING_ROOM, connection.as_mut()).await.is_ok();
                // A request may have come at the same time as the wish for room.
                if closed || !self.slot.is_busy() {
                    return;
                }
            }
        }
        connection.as_mut().graceful_shutdown();
        let _ = timeout(self.limits.grace, connection).await;
    }

    async fn answer(
        &self,
        socket: &Socket,
        client: SocketAddr,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Gone> {
        let _busy = self.slot.busy();
        let version = request.version();
        let read = Notify::new();
        let exchange =
            Exchange { app: &self.app, limits: self.limits, stopping: self.stopping.clone(), read: &read };
        let (parent, tracestate) = parent::of(request.headers()).unzip();
        let answer = parent::carry(parent, || exchange.answer(client, tracestate.flatten(), request));
        select! {
            biased;
            Ok(answer) | Err(answer) = answer => Ok(answer.into()),
            // The request is dropped: what it waits for is not begun, and its trace says `cancelled`.
            () = socket.gone(version, &read) => Err(Gone),
        }
    }
}

/// The client has gone before its answer came.
#[derive(Debug)]
struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client is gone")
    }
}

impl std::error::Error for Gone {}
