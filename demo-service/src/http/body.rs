//! Reads request bodies, within limits.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Incoming};
use tokio::time::timeout;

use super::error::HttpError;

/// The largest body that is read.
const MAX_BODY: usize = 64 * 1024;
/// How much of a larger one is still read while its 413 is under way, and for how long: closing on a client
/// that is still sending resets the connection, and the answer is lost with it.
const LINGER_BYTES: usize = 16 * 1024 * 1024;
const LINGER: Duration = Duration::from_secs(2);

/// Reads `body` to its end into `bytes`. A client that `waits` sends it once it is asked to; `patience` is how long
/// it may take.
pub(super) async fn read(
    mut body: Incoming,
    bytes: &mut Vec<u8>,
    waits: bool,
    patience: Duration,
) -> Result<(), HttpError> {
    if body.size_hint().lower() <= MAX_BODY as u64 {
        let reading = timeout(patience, collect(&mut body, bytes)).await;
        let fits = reading.map_err(|_| HttpError::too_slow())?.map_err(|_| HttpError::broken_body())?;
        if fits {
            return Ok(());
        }
    } else if waits {
        // It is not sending. To read would be to ask for it.
        return Err(HttpError::body_too_large());
    }
    tokio::spawn(timeout(LINGER, async move { skip(&mut body, LINGER_BYTES).await }));
    Err(HttpError::body_too_large())
}

/// Whether the body ended within `MAX_BODY` bytes.
async fn collect(body: &mut Incoming, bytes: &mut Vec<u8>) -> Result<bool, hyper::Error> {
    while let Some(frame) = body.frame().await {
        let frame = frame?;
        let data = frame.data_ref().map_or(&[][..], |data| data);
        if bytes.len() + data.len() > MAX_BODY {
            return Ok(false);
        }
        bytes.extend_from_slice(data);
    }
    Ok(true)
}

/// Reads until the body or `left` ends.
async fn skip(body: &mut Incoming, mut left: usize) {
    while let Some(Ok(frame)) = body.frame().await {
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        let Some(rest) = left.checked_sub(bytes) else { return };
        left = rest;
    }
}
