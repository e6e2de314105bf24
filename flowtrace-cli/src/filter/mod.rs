//! The filter language: which calls a view shows. docs/FILTER.md specifies it.
//!
//! `parse` makes an [`Expr`] of the text, which is asked about [`Facts`] of a call. [`Selection`] asks it while a trace is
//! read, and `nearest` finds what to say where nothing matches.
mod expr;
mod nearest;
mod parse;
mod selection;
mod value;

pub(crate) use expr::{Expr, Facts, Field, Test};
pub(crate) use parse::Refused;
pub(crate) use selection::{Selection, Verdict, Window};
