//! The `#[trace]` that a member of a traced block has of its own.
use syn::ext::IdentExt as _;
use syn::{Attribute, Meta, Path, Result};

use crate::args::Args;

/// Takes a member's own `#[trace]` off, and reads it.
///
/// # Errors
/// Its options are broken.
pub(crate) fn take(attrs: &mut Vec<Attribute>, block: &Args) -> Result<Option<Args>> {
    let own = attrs.iter().position(|attr| is_ours(attr, block)).map(|at| attrs.remove(at));
    own.map(|attr| read(&attr)).transpose()
}

fn read(attr: &Attribute) -> Result<Args> {
    match &attr.meta {
        Meta::List(list) => Args::parse(list.tokens.clone()),
        _ => Ok(Args::default()),
    }
}

/// Whether the attribute is `trace`, `flowtrace_runtime::trace`, or the `trace` of what `crate = …` names.
///
/// Other crates have an attribute of that name, too.
pub(crate) fn is_ours(attr: &Attribute, block: &Args) -> bool {
    if !is_called_trace(attr) {
        return false;
    }
    let mut path = words(attr.path());
    path.pop();
    let own = || read(attr).is_ok_and(|own| names(&own, &path));
    path.is_empty() || path == ["flowtrace_runtime"] || names(block, &path) || own()
}

/// Whether the attribute is called `trace`, whoever's it is.
pub(crate) fn is_called_trace(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|last| last.ident == "trace")
}

fn names(args: &Args, path: &[String]) -> bool {
    args.krate.as_ref().is_some_and(|krate| words(krate) == path)
}

/// The path without the words that tell where it begins.
fn words(path: &Path) -> Vec<String> {
    let words = path.segments.iter().map(|segment| segment.ident.unraw().to_string());
    words.skip_while(|word| ["crate", "self", "super"].contains(&word.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn another_crates_trace_is_not_ours() {
        let block = Args::parse(quote::quote!(crate = crate::ft)).unwrap();
        let ours = |attr: Attribute| is_ours(&attr, &block);
        assert!(ours(parse_quote!(#[trace])));
        assert!(ours(parse_quote!(#[super::super::trace(off)])));
        assert!(ours(parse_quote!(#[flowtrace_runtime::trace])));
        assert!(ours(parse_quote!(#[::flowtrace_runtime::trace(skip(a))])));
        assert!(ours(parse_quote!(#[ft::trace])));
        assert!(ours(parse_quote!(#[own::trace(crate = own)])));
        assert!(!ours(parse_quote!(#[fastrace::trace(short_name = true)])));
        assert!(!ours(parse_quote!(#[own::trace])));
        assert!(!ours(parse_quote!(#[trace::instrument])));
    }
}
