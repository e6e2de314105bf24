//! A round robin over instances that goes on to the next when one does not answer.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{client::Answer, harness::PATIENCE};

/// Knows where instances are.
pub(super) struct Balancer {
    addrs: Mutex<Vec<SocketAddr>>,
    turn: AtomicUsize,
}

impl Balancer {
    pub(super) fn new(addrs: impl Iterator<Item = SocketAddr>) -> Self {
        Self { addrs: Mutex::new(addrs.collect()), turn: AtomicUsize::new(0) }
    }

    pub(super) fn replace(&self, number: usize, addr: SocketAddr) {
        self.addrs.lock().expect("addresses")[number] = addr;
    }

    /// The first answer of an instance that has one: neither a broken connection nor 503.
    pub(super) fn send(&self, method: &str, target: &str, headers: &str) -> Answer {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let last = match self.try_next(method, target, headers) {
                Ok(answer) if answer.status != 503 => return answer,
                other => other,
            };
            assert!(Instant::now() < deadline, "{method} {target}: {last:?}");
            // A service that is too busy gets a moment.
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn try_next(&self, method: &str, target: &str, headers: &str) -> io::Result<Answer> {
        let addr = {
            let addrs = self.addrs.lock().expect("addresses");
            addrs[self.turn.fetch_add(1, Relaxed) % addrs.len()]
        };
        let mut stream = TcpStream::connect(addr)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "{method} {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{headers}\r\n")?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        // Answers are JSON objects: one that ends earlier is that of an instance that was killed.
        if bytes.ends_with(b"}") {
            Ok(Answer::parse(&bytes))
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }
}
