//! A trace is read: files become blocks of whole lines, lines become records, by fields and in place.
//!
//! What a view sees is a [`Record`] that borrows from the line it stands in. Nothing is allocated for a line in the
//! order of keys that docs/FORMAT.md gives; any other order is read as well, by a slower way.
mod blocks;
mod canonical;
mod follow;
mod general;
mod input;
mod line;
mod lines;
mod merge;
mod record;
mod tally;

pub use line::{Line, Lost};
pub use record::{Kind, Outcome, Record, Text};

pub(crate) use input::Input;
pub(crate) use merge::{Mode, Sink, each};
