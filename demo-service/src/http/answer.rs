//! What a client is answered: status, headers and body.

use std::{borrow::Cow, time::Duration};

use http_body_util::Full;
use hyper::{
    Method, Response, StatusCode,
    body::Bytes,
    header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER},
};
use serde::{Serialize, Serializer};

use super::error::HttpError;

/// What a handler has to say.
#[derive(Debug)]
pub(super) enum Reply {
    Json(String),
    /// JSON that is always the same.
    Document(&'static str),
    /// The methods that are allowed.
    Options(&'static str),
}

/// An answer; the trace shows its status and the sizes of both bodies, in bytes.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    #[serde(serialize_with = "code")]
    status: StatusCode,
    received: usize,
    sent: usize,
    #[serde(skip)]
    allow: Option<&'static str>,
    #[serde(skip)]
    retry_after: Option<Duration>,
    #[serde(skip)]
    body: Cow<'static, str>,
}

impl Answer {
    /// The answer to a request of `method` that had a body of `received` bytes.
    pub(super) fn of(
        reply: Result<Reply, HttpError>,
        received: usize,
        method: &Method,
    ) -> Result<Self, Self> {
        let ok = |body: Cow<'static, str>| (StatusCode::OK, None, None, body);
        let is_error = reply.is_err();
        let (status, allow, retry_after, body) = match reply {
            Ok(Reply::Json(body)) => ok(body.into()),
            Ok(Reply::Document(body)) => ok(body.into()),
            Ok(Reply::Options(allow)) => (StatusCode::NO_CONTENT, Some(allow), None, "".into()),
            Err(error) => (error.status(), error.allow(), error.retry_after(), error.body().into()),
        };
        let sent = if method == Method::HEAD { 0 } else { body.len() };
        let answer = Self { status, received, sent, allow, retry_after, body };
        if is_error { Err(answer) } else { Ok(answer) }
    }
}

impl From<Answer> for Response<Full<Bytes>> {
    fn from(answer: Answer) -> Self {
        let json = !answer.body.is_empty();
        let body = match answer.body {
            Cow::Borrowed(text) => Bytes::from_static(text.as_bytes()),
            Cow::Owned(text) => text.into(),
        };
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = answer.status;
        let headers = response.headers_mut();
        if json {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(allow) = answer.allow {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        if let Some(time) = answer.retry_after {
            headers.insert(RETRY_AFTER, time.as_secs().max(1).into());
        }
        response
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn code<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}
