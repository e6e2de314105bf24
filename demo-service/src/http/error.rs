//! Every error a client can get, one constructor each, and how answers are written.

use std::{borrow::Cow, time::Duration};

use http_body_util::Full;
use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER},
};
use serde::{Serialize, Serializer};

use crate::storage::DatabaseError;

/// An answer that is no success.
#[derive(Debug, Serialize)]
pub(crate) struct HttpError {
    #[serde(serialize_with = "code")]
    status: StatusCode,
    body: ErrorBody,
    #[serde(skip)]
    allow: Option<&'static str>,
    /// When asking again may help.
    #[serde(skip)]
    retry_after: Option<Duration>,
    /// What went wrong inside: for the log, never for the client.
    #[serde(skip)]
    cause: Option<Box<DatabaseError>>,
}

/// What the client reads.
#[derive(Debug, Serialize)]
struct ErrorBody {
    error: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<i64>,
}

impl HttpError {
    fn new(status: StatusCode, error: impl Into<Cow<'static, str>>) -> Self {
        let body = ErrorBody { error: error.into(), available: None };
        Self { status, body, allow: None, retry_after: None, cause: None }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found")
    }

    pub(crate) fn product_not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Product not found")
    }

    pub(crate) fn method_not_allowed(allow: &'static str) -> Self {
        Self { allow: Some(allow), ..Self::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed") }
    }

    pub(crate) fn not_utf8() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "URL is not valid UTF-8")
    }

    pub(crate) fn missing_parameter(name: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, format!("Missing query parameter: {name}"))
    }

    pub(crate) fn invalid_quantity() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Quantity must be a positive integer")
    }

    pub(crate) fn insufficient_stock(available: i64) -> Self {
        let mut error = Self::new(StatusCode::BAD_REQUEST, "Insufficient stock");
        error.body.available = Some(available);
        error
    }

    pub(crate) fn total_too_large() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Total is too large")
    }

    pub(crate) fn key_reused() -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Idempotency-Key was used for another purchase")
    }

    pub(crate) fn broken_body() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Broken request body")
    }

    pub(crate) fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "Request body took too long")
    }

    pub(crate) fn body_too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "Request body too large")
    }

    pub(crate) fn uri_too_long() -> Self {
        Self::new(StatusCode::URI_TOO_LONG, "URL too long")
    }

    pub(crate) fn timed_out() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "Service too busy")
    }

    fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
    }

    /// What to write into the log.
    pub(crate) fn cause(&self) -> Option<&DatabaseError> {
        self.cause.as_deref()
    }
}

impl From<DatabaseError> for HttpError {
    fn from(cause: DatabaseError) -> Self {
        let retry_after = cause.retry_after();
        let error = if retry_after.is_some() { Self::timed_out() } else { Self::internal() };
        Self { retry_after, cause: Some(Box::new(cause)), ..error }
    }
}

/// The JSON of an answer.
pub(crate) fn json(value: &impl Serialize) -> Result<String, HttpError> {
    serde_json::to_string(value).map_err(|_| HttpError::internal())
}

/// The answer as HTTP has it.
pub(crate) fn respond(outcome: Result<String, HttpError>) -> Response<Full<Bytes>> {
    let (status, allow, retry_after, body) = match outcome {
        Ok(body) => (StatusCode::OK, None, None, body),
        Err(error) => (error.status, error.allow, error.retry_after, json(&error.body).unwrap_or_default()),
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(allow) = allow {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    }
    if let Some(after) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(after.as_secs()));
    }
    response
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn code<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}
