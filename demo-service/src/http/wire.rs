//! A connection's bytes: as hyper wants them, with a body for the refusals that hyper writes itself.

use std::{
    future::pending,
    io,
    net::{Shutdown, SocketAddr},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use flowtrace_runtime::trace;
use hyper::{StatusCode, Version};
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, Interest, ReadBuf},
    net::TcpStream,
    select,
    sync::Notify,
    time::sleep,
};

use super::error::HttpError;

/// How long a client that has finished sending waits for its answer before it is asked whether it is still there.
const QUIET: Duration = Duration::from_millis(200);
/// What asks. A client must expect it at any time, and skips it.
const ARE_YOU_THERE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A client's socket, shared between the one who serves it and the one who watches whether it is still there.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    /// Whether an answer has been written in part.
    midway: AtomicBool,
}

impl Socket {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, midway: AtomicBool::new(false) }
    }

    /// The client's address.
    pub(super) fn client(&self) -> Option<SocketAddr> {
        let addr = self.stream.peer_addr().ok()?;
        // A client that speaks IPv4 to a socket for both is shown as what it is.
        Some(SocketAddr::new(addr.ip().to_canonical(), addr.port()))
    }

    /// Completes when the client, whose request is of `version`, can no longer get an answer. `read` is told once
    /// all of the request has been read.
    ///
    /// A client that has closed and one that has only finished sending look the same. The first answers
    /// whatever it is sent with a reset.
    pub(super) async fn gone(&self, version: Version, read: &Notify) {
        let asking = async {
            // What is peeked at before would be the request's own body.
            read.notified().await;
            self.ask_once_finished(version).await;
            pending::<()>().await;
        };
        select! {
            // Set by a reset, and stays set.
            _ = self.stream.ready(Interest::ERROR) => {}
            () = asking => {}
        }
    }

    /// Asks a client that has finished sending whether it is still there. HTTP/1.0 has nothing to ask with.
    async fn ask_once_finished(&self, version: Version) {
        if matches!(self.stream.peek(&mut [0]).await, Ok(0)) && version == Version::HTTP_11 {
            sleep(QUIET).await;
            if !self.midway.load(Relaxed) {
                let _ = self.stream.try_write(ARE_YOU_THERE);
            }
        }
    }
}

/// What hyper reads from and writes to.
#[derive(Debug)]
pub(super) struct Wire {
    socket: Arc<Socket>,
    /// hyper's refusal with the body it lacks, and how much of it is written.
    refusal: Vec<u8>,
    written: usize,
}

impl Wire {
    pub(super) fn new(socket: Arc<Socket>) -> Self {
        Self { socket, refusal: Vec::new(), written: 0 }
    }

    fn poll_send(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.socket.stream.poll_write_ready(cx))?;
            match self.socket.stream.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.socket.midway.store(true, Relaxed);
                }
                outcome => {
                    let whole = matches!(outcome, Ok(written) if written == bytes.len());
                    self.socket.midway.store(!whole, Relaxed);
                    return Poll::Ready(outcome);
                }
            }
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.socket.stream.poll_read_ready(cx))?;
            match self.socket.stream.try_read_buf(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                outcome => return Poll::Ready(outcome.map(drop)),
            }
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(refusal) = with_body(bytes, self.socket.client()) {
            // The last that hyper writes on a connection.
            self.refusal = refusal;
            return Poll::Ready(Ok(bytes.len()));
        }
        self.poll_send(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let rest @ [_, ..] = &self.refusal[self.written..] {
            let written = ready!(self.poll_send(cx, rest))?;
            self.written += written;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(cx))?;
        Poll::Ready(SockRef::from(&self.socket.stream).shutdown(Shutdown::Write))
    }
}

/// `output` with a body for the answer at its end, if that is one that hyper has written for a head it could not
/// read: an error without a body, which the service itself never sends.
fn with_body(output: &[u8], client: Option<SocketAddr>) -> Option<Vec<u8>> {
    const EMPTY: &str = "content-length: 0\r\n";

    if !output.ends_with(b"\r\n\r\n") {
        return None;
    }
    let text = str::from_utf8(output).ok()?;
    let (earlier, head) = text.split_at(text.rfind("HTTP/1.")?);
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let (before, after) = head.split_once(EMPTY)?;
    let error =
        HttpError::unreadable(StatusCode::from_u16(status).ok().filter(|status| !status.is_success())?);
    let _ = unreadable_request(client, status);
    let body = error.body();
    let length = body.len();
    Some(
        format!(
            "{earlier}{before}content-type: application/json\r\ncontent-length: {length}\r\n{after}{body}"
        )
        .into_bytes(),
    )
}

/// The trace's root of a request whose head could not be read; `status` is what it was answered with.
#[trace]
#[expect(unused_variables, reason = "the trace shows them")]
fn unreadable_request(client: Option<SocketAddr>, status: u16) -> Result<(), u16> {
    Err(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_without_a_body_gets_one() {
        crate::testing::untraced();
        let ours = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        let first = "HTTP/1.1 414 URI Too Long\r\nconnection: close\r\n";
        let last = "date: now\r\n\r\n";
        for earlier in ["", ours] {
            let bare = format!("{earlier}{first}content-length: 0\r\n{last}");
            let more = "content-type: application/json\r\ncontent-length: 24\r\n";
            let expected = format!("{earlier}{first}{more}{last}{{\"error\":\"URL too long\"}}");
            let output = with_body(bare.as_bytes(), None).expect("a body");
            assert_eq!(String::from_utf8(output).expect("UTF-8"), expected);
        }
    }

    #[test]
    fn other_answers_stay_as_they_are() {
        for output in [
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 204 No Content\r\nallow: GET\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\ncontent-length: 21\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\ncontent-length: 21\r\n\r\n{\"error\":\"Not found\"}",
            "HTTP/1.1 100 Continue\r\n\r\n",
            "}\r\n\r\n",
        ] {
            assert_eq!(with_body(output.as_bytes(), None), None, "{output}");
        }
    }
}
