//! How a command ends that does not end well.
use std::io;

/// Why a command stops: what to say, and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: u8,
    /// Nothing, where everything is said already.
    pub(crate) message: Option<String>,
}

/// What a command comes to.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// The trace is not what it should be; the command did its work.
    pub(crate) const FOUND: u8 = 1;
    /// The command could not do its work.
    pub(crate) const UNABLE: u8 = 2;

    /// Something was found that the user asked to be told of.
    pub(crate) fn found(message: impl Into<Option<String>>) -> Self {
        Self { code: Self::FOUND, message: message.into() }
    }

    /// `place` can't be read, written or understood.
    pub(crate) fn at(place: impl std::fmt::Display, what: impl std::fmt::Display) -> Self {
        Self { code: Self::UNABLE, message: Some(format!("{place}: {what}")) }
    }

    /// What is wrong with the output. Who no longer reads it wants to hear nothing.
    pub(crate) fn output(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self { code: 0, message: None },
            _ => Self::at("output", error),
        }
    }
}

/// Only writing is done with `?` alone; reading says which file.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::output(&error)
    }
}
