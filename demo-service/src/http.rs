//! HTTP: from a connection to a handler, and back as an answer.

mod answer;
mod body;
mod connection;
mod connections;
mod error;
mod exchange;
mod handlers;
mod head;
mod parent;
mod quantity;
mod query;
mod router;
pub(crate) mod server;
mod wire;

pub(crate) use handlers::Handlers;
pub(crate) use router::Router;
