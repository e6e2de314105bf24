//! A client on bare TCP, so that it can send what no library would.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
};

use serde_json::Value;

use crate::harness::PATIENCE;

/// Knows where the service is.
#[derive(Clone, Copy)]
pub(crate) struct Client {
    addr: SocketAddr,
}

impl Client {
    pub(crate) fn new(addr: SocketAddr) -> Self {
        Self { addr }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.addr).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
        stream
    }

    /// Sends `bytes` and nothing more, reads until the service closes.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = self.connect();
        // The service may have heard enough before all is written.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        read_all(&mut stream)
    }

    pub(crate) fn send(&self, method: &str, target: &str) -> Answer {
        let request = format!("{method} {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).expect("sent");
        Answer::parse(&read_all(&mut stream))
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        self.send("GET", target)
    }
}

/// Until the other side closes, or resets after its last word.
pub(crate) fn read_all(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    match stream.read_to_end(&mut all) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            panic!("still open after {PATIENCE:?}: {all:?}")
        }
        _ => all,
    }
}

/// Until `end` has come.
pub(crate) fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(end.as_bytes()) {
        stream.read_exact(&mut byte).expect("more to read");
        text.extend(byte);
    }
    String::from_utf8(text).expect("UTF-8")
}

/// An answer, taken apart.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let mut rest = &*text;
        let (head, body) = loop {
            let (head, body) = rest.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no HTTP: {text:?}"));
            // Not an answer yet.
            if !head.starts_with("HTTP/1.1 1") {
                break (head, body);
            }
            rest = body;
        };
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        Self { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// Asserts an error: its status, its text, JSON like all of them.
    #[track_caller]
    pub(crate) fn is_error(&self, status: u16, text: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.json()["error"], text);
        assert_eq!(self.header("content-type"), Some("application/json"));
    }
}
