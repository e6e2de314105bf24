//! The tour: the service and a client in one process, to show a whole trace without a second terminal.

use std::{
    error::Error,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use flowtrace_runtime::{Context, trace};
use http_body_util::{BodyExt, Empty};
use hyper::{
    Method, Request, StatusCode,
    body::Bytes,
    client::conn::http1::{self, SendRequest},
    header::HOST,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    time::timeout,
};

use crate::{
    app,
    cache::Place,
    config::Config,
    http,
    logger::{Fields, LoggerService},
    storage::Location,
};

/// For the whole of it; a second is the rule.
const PATIENCE: Duration = Duration::from_secs(30);
/// Characters of an answer that are shown.
const SHOWN: usize = 100;

/// What is sent, the status it must bring and a piece that must be in the answer.
const STOPS: [(Method, &str, StatusCode, &str); 11] = [
    (Method::GET, "/health", StatusCode::OK, r#""status":"healthy""#),
    (Method::GET, "/products", StatusCode::OK, r#""count":4"#),
    (Method::GET, "/products/1", StatusCode::OK, r#""price":999.99,"stock":50"#),
    (Method::GET, "/products/1", StatusCode::OK, r#""price":999.99,"stock":50"#),
    (Method::GET, "/products/search?q=laptop", StatusCode::OK, r#""count":1"#),
    (Method::POST, "/products/1/purchase?quantity=2", StatusCode::OK, r#""total":1999.98"#),
    (Method::GET, "/products/1", StatusCode::OK, r#""stock":48"#),
    (Method::GET, "/products/99", StatusCode::NOT_FOUND, "Product not found"),
    (Method::POST, "/products/1/purchase?quantity=1000", StatusCode::BAD_REQUEST, r#""available":48"#),
    (Method::DELETE, "/products/1", StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"),
    // One hit: the second look at product 1, the third came after the purchase.
    (Method::GET, "/stats", StatusCode::OK, r#""hits":1"#),
];

/// Starts the service, sends the requests, stops the service.
pub(crate) async fn run(
    config: &Config,
    logger: Arc<LoggerService>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let directory = tempfile::tempdir()?;
    let database = Location::File(directory.path().join("tour.db"));
    let app = app::assemble(&database, &Place::Memory, Arc::clone(&logger)).await?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let addr = listener.local_addr()?;
    logger.info(&format!("listening on http://{addr}"), Fields::NONE);

    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(http::server::run(listener, app, config.limits(), async {
        let _ = stopped.await;
    }));
    let visit = timeout(PATIENCE, visit(addr, &logger)).await;
    drop(stop);
    server.await?;
    visit.map_err(|_| "the tour took too long")?
}

/// Sends all requests over one connection, as a client would.
async fn visit(addr: SocketAddr, logger: &LoggerService) -> Result<(), Box<dyn Error + Send + Sync>> {
    let stream = TokioIo::new(TcpStream::connect(addr).await?);
    let (mut client, connection) = http1::handshake(stream).await?;
    tokio::spawn(connection);

    for (method, target, expected, piece) in STOPS {
        let (status, body) = send(&method, target, addr, &mut client).await?;
        let shown: String = body.chars().take(SHOWN).collect();
        let dots = if shown.len() < body.len() { "…" } else { "" };
        logger.line(&format!("{method} http://{addr}{target} => {status} {shown}{dots}"));
        if status != expected.as_u16() || !body.contains(piece) {
            return Err(format!(
                "{method} {target}: expected {expected} with {piece}, got {status} with {body}"
            )
            .into());
        }
    }
    Ok(())
}

/// Sends one request, as a part of this call's trace; the answer's status and body.
#[trace(skip(addr, client))]
async fn send(
    method: &Method,
    target: &str,
    addr: SocketAddr,
    client: &mut SendRequest<Empty<Bytes>>,
) -> Result<(u16, String), Box<dyn Error + Send + Sync>> {
    let mut request = Request::builder().method(method).uri(target).header(HOST, addr.to_string());
    // None where nothing is traced.
    if let Some(context) = Context::current() {
        request = request.header("traceparent", context.to_string()).header("tracestate", "demo=tour");
    }
    client.ready().await?;
    let response = client.send_request(request.body(Empty::new())?).await?;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await?.to_bytes();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}
