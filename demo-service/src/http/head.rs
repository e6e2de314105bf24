//! What of a request's head is checked before anything is done for it.

use hyper::{
    HeaderMap, Version,
    header::{EXPECT, HOST, HeaderValue, TRANSFER_ENCODING},
    http::{request::Parts, uri::Authority},
};

use super::error::HttpError;
use crate::storage::IdempotencyKey;

/// The longest path and query that is looked at.
const MAX_TARGET: usize = 4096;

/// Whether the target is short enough.
pub(super) fn check_length(head: &Parts) -> Result<(), HttpError> {
    let target = head.uri.path_and_query();
    if target.is_some_and(|target| target.as_str().len() > MAX_TARGET) {
        return Err(HttpError::uri_too_long());
    }
    Ok(())
}

/// What HTTP asks of a head, and hyper does not look at.
pub(super) fn check(head: &Parts) -> Result<(), HttpError> {
    check_host(head)?;
    check_encoding(&head.headers)
}

/// One `Host`, which names a host or nothing; HTTP/1.0 needs none.
fn check_host(head: &Parts) -> Result<(), HttpError> {
    let mut hosts = head.headers.get_all(HOST).iter();
    let fine = match (hosts.next(), hosts.next()) {
        (Some(host), None) => is_host(host),
        (None, _) => head.version < Version::HTTP_11,
        _ => false,
    };
    if fine { Ok(()) } else { Err(HttpError::bad_host()) }
}

fn is_host(host: &HeaderValue) -> bool {
    let host = host.as_bytes();
    host.is_empty() || (!host.contains(&b'@') && Authority::try_from(host).is_ok())
}

/// The only encoding that is understood is `chunked`, once.
fn check_encoding(headers: &HeaderMap) -> Result<(), HttpError> {
    let encodings = headers.get_all(TRANSFER_ENCODING).iter().map(|value| value.to_str().unwrap_or_default());
    let encodings: Vec<&str> = encodings.flat_map(|value| value.split(',')).map(str::trim).collect();
    if encodings.iter().any(|encoding| !encoding.eq_ignore_ascii_case("chunked")) {
        return Err(HttpError::unknown_encoding());
    }
    if encodings.len() > 1 {
        return Err(HttpError::repeated_encoding());
    }
    Ok(())
}

/// Whether the client waits to be asked for its body.
pub(super) fn expects_continue(head: &Parts) -> bool {
    head.headers.get(EXPECT).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

/// The request's `Idempotency-Key`.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, HttpError> {
    let mut keys = headers.get_all("idempotency-key").iter();
    let key = match (keys.next(), keys.next()) {
        (None, _) => return Ok(None),
        (Some(key), None) => key.to_str().ok().and_then(IdempotencyKey::parse),
        // Which of them would be meant, nobody knows.
        (Some(_), Some(_)) => None,
    };
    key.map(Some).ok_or_else(HttpError::bad_idempotency_key)
}
