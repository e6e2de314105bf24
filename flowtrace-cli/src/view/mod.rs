//! The views: each takes records and shows them in its way. One module a view.
mod call;
pub(crate) mod check;
pub(crate) mod filter;
pub(crate) mod flame;
mod left_out;
pub(crate) mod live;
pub(crate) mod perfetto;
mod row;
pub(crate) mod stats;
pub(crate) mod tree;

pub(crate) use row::Paper;
