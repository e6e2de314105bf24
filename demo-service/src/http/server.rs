//! Accepts connections and serves them within limits, until told to stop.

use std::{convert::Infallible, io, pin::pin, sync::Arc, time::Duration};

use http_body_util::Full;
use hyper::{Request, Response, body::Bytes, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    select,
    sync::{Semaphore, watch},
    time::{sleep, timeout},
};

use super::{
    body,
    error::{HttpError, respond},
};
use crate::{app::App, logger::Fields};

/// The longest path and query that is looked at.
const MAX_TARGET: usize = 4096;
/// The most a request's head may take, in bytes; a longer target than `MAX_TARGET` still gets its 414 this way.
const MAX_HEAD: usize = 128 * 1024;
/// The pause after `accept` failed: out of file descriptors does not pass by asking again at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(250);

/// How much is allowed, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections open at once; further clients wait in the listen queue.
    pub(crate) connections: u32,
    /// For a client to send a head (idle time between requests included), and again a body.
    pub(crate) client: Duration,
    /// For the service to answer.
    pub(crate) request: Duration,
    /// The age at which a connection is closed: a client that never reads its answers goes this way.
    pub(crate) connection: Duration,
    /// For open requests to finish, once a connection shall close.
    pub(crate) grace: Duration,
}

/// Serves until `shutdown` completes, then finishes what is open, for at most `limits.grace`.
pub(crate) async fn run(
    listener: TcpListener,
    app: Arc<App>,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) {
    let slots = Arc::new(Semaphore::new(limits.connections as usize));
    let (stop, stopping) = watch::channel(());
    select! {
        never = accept(listener, app, limits, Arc::clone(&slots), stopping) => match never {},
        () = shutdown => {}
    }
    drop(stop);
    // Every connection holds a slot, so all slots are free once all connections are closed.
    let _ = slots.acquire_many(limits.connections).await;
}

async fn accept(
    listener: TcpListener,
    app: Arc<App>,
    limits: Limits,
    slots: Arc<Semaphore>,
    stopping: watch::Receiver<()>,
) -> Infallible {
    loop {
        let slot = Arc::clone(&slots).acquire_owned().await;
        match listener.accept().await {
            Ok((stream, _)) => {
                let (app, stopping) = (Arc::clone(&app), stopping.clone());
                tokio::spawn(async move {
                    connection(stream, app, limits, stopping).await;
                    drop(slot);
                });
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

async fn connection(stream: TcpStream, app: Arc<App>, limits: Limits, mut stopping: watch::Receiver<()>) {
    // Answers are small and whole; to wait for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| answer(&app, limits, request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.client)
        // A client that has said all it will say still wants its answer.
        .half_close(true)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    // What can fail here is the client's: bytes that are no HTTP (hyper answers 400), or gone too early.
    select! {
        _ = connection.as_mut() => return,
        _ = stopping.changed() => {}
        () = sleep(limits.connection) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(limits.grace, connection).await;
}

async fn answer(
    app: &App,
    limits: Limits,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let outcome = async {
        if head.uri.path_and_query().is_some_and(|target| target.as_str().len() > MAX_TARGET) {
            return Err(HttpError::uri_too_long());
        }
        body::discard(body, limits.client).await?;
        let answer = app.router.dispatch(&head.method, &head.uri);
        timeout(limits.request, answer).await.unwrap_or_else(|_| Err(HttpError::timed_out()))
    };
    let outcome = outcome.await;
    if let Some(cause) = outcome.as_ref().err().and_then(HttpError::cause) {
        let cause = cause.to_string();
        // The path alone: a query may hold secrets.
        let request = [("method", head.method.as_str().into()), ("path", head.uri.path().into())];
        app.logger.error("Request failed", Fields(&[&request[..], &[("cause", (&*cause).into())]].concat()));
    }
    Ok(respond(outcome))
}
