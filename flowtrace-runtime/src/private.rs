//! The one door for generated code. Nothing in here is for people, and nothing in here is stable.
pub use core::mem::drop;
pub use core::module_path;

pub use flowtrace_macros::trace_member;

pub use crate::call::callsite::Callsite;
pub use crate::call::catch::call;
pub use crate::call::future::{AsyncGuard, AsyncSpan};
pub use crate::call::known::{Never, Type, never, whole};
pub use crate::call::piece::Shown;
pub use crate::call::returned::{Returned, ReturnedFuture};
pub use crate::call::span::{Args, Guard, Span, call_through};
pub use crate::capture::{AsItIs, AsName, Probe, Split};

/// Shows an argument whose `Debug` may hold for some lifetimes only. Then the compiler's error says in which macro it
/// originates: it can say no more, so the name is the advice.
#[doc(hidden)]
#[macro_export]
macro_rules! __leave_it_out_by_skip {
    ($($arg:tt)*) => { $crate::__private::Shown::of($($arg)*) };
}
pub use crate::__leave_it_out_by_skip as leave_it_out_by_skip;

/// The same of a result.
#[doc(hidden)]
#[macro_export]
macro_rules! __leave_it_out_by_skip_result {
    (Span, $($arg:tt)*) => { $crate::__private::Span::exit($($arg)*) };
    (AsyncSpan, $($arg:tt)*) => { $crate::__private::AsyncSpan::exit($($arg)*) };
    ($whole:ident, $($arg:tt)*) => { $whole.flowtrace_end($($arg)*) };
}
pub use crate::__leave_it_out_by_skip_result as leave_it_out_by_skip_result;
