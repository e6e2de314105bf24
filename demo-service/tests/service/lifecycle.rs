//! Signals, and an end that leaves nothing undone.
#![cfg(unix)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, ChildStderr, ChildStdout, Command},
    time::Duration,
};

use tempfile::TempDir;

use crate::{
    client::{Answer, Client, read_all, read_until},
    harness::{Service, binary, directory, signal, wait},
};

/// A purchase whose body is not complete yet, and which the service is known to be reading.
fn open_request(service: &Service) -> TcpStream {
    let mut stream = service.connect();
    stream
        .write_all(
            b"POST /products/1/purchase HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
        )
        .expect("sent");
    assert!(read_until(&mut stream, "\r\n\r\n").starts_with("HTTP/1.1 100"));
    stream
}

#[test]
fn sigterm_finishes_the_open_request() {
    let service = Service::start();
    let mut stream = open_request(&service);
    service.signal("TERM");
    service.wait_for("stopping");
    stream.write_all(b"{}").expect("sent");
    let answer = Answer::parse(&read_all(&mut stream));
    assert_eq!((answer.status, answer.json()["success"].as_bool()), (200, Some(true)));
    let (status, output) = service.finish();
    assert_eq!(status.code(), Some(0));
    assert!(output.is_empty(), "standard output is the trace's: {}", output.escape_ascii());
}

#[test]
fn sigint_does_not_wait_for_idle_clients() {
    let service = Service::start();
    let silent = service.connect();
    let mut idle = service.connect();
    idle.write_all(b"GET /health HTTP/1.1\r\nHost: test\r\n\r\n").expect("sent");
    read_until(&mut idle, "}");
    service.signal("INT");
    // Closed by the service, long before its own patience with idle clients ends.
    for mut stream in [silent, idle] {
        read_all(&mut stream);
    }
    assert_eq!(service.finish().0.code(), Some(0));
}

#[test]
fn the_second_signal_ends_at_once() {
    for (name, code) in [("TERM", 143), ("INT", 130)] {
        let service = Service::start();
        let _open = open_request(&service);
        service.signal("TERM");
        service.wait_for("stopping");
        service.signal(name);
        assert_eq!(service.finish().0.code(), Some(code), "{name}");
    }
}

#[test]
fn no_new_clients_while_stopping() {
    let service = Service::start();
    let mut open = open_request(&service);
    service.signal("TERM");
    service.wait_for("stopping");
    open.write_all(b"{}").expect("sent");
    // The answer says that this connection takes no further request.
    let answer = Answer::parse(&read_all(&mut open));
    assert_eq!(answer.header("connection"), Some("close"));
    service.finish();
}

/// A service of which nobody reads `stderr` once it listens, nor standard output.
struct Unread {
    child: Child,
    client: Client,
    _pipes: (BufReader<ChildStderr>, ChildStdout),
    _directory: TempDir,
}

impl Unread {
    fn start(mut command: Command) -> Self {
        let directory = directory();
        command.args(["--addr", "127.0.0.1:0", "--database"]).arg(directory.path().join("test.db"));
        let mut child = command.spawn().expect("the service starts");
        let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
        let mut line = String::new();
        stderr.read_line(&mut line).expect("a line");
        let addr = line.trim_end().rsplit('/').next().and_then(|addr| addr.parse().ok());
        let client = Client::new(addr.expect("an address"));
        let pipes = (stderr, child.stdout.take().expect("piped"));
        Self { child, client, _pipes: pipes, _directory: directory }
    }

    /// Sends `signals` and waits for the end.
    fn end(mut self, signals: &[&str]) -> Option<i32> {
        for name in signals {
            signal(&self.child, name);
        }
        wait(&mut self.child).code()
    }
}

#[test]
fn a_stalled_log_neither_stops_requests_nor_the_end() {
    let service = Unread::start(binary());
    // Their log lines are 5 MB, more than pipe and queue take.
    let target = format!("/products/search?q={}", "x".repeat(4000));
    let request = format!("GET {target} HTTP/1.1\r\nHost: test\r\n\r\n");
    let mut stream = service.client.connect();
    for _ in 0..1200 {
        stream.write_all(request.as_bytes()).expect("sent");
        let (mut answer, mut piece) = (Vec::new(), [0; 8192]);
        while !answer.ends_with(b"\"}") {
            let count = stream.read(&mut piece).expect("an answer");
            assert_ne!(count, 0, "closed: {}", answer.escape_ascii());
            answer.extend_from_slice(&piece[..count]);
        }
    }
    assert_eq!(service.client.get("/health").status, 200);
    assert_eq!(service.end(&["TERM"]), Some(0));
}

#[test]
fn a_stalled_trace_does_not_stop_the_end() {
    // Two different ones: two of a kind may be heard as one, if they come too fast.
    for (signals, grace) in [(&["TERM"][..], "500"), (&["INT", "TERM"], "600000")] {
        let mut command = binary();
        command.env("FLOWTRACE", "on").env("FLOWTRACE_BUFFER_BYTES", "65536").env("DEMO_GRACE_MS", grace);
        let service = Unread::start(command);
        let mut stream = service.client.connect();
        stream.set_read_timeout(Some(Duration::from_millis(500))).expect("a timeout");
        // Until all threads wait for the reader of the trace, and no answer comes.
        let mut answer = [0; 4096];
        while stream.write_all(b"GET /products/1 HTTP/1.1\r\nHost: test\r\n\r\n").is_ok() {
            if stream.read(&mut answer).is_err() {
                break;
            }
        }
        let code = service.end(signals);
        assert!(matches!(code, Some(130 | 143)), "{signals:?}: {code:?}");
    }
}

#[test]
fn nobody_reads_the_log() {
    let directory = directory();
    let mut command = binary();
    command.args(["--addr", "127.0.0.1:0", "--database"]).arg(directory.path().join("test.db"));
    let mut child = command.spawn().expect("the service starts");
    let mut line = String::new();
    // The reader is dropped with this statement: every later line is written to a closed pipe.
    BufReader::new(child.stderr.take().expect("piped")).read_line(&mut line).expect("a line");
    let addr = line.trim_end().rsplit('/').next().and_then(|addr| addr.parse().ok());
    let client = Client::new(addr.expect("an address"));
    for _ in 0..3 {
        assert_eq!(client.get("/products/1").status, 200);
    }
    signal(&child, "TERM");
    assert_eq!(wait(&mut child).code(), Some(0));
}
