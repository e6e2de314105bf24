//! One request and its answer: the root of a trace.

use std::net::SocketAddr;

use flowtrace_runtime::trace;
use hyper::{Method, Request, Uri, body::Incoming, http::request::Parts};
use tokio::{
    select,
    sync::{Notify, watch},
    time::sleep,
};

use super::{
    answer::{Answer, Reply},
    body,
    error::HttpError,
    head,
    router::RouteMatch,
    server::Limits,
};
use crate::{app::App, logger::Fields};

/// What answers one request.
#[derive(Debug)]
pub(super) struct Exchange<'a> {
    pub(super) app: &'a App,
    pub(super) limits: Limits,
    pub(super) stopping: watch::Receiver<()>,
    /// Told once all of the request has been read.
    pub(super) read: &'a Notify,
}

impl Exchange<'_> {
    /// The answer to `request`; an `Err` where it tells of an error.
    pub(super) async fn answer(
        mut self,
        client: SocketAddr,
        tracestate: Option<String>,
        request: Request<Incoming>,
    ) -> Result<Answer, Answer> {
        let (head, body) = request.into_parts();
        let found = RouteMatch::at(head.uri.path());
        let route = found.as_ref().ok().map(|found| found.pattern);
        let tracestate = tracestate.as_deref();
        let rest = Rest { head: &head, found, body };
        handle_request(&head.method, &head.uri, route, client, tracestate, &mut self, rest).await
    }

    async fn reply(&mut self, rest: Rest<'_>, received: &mut Vec<u8>) -> Result<Reply, HttpError> {
        let Rest { head, found, body } = rest;
        head::check_length(head)?;
        body::read(body, received, head::expects_continue(head), self.limits.client).await?;
        self.read.notify_one();
        head::check(head)?;
        let answer = self.app.router.dispatch(found?, head, received);
        select! {
            biased;
            reply = answer => reply,
            () = sleep(self.limits.request) => Err(HttpError::timed_out()),
            () = Self::last_moment(&mut self.stopping, self.limits) => Err(HttpError::stopping()),
        }
    }

    /// Completes when an answer that is not there yet would come too late for the end of the service.
    async fn last_moment(stopping: &mut watch::Receiver<()>, limits: Limits) {
        let _ = stopping.changed().await;
        sleep(limits.last_answers).await;
    }
}

/// The rest of a request, which the trace does not show.
struct Rest<'a> {
    head: &'a Parts,
    found: Result<RouteMatch, HttpError>,
    body: Incoming,
}

/// The whole of a request. Its call ends as `cancelled` when the client is gone before there is an answer.
#[trace(skip(exchange, rest))]
#[expect(unused_variables, reason = "the trace shows them")]
async fn handle_request(
    method: &Method,
    uri: &Uri,
    route: Option<&'static str>,
    client: SocketAddr,
    tracestate: Option<&str>,
    exchange: &mut Exchange<'_>,
    rest: Rest<'_>,
) -> Result<Answer, Answer> {
    let mut received = Vec::new();
    let reply = exchange.reply(rest, &mut received).await;
    if let Some(cause) = reply.as_ref().err().and_then(HttpError::cause) {
        let cause = cause.to_string();
        // The path alone: a query may hold secrets.
        let (method, path) = (method.as_str().into(), uri.path().into());
        let context = [("method", method), ("path", path), ("cause", (&*cause).into())];
        exchange.app.logger.error("Request failed", Fields(&context));
    }
    Answer::of(reply, received.len(), method)
}
