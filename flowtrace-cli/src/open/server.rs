//! The page and its answers over HTTP, on this machine alone.
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use http_body_util::combinators::BoxBody;
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::net::TcpListener;

use super::answer;
use super::ask::{Ask, Refusal};
use super::assets::{self, Asset};
use super::guard::Guard;
use super::live;
use super::trace::Trace;

/// Nothing comes from elsewhere, and nothing goes there.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// How long a client may take for the head of a request.
const HEAD: Duration = Duration::from_secs(10);
/// How long `accept` is left alone after it failed: what it lacks does not come at once.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) type Body = BoxBody<Bytes, Infallible>;

/// What all connections share.
pub(super) struct Server {
    pub(super) trace: Arc<Trace>,
    pub(super) guard: Guard,
}

/// Listens on `port`, a free one if that is 0.
pub(super) async fn listen(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

/// Answers for ever.
pub(super) async fn run(listener: TcpListener, server: Arc<Server>) -> Infallible {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let server = Arc::clone(&server);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let server = Arc::clone(&server);
                async move { Ok::<_, Infallible>(respond(server, request).await) }
            });
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(HEAD);
            // who goes away needs no answer
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn respond(server: Arc<Server>, request: Request<Incoming>) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let asset = assets::FILES.iter().find(|asset| asset.path == path);
    let token = Ask::parse(&query);
    if let Some(status) = server.guard.refuses(request.headers(), token.text("t"), asset.is_some()) {
        let error =
            Refusal::new("open the address that `flowtrace open` printed; it holds the token of this run");
        return refused(status, &error);
    }
    if request.method() != Method::GET {
        return refused(StatusCode::METHOD_NOT_ALLOWED, &Refusal::new("expected GET"));
    }
    if let Some(asset) = asset.or_else(|| (path == "/").then_some(&assets::INDEX)) {
        return file(asset);
    }
    if path == "/api/live" {
        return response(StatusCode::OK, "text/event-stream", live::follow(&server));
    }
    let Some(question) = path.strip_prefix("/api/").map(str::to_owned) else {
        return refused(StatusCode::NOT_FOUND, &Refusal::new(format!("there is no `{path}`")));
    };
    // an answer may take a while, and others are asked meanwhile
    let answer = move || answer::to(&server.trace, &question, &Ask::parse(&query));
    match tokio::task::spawn_blocking(answer).await {
        Ok(Ok(json)) => whole(StatusCode::OK, "application/json", json.into()),
        Ok(Err(refusal)) if refusal.is_missing => refused(StatusCode::NOT_FOUND, &refusal),
        Ok(Err(refusal)) => refused(StatusCode::BAD_REQUEST, &refusal),
        Err(_) => {
            refused(StatusCode::INTERNAL_SERVER_ERROR, &Refusal::new("the question could not be answered"))
        }
    }
}

fn file(asset: &'static Asset) -> Response<Body> {
    whole(StatusCode::OK, asset.kind, Bytes::from_static(asset.text.as_bytes()))
}

fn refused(status: StatusCode, refusal: &Refusal) -> Response<Body> {
    let mut body = json!({ "error": refusal.error });
    if let Some(column) = refusal.column {
        body["column"] = column.into();
    }
    whole(status, "application/json", body.to_string().into())
}

fn whole(status: StatusCode, kind: &'static str, body: Bytes) -> Response<Body> {
    response(status, kind, BoxBody::new(Full::new(body)))
}

fn response(status: StatusCode, kind: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
