//! Request bodies: no request needs one, so they are read off, within limits, and thrown away.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::time::timeout;

use super::error::HttpError;

/// The largest body that is read off in silence.
const MAX_BODY: u64 = 64 * 1024;
/// How much of a larger one is still read while its 413 is under way, and for how long: closing on a client
/// that is still sending resets the connection, and the answer is lost with it.
const LINGER_BYTES: u64 = 16 * 1024 * 1024;
const LINGER: Duration = Duration::from_secs(2);

/// Reads `body` to its end; `patience` is how long that may take.
pub(crate) async fn discard(mut body: Incoming, patience: Duration) -> Result<(), HttpError> {
    let announced = body.size_hint().lower();
    if announced <= MAX_BODY {
        let reading = timeout(patience, drain(&mut body, MAX_BODY)).await;
        let fits = reading.map_err(|_| HttpError::too_slow())?.map_err(|_| HttpError::broken_body())?;
        if fits {
            return Ok(());
        }
    }
    tokio::spawn(timeout(LINGER, async move { drain(&mut body, LINGER_BYTES).await }));
    Err(HttpError::body_too_large())
}

/// Whether the body ended within `limit` bytes.
async fn drain(body: &mut Incoming, limit: u64) -> Result<bool, hyper::Error> {
    let mut left = limit;
    while let Some(frame) = body.frame().await {
        let bytes = frame?.data_ref().map_or(0, |data| data.len() as u64);
        match left.checked_sub(bytes) {
            Some(rest) => left = rest,
            None => return Ok(false),
        }
    }
    Ok(true)
}
