//! Every error a client can get, one constructor each.

use std::{borrow::Cow, time::Duration};

use hyper::StatusCode;
use serde::{Serialize, Serializer};

use crate::storage::DatabaseError;

/// When to try again, if nothing tells better.
const RETRY_AFTER: Duration = Duration::from_secs(1);

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

    pub(crate) fn contradictory_quantity() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Quantity is given twice, and not the same")
    }

    pub(crate) fn invalid_json() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Request body is not valid JSON")
    }

    pub(crate) fn unknown_field() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Request body may hold a quantity and nothing else")
    }

    pub(crate) fn unknown_body() -> Self {
        let kinds = "application/json or application/x-www-form-urlencoded";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("Request body must be {kinds}, not compressed"))
    }

    pub(crate) fn bad_idempotency_key() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "Idempotency-Key must be 1 to 255 visible ASCII characters, given once",
        )
    }

    pub(crate) fn bad_host() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Host must be given once, and name a host")
    }

    pub(crate) fn unknown_encoding() -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, "Transfer-Encoding must be chunked and nothing else")
    }

    pub(crate) fn repeated_encoding() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Transfer-Encoding must be given once")
    }

    /// Of a request whose head hyper could not read, and answers with `status`.
    pub(crate) fn unreadable(status: StatusCode) -> Self {
        match status {
            StatusCode::URI_TOO_LONG => Self::uri_too_long(),
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Self::new(status, "Request head too large"),
            _ => Self::new(status, "Request is not valid HTTP"),
        }
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

    fn unavailable(error: &'static str, retry_after: Duration) -> Self {
        Self { retry_after: Some(retry_after), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, error) }
    }

    pub(crate) fn timed_out() -> Self {
        Self::unavailable("Service too busy", RETRY_AFTER)
    }

    pub(crate) fn not_ready(cause: DatabaseError) -> Self {
        Self { cause: Some(Box::new(cause)), ..Self::unavailable("Database is not ready", RETRY_AFTER) }
    }

    pub(crate) fn stopping() -> Self {
        Self::unavailable("Service is stopping", RETRY_AFTER)
    }

    fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn allow(&self) -> Option<&'static str> {
        self.allow
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The JSON that the client reads.
    pub(crate) fn body(&self) -> String {
        json(&self.body).unwrap_or_default()
    }

    /// What to write into the log.
    pub(crate) fn cause(&self) -> Option<&DatabaseError> {
        self.cause.as_deref()
    }
}

impl From<DatabaseError> for HttpError {
    fn from(cause: DatabaseError) -> Self {
        let error = cause.retry_after().map(|time| Self::unavailable("Service too busy", time));
        Self { cause: Some(Box::new(cause)), ..error.unwrap_or_else(Self::internal) }
    }
}

/// The JSON of an answer.
pub(crate) fn json(value: &impl Serialize) -> Result<String, HttpError> {
    serde_json::to_string(value).map_err(|_| HttpError::internal())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn code<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}
