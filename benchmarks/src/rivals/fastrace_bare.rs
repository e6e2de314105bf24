//! `#[fastrace::trace]` alone: names and times, no arguments.

crate::subjects::subjects!(all [#[fastrace::trace(short_name = true)]]);
