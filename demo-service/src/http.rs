//! HTTP: from a connection to a handler, and back as an answer.

mod body;
mod error;
mod handlers;
mod query;
mod router;
pub(crate) mod server;

pub(crate) use handlers::Handlers;
pub(crate) use router::Router;
