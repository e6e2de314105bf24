//! Why lines are lost: as a LOST line says it, and as a number in the ring.
use std::io::{Error, ErrorKind};

/// Why a line is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Reason {
    #[default]
    BufferFull,
    NoSpace,
    FileSize,
    WriteFailed,
    Torn,
    Unreadable,
}

const NAMES: [(Reason, &str); 6] = [
    (Reason::BufferFull, "buffer full"),
    (Reason::NoSpace, "no space left"),
    (Reason::FileSize, "file size limit"),
    (Reason::WriteFailed, "write failed"),
    (Reason::Torn, "torn when the process died"),
    (Reason::Unreadable, "unreadable"),
];

impl Reason {
    /// Why writing failed.
    pub(crate) fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::NoSpace,
            ErrorKind::FileTooLarge => Self::FileSize,
            _ => Self::WriteFailed,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        NAMES[self as usize].1
    }

    /// The reason that a ring names by `number`; a damaged ring may name none.
    pub(crate) fn from_number(number: u64) -> Self {
        usize::try_from(number)
            .ok()
            .and_then(|at| NAMES.get(at))
            .map_or(Self::default(), |(reason, _)| *reason)
    }

    pub(crate) fn number(self) -> u64 {
        self as u64
    }
}
