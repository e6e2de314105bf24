//! An index of a trace: what is asked of its calls again and again, so that no answer reads the whole trace.
//!
//! Calls are numbered by the order of their first lines, so that a caller has a lower number than what it calls. Values
//! stay in the trace; the index says where. It lies beside the trace as `FILE.idx` and may be deleted at any time.
mod bars;
mod build;
mod derive;
mod endpoint;
pub(crate) mod flag;
mod format;
mod layout;
mod lines;
mod map;
mod names;
mod open;
mod read;
mod rows;
mod scan;
mod source;
mod stamp;
mod table;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use bars::{Bar, Joiner};
pub(crate) use lines::record;
pub(crate) use names::{Function, Tables, TrackName};
pub(crate) use open::open;
pub(crate) use read::Index;
pub(crate) use rows::{LeftOutCalls, RowOfTrack};
pub(crate) use scan::NONE;
pub(crate) use stamp::Stamp;

/// What stands for a trace id in look-ups: its low half.
pub(crate) fn trace_key(id: &[u8]) -> u64 {
    let hex = id.last_chunk::<16>().and_then(|half| u64::from_str_radix(str::from_utf8(half).ok()?, 16).ok());
    hex.unwrap_or_else(|| crc32fast::hash(id).into())
}
