//! A database and a cache for a test, and a wire between an instance and the cache that can be cut.

use std::{
    env,
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use tempfile::TempDir;
use tokio_postgres::{Config, NoTls, Row};

use crate::harness::{PATIENCE, directory};

/// Says why a test is left out, past the test runner.
fn left_out(why: &str) {
    let _ = writeln!(io::stderr(), "left out: {why}");
}

/// A database of its own on the server that `tests/servers` has started.
pub(super) struct Database {
    pub(super) url: String,
}

impl Database {
    pub(super) fn create() -> Option<Self> {
        let Ok(url) = env::var("FLOWTRACE_TEST_POSTGRES") else {
            left_out("FLOWTRACE_TEST_POSTGRES is not set (tests/servers COMMAND sets it)");
            return None;
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_nanos();
        let name = format!("fleet_{now}");
        Self { url: url.clone() }.execute(&format!("CREATE DATABASE {name}"));
        let (server, _) = url.rsplit_once('/').expect("the URL names a database");
        Some(Self { url: format!("{server}/{name}") })
    }

    pub(super) fn execute(&self, sql: &str) {
        self.ask(sql);
    }

    /// What is left of a product, and what was sold of it.
    pub(super) fn left_and_sold(&self, product_id: usize) -> (i64, i64) {
        let rows = self.ask(&format!(
            "SELECT stock, (SELECT COALESCE(SUM(quantity), 0)::BIGINT FROM purchases WHERE product_id = {product_id})
             FROM products WHERE id = {product_id}"
        ));
        (rows[0].get(0), rows[0].get(1))
    }

    fn ask(&self, sql: &str) -> Vec<Row> {
        let config: Config = self.url.parse().expect("the URL of a server");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let (client, connection) = config.connect(NoTls).await.expect("a connection");
            tokio::spawn(connection);
            client.query(sql, &[]).await.expect("SQL")
        })
    }
}

/// A Redis server of the test's own, since the test kills it.
pub(super) struct Cache {
    pub(super) child: Child,
    pub(super) addr: SocketAddr,
    directory: TempDir,
}

impl Cache {
    pub(super) fn start() -> Option<Self> {
        // Free now; nobody else is likely to take it before the server does.
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let (addr, directory) = (free.expect("a port"), directory());
        match spawn(addr, &directory) {
            Ok(child) => Some(Self { child, addr, directory }),
            Err(error) => {
                left_out(&format!("redis-server cannot be started: {error}"));
                None
            }
        }
    }

    pub(super) fn url(&self) -> String {
        format!("redis://{}", self.addr)
    }

    /// Has the server save what it has, to be found by its next run.
    pub(super) fn save(&self) {
        let mut stream = TcpStream::connect(self.addr).expect("a connection");
        stream.write_all(b"SAVE\r\n").expect("sent");
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).expect("an answer");
        assert_eq!(answer.escape_ascii().to_string(), "+OK\\r\\n");
    }

    /// Kills the server, and starts it again with what it had saved.
    pub(super) fn restart(&mut self) {
        self.end();
        self.child = spawn(self.addr, &self.directory).expect("the server starts again");
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        self.end();
    }
}

fn spawn(addr: SocketAddr, directory: &TempDir) -> io::Result<Child> {
    let child = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--port", &addr.port().to_string(), "--save", ""])
        .arg("--dir")
        .arg(directory.path())
        .stdout(Stdio::null())
        .spawn()?;
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(addr).is_err() {
        assert!(Instant::now() < deadline, "redis-server does not listen");
        thread::sleep(Duration::from_millis(5));
    }
    Ok(child)
}

/// Passes on what an instance and a server have to say to each other, unless it is cut.
pub(super) struct Wire {
    pub(super) addr: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    cut: bool,
    open: Vec<TcpStream>,
}

impl Wire {
    pub(super) fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let addr = listener.local_addr().expect("an address");
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let mut state = shared.lock().expect("a state");
                let Ok(server) = TcpStream::connect(server) else { continue };
                if !state.cut {
                    state.open.extend([&client, &server].map(|end| end.try_clone().expect("a handle")));
                    pass_on(&client, &server);
                    pass_on(&server, &client);
                }
            }
        });
        Self { addr, state }
    }

    pub(super) fn set_cut(&self, cut: bool) {
        let mut state = self.state.lock().expect("a state");
        state.cut = cut;
        for end in state.open.drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

fn pass_on(from: &TcpStream, to: &TcpStream) {
    let (mut from, mut to) = (from.try_clone().expect("a handle"), to.try_clone().expect("a handle"));
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
}
