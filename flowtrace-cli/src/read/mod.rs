//! A trace is read: files become blocks of whole lines, lines become records, by fields and in place. The records of a
//! compact file become lines first.
//!
//! What a view sees is a [`Record`] that borrows from the line it stands in. Nothing is allocated for a line in the
//! order of keys that docs/FORMAT.md gives; any other order is read as well, by a slower way.
mod blocks;
mod brief;
mod briefs;
mod canonical;
mod cat;
mod count;
mod ends;
mod follow;
mod general;
mod input;
mod left_out;
mod line;
mod lines;
mod merge;
mod record;
mod runs;
mod source;
mod tally;
mod workers;

pub use left_out::LeftOut;
pub use line::{Line, Lost};
pub use record::{Kind, Outcome, Path, Record, Text};

pub(crate) use blocks::Block;
pub(crate) use brief::{Brief, BriefCall, BriefEnd, BriefLeftOut, By};
pub(crate) use cat::{copy, copy_some};
pub(crate) use count::briefs;
pub(crate) use ends::{begin, end};
pub(crate) use input::Input;
pub(crate) use merge::{Mode, Sink, each, each_of};
pub(crate) use tally::{Other, Tally, damaged};
pub(crate) use workers::{Workers, lock};
