//! Long output on a terminal goes through a pager: `PAGER`, or `less`.
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

const CAPACITY: usize = 1 << 16;

/// Where a view writes: a pager's stdin, or stdout.
pub(crate) enum Paged {
    Pager(Option<BufWriter<ChildStdin>>, Child),
    Plain(BufWriter<StdoutLock<'static>>),
}

impl Paged {
    /// A pager if stdout is a terminal, one is `wanted` and can be started; else stdout.
    pub(crate) fn new(wanted: bool) -> Self {
        let pager = if wanted && io::stdout().is_terminal() { start() } else { None };
        pager.unwrap_or_else(|| Self::Plain(BufWriter::with_capacity(CAPACITY, io::stdout().lock())))
    }

    fn out(&mut self) -> &mut dyn Write {
        match self {
            Self::Pager(Some(pipe), _) => pipe,
            Self::Pager(None, _) => unreachable!("the pipe is there until the end"),
            Self::Plain(stdout) => stdout,
        }
    }
}

/// What `PAGER` says is run by a shell, as other programs do. It may be empty or `cat`, for none.
fn start() -> Option<Paged> {
    let pager = std::env::var("PAGER").unwrap_or_else(|_| "less".to_owned());
    if pager.is_empty() || pager == "cat" {
        return None;
    }
    let mut command = Command::new("sh");
    command.args(["-c", &pager]).stdin(Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        // what fits on a page ends at once, colours are shown, and the page stays
        command.env("LESS", "FRX");
    }
    let mut child = command.spawn().ok()?;
    let pipe = child.stdin.take()?;
    Some(Paged::Pager(Some(BufWriter::with_capacity(CAPACITY, pipe)), child))
}

impl Write for Paged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out().flush()
    }
}

/// The terminal is the pager's until it ends.
impl Drop for Paged {
    fn drop(&mut self) {
        if let Self::Pager(pipe, child) = self {
            // a reader that has left wants no more
            drop(pipe.take());
            let _ = child.wait();
        }
    }
}
