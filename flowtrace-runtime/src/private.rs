//! The one door for generated code. Nothing in here is for people, and nothing in here is stable.
pub use core::mem::drop;
pub use core::{concat, module_path};

pub use crate::callsite::Callsite;
pub use crate::capture::{AsName, Probe};
pub use crate::future::{AsyncGuard, AsyncSpan};
pub use crate::returned::{Never, follow, never, output_of};
pub use crate::span::{Args, Guard, Span, call};

/// The traits that find out what a type can do, for `use …::probe::*`.
pub mod probe {
    pub use crate::capture::{
        OfAny as _, OfDebug as _, OfLock as _, OfLockDebug as _, OfOption as _, OfOptionDebug as _,
        OfSerialize as _, SplitAny as _, SplitResult as _,
    };
    pub use crate::returned::{WholeLocal as _, WholeSend as _, WholeSync as _, WholeValue as _};
}
