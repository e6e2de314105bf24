//! What a program or its environment decides: the filter, the output, the limits, what is secret.
pub(crate) mod builder;
pub(crate) mod config;
pub(crate) mod control;
pub(crate) mod filter;
pub(crate) mod keep;
pub(crate) mod redact;
