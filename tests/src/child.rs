//! Programs run as child processes, with a deadline instead of a hang.
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// What must have happened by then, has not.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// What a program left.
#[derive(Debug)]
pub struct Finished {
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
    /// Its exit code; `None` if a signal ended it.
    pub code: Option<i32>,
}

/// Runs a program to its end. What it inherits of `FLOWTRACE…` settings is taken off first.
///
/// # Panics
/// If it can't be run, does not end in time or writes what is no UTF-8.
pub fn run(command: &mut Command) -> Finished {
    let command = without_settings(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    let text = |from: &Receiver<String>, child: &mut Child| match from.recv_timeout(DEADLINE) {
        Ok(text) => text,
        Err(error) => {
            let _ = child.kill();
            panic!("the program does not end: {error}");
        }
    };
    let (stdout, stderr) = (text(&stdout, &mut child), text(&stderr, &mut child));
    Finished { stdout, stderr, code: child.wait().expect("the program ends").code() }
}

fn without_settings(command: &mut Command) -> &mut Command {
    let set: Vec<_> = command.get_envs().map(|(name, _)| name.to_owned()).collect();
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("FLOWTRACE") && !set.contains(&name) {
            command.env_remove(name);
        }
    }
    command
}

fn collect(from: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (send, receive) = channel();
    let mut from = from.expect("a pipe");
    thread::spawn(move || {
        let mut text = String::new();
        from.read_to_string(&mut text).expect("UTF-8");
        let _ = send.send(text);
    });
    receive
}

/// A program that runs while its output is read line by line.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// Absent while nobody reads it.
    stdout: Option<Receiver<String>>,
    stderr: Receiver<String>,
}

/// As [`start`], but what the program writes to stdout is left in the pipe until [`Running::end`].
///
/// # Panics
/// If it can't be run.
pub fn start_unread(command: &mut Command) -> Running {
    start_with(command, |_| None)
}

/// Starts a program whose stdin stays open until [`Running::end`].
///
/// # Panics
/// If it can't be run.
pub fn start(command: &mut Command) -> Running {
    start_with(command, |child| child.stdout.take())
}

fn start_with(command: &mut Command, read: impl FnOnce(&mut Child) -> Option<ChildStdout>) -> Running {
    let command = without_settings(command);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stdout = read(&mut child).map(lines);
    let stderr = lines(child.stderr.take().expect("a pipe"));
    Running { child, stdout, stderr }
}

fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (send, receive) = channel();
    let from = BufReader::new(from);
    thread::spawn(move || from.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
    receive
}

fn next(from: &Receiver<String>) -> Option<String> {
    match from.recv_timeout(DEADLINE) {
        Ok(line) => Some(line),
        Err(RecvTimeoutError::Disconnected) => None,
        Err(RecvTimeoutError::Timeout) => panic!("no line came"),
    }
}

impl Running {
    /// The next line of its stdout, waited for; `None` at its end.
    ///
    /// # Panics
    /// If none comes in time, or if nobody reads.
    pub fn line(&self) -> Option<String> {
        next(self.stdout.as_ref().expect("read by this process"))
    }

    /// The next line of its stderr, waited for; `None` at its end.
    ///
    /// # Panics
    /// If none comes in time.
    pub fn error_line(&self) -> Option<String> {
        next(&self.stderr)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Closes its stdin and waits for its end. What was read before is not told again.
    ///
    /// # Panics
    /// If it does not end in time.
    pub fn end(mut self) -> Finished {
        drop(self.child.stdin.take());
        let rest = |lines: &Receiver<String>| {
            std::iter::from_fn(|| next(lines)).map(|line| line + "\n").collect::<String>()
        };
        let stdout = self.stdout.unwrap_or_else(|| lines(self.child.stdout.take().expect("a pipe")));
        let (stdout, stderr) = (rest(&stdout), rest(&self.stderr));
        Finished { stdout, stderr, code: self.child.wait().expect("the program ends").code() }
    }
}
