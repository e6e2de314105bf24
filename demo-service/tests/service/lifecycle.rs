//! Signals, and an end that leaves nothing undone.
#![cfg(unix)]

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
};

use crate::{
    client::{Answer, read_all, read_until},
    harness::{Service, binary, directory},
};

/// A purchase whose body is not complete yet, and which the service is known to be reading.
fn open_request(service: &Service) -> TcpStream {
    let mut stream = service.connect();
    stream
        .write_all(
            b"POST /products/1/purchase HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n",
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
    stream.write_all(b"body").expect("sent");
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
    open.write_all(b"body").expect("sent");
    // The answer says that this connection takes no further request.
    let answer = Answer::parse(&read_all(&mut open));
    assert_eq!(answer.header("connection"), Some("close"));
    service.finish();
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
    let addr = line.trim_end().rsplit('/').next().expect("an address");
    for _ in 0..3 {
        let mut stream = TcpStream::connect(addr).expect("a connection");
        stream.write_all(b"GET /products/1 HTTP/1.1\r\nConnection: close\r\n\r\n").expect("sent");
        assert_eq!(Answer::parse(&read_all(&mut stream)).status, 200);
    }
    child.kill().expect("killed");
    child.wait().expect("a status");
}
