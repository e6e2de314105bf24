//! A view of a trace, by way of a pager on a terminal.
use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::environment;
use super::options::View;
use crate::failure::{Failure, Outcome};

/// The word by which the command itself is started to print a view.
pub(super) const VIEW: &str = "__view";

/// Shows `files`, as `asked`; without it the tree, if anybody is there to look at it.
pub(super) fn show(files: &[PathBuf], asked: Option<View>) -> Outcome {
    let is_terminal = io::stdout().is_terminal();
    let view = match asked.unwrap_or(if is_terminal { View::Tree } else { View::None }) {
        View::Tree => "tree",
        View::Stats => "stats",
        View::Open => "open",
        View::None => return Ok(()),
    };
    if files.is_empty() {
        return Ok(());
    }
    let ours = std::env::current_exe().map_err(|error| Failure::at("this command", error))?;
    let mut command = Command::new(ours);
    command.args([VIEW, view]).args(files);
    if !is_terminal || view == "open" {
        let status = command.status().map_err(|error| Failure::at(view, error))?;
        return ended(status.success());
    }
    let width = terminal_size::terminal_size().map_or(0, |(width, _)| width.0);
    command.args(["--color=always", &format!("--width={width}")]);
    let mut pager = Command::new("sh");
    pager.args([OsString::from("-c"), environment::pager()]).stdin(Stdio::piped());
    // colours as they are, and no pager for what fits on the screen
    pager.env("LESS", environment::variable("LESS").unwrap_or_else(|| "FRX".into()));
    let Ok(mut pager) = pager.spawn() else {
        let status = command.status().map_err(|error| Failure::at(view, error))?;
        return ended(status.success());
    };
    let status = pager.stdin.take().map(|stdin| command.stdout(stdin).status());
    // the write end is closed with the command
    drop(command);
    let _ = pager.wait();
    match status {
        Some(Ok(status)) => ended(status.success()),
        Some(Err(error)) => Err(Failure::at(view, error)),
        None => Ok(()),
    }
}

/// What went wrong the view itself has told.
fn ended(well: bool) -> Outcome {
    if well { Ok(()) } else { Err(Failure { code: Failure::UNABLE, message: None }) }
}
