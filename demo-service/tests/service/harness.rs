//! The service as a child process on a free port. Waits on events, with an end to patience.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    ops::Deref,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::client::Client;

/// How long to wait for what should come at once: generous, since test machines are busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A directory for a database, gone with the test.
pub(crate) fn directory() -> TempDir {
    tempfile::tempdir().expect("a directory")
}

/// The binary, set up as every test wants it: no trace, nothing from the tester's own environment.
pub(crate) fn binary() -> Command {
    quiet(Command::new(env!("CARGO_BIN_EXE_demo-service")))
}

/// The binary after `script` has been run by the shell that becomes it.
pub(crate) fn binary_after(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{script}; exec \"$0\" \"$@\"")).arg(env!("CARGO_BIN_EXE_demo-service"));
    quiet(command)
}

fn quiet(mut command: Command) -> Command {
    command.env("FLOWTRACE", "off");
    for name in ["DEMO_ADDR", "DEMO_DATABASE", "DEMO_CACHE", "DEMO_CLIENT_TIMEOUT_MS", "DEMO_GRACE_MS"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A running service; killed when the test drops it.
pub(crate) struct Service {
    child: Child,
    client: Client,
    /// The lines of standard error, as they come.
    log: Receiver<String>,
    /// All of standard output, at its end.
    output: Receiver<Vec<u8>>,
    directory: Option<TempDir>,
}

impl Service {
    /// On a database of its own.
    pub(crate) fn start() -> Self {
        Self::start_with(binary())
    }

    /// On a database of its own, from a command prepared by the test.
    pub(crate) fn start_with(command: Command) -> Self {
        let directory = directory();
        let mut service = Self::start_on(command, &directory.path().join("test.db"));
        service.directory = Some(directory);
        service
    }

    /// On the database at `path`.
    pub(crate) fn start_on(mut command: Command, path: &Path) -> Self {
        command.args(["--addr", "127.0.0.1:0", "--database"]).arg(path);
        let mut service = Self::spawn(command);
        let line = service.wait_for("listening on http://");
        let addr = line.rsplit('/').next().and_then(|addr| addr.parse().ok());
        service.client = Client::new(addr.expect("an address"));
        service
    }

    /// As `command` says; where it listens is the test's to find out.
    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the service starts");
        let (lines, log) = channel();
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| lines.send(line)));
        let (end, output) = channel();
        let mut stdout = child.stdout.take().expect("piped");
        thread::spawn(move || {
            let mut all = Vec::new();
            let _ = stdout.read_to_end(&mut all);
            let _ = end.send(all);
        });
        let nowhere = Client::new(SocketAddr::from(([0, 0, 0, 0], 0)));
        Self { child, client: nowhere, log, output, directory: None }
    }

    /// The database file of a service that has its own.
    pub(crate) fn database(&self) -> PathBuf {
        self.directory.as_ref().expect("a directory of its own").path().join("test.db")
    }

    /// The next line on standard error that contains `piece`.
    pub(crate) fn wait_for(&self, piece: &str) -> String {
        let mut others = Vec::new();
        loop {
            match self.log.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(piece) => return line,
                Ok(line) => others.push(line),
                Err(error) => panic!("{piece:?} does not come ({error}), but {others:#?}"),
            }
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// Waits for the end; the status, and what was on standard output.
    pub(crate) fn finish(mut self) -> (ExitStatus, Vec<u8>) {
        let output = self.output.recv_timeout(PATIENCE).expect("the service ends");
        (self.child.wait().expect("a status"), output)
    }
}

/// A service is asked as its client asks.
impl Deref for Service {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let status = Command::new("kill").args(["-s", name, &pid]).status().expect("kill runs");
    assert!(status.success(), "kill -s {name} {pid}: {status}");
}

/// Waits for the end, and not for ever.
pub(crate) fn wait(child: &mut Child) -> ExitStatus {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match child.try_wait().expect("a status") {
            Some(status) => return status,
            None if Instant::now() < deadline => thread::sleep(Duration::from_millis(10)),
            None => {
                let _ = child.kill();
                panic!("the service does not end");
            }
        }
    }
}
