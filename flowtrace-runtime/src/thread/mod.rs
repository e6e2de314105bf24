//! What a thread keeps: its open calls, its ids, its label; and how a place in a trace travels to another.
pub(crate) mod context;
pub(crate) mod counts;
pub(crate) mod id;
pub(crate) mod label;
pub(crate) mod local;
pub(crate) mod state;
pub(crate) mod thinning;
