//! A call from its begin to its end, as generated code has it.
pub(crate) mod callsite;
pub(crate) mod catch;
pub(crate) mod draft;
pub(crate) mod future;
pub(crate) mod known;
pub(crate) mod piece;
pub(crate) mod returned;
pub(crate) mod span;
pub(crate) mod thin;
