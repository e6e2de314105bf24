//! The `#[trace]` attribute of flowtrace. Depend on `flowtrace-runtime`, which re-exports it.
//!
//! `expand` is the way through: `args` reads the options, `block` or `function` the item (`refused` those that can't be traced), `params` its
//! arguments, `own` what a member of a block says itself, `twice` whether its block has traced it already, `types` what can be told of its types and `tail` of what its
//! body comes to; `body` writes the result.
mod args;
mod block;
mod body;
mod expand;
mod function;
mod own;
mod params;
mod refused;
mod tail;
mod twice;
mod types;

use proc_macro::TokenStream;

/// Traces each call of a function: an ENTER line with its arguments, an EXIT line with its result.
///
/// Any function can be traced, async or not, generic or not, whatever its types are; it behaves as it
/// did. A value is shown by its `Serialize`, else by its `Debug`, else by its type's name.
///
/// That code of the value's own runs in the call. If it panics, the program's panic hook is called, though the panic goes no
/// further; what it changes stays changed; and a lock in a field is held meanwhile. `skip(a)` keeps it from running.
///
/// Options, with commas between:
///
/// - `name = "…"`: another name in the trace
/// - `skip(a, b)`: leaves these arguments out
/// - `skip_all`: leaves all arguments out
/// - `skip_result`: leaves the result out; whether it was an `Err` is still told
/// - `redact(a)`: shows `"[redacted]"` for these arguments, as for those with names like `password`
/// - `show(a)`: shows these arguments as they are, though their names look secret; nothing inside them is masked either
/// - `crate = path`: where `flowtrace_runtime` is found, for a crate that re-exports it
///
/// ```
/// use flowtrace_runtime::{testing, trace};
///
/// struct Session;
///
/// #[trace(name = "log-in", redact(pin))]
/// fn log_in(user: &str, pin: u32) -> Result<Session, String> {
///     if pin == 1234 { Ok(Session) } else { Err(format!("wrong pin for {user}")) }
/// }
///
/// let events = testing::capture(|| assert!(log_in("ann", 1111).is_err()));
/// assert_eq!(events[0].args.as_deref(), Some(r#"{"user":"ann","pin":"[redacted]"}"#));
/// assert_eq!(events[1].result.as_deref(), Some(r#"{"Err":"wrong pin for ann"}"#));
/// ```
///
/// On an `impl`, a `trait` or an inline `mod` it traces each function in it, with its own options as the
/// defaults; what a function says of an argument wins. A `const fn` and what a macro makes is left alone, and so is a function marked `#[trace(off)]`.
///
/// With the feature `off` of `flowtrace-runtime` all is checked as ever, and nothing is traced.
///
/// A `const fn`, a function without a body and any other item can't be traced; the error says so.
#[proc_macro_attribute]
pub fn trace(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(args.into(), &item.into(), cfg!(feature = "off")).into()
}

/// For what `#[trace]` on a block generates alone.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn trace_member(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::member(&args.into(), &item.into(), cfg!(feature = "off")).into()
}
