//! The static of a traced function: its names, and which of its arguments are shown how.
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt as _;

use super::Body;
use crate::args::Args;
use crate::params::{Binding, Param};

/// What the static is called in a function that a block traces; by this, `twice.rs` knows it.
pub(crate) const IN_BLOCK: &str = "CALLSITE_IN_BLOCK";

impl Body<'_> {
    pub(super) fn callsite(&self) -> TokenStream {
        let site = Span::mixed_site();
        let door = &self.door;
        let name = match &self.args.name {
            Some(name) => name.value(),
            None => self.function.sig.ident.unraw().to_string(),
        };
        let source = source(self.function.sig.ident.span());
        let shown =
            || self.params.iter().flat_map(Param::bindings).filter(|binding| self.args.shows(binding));
        let names = shown().map(Binding::name);
        let places = |is: fn(&Args, &Binding) -> bool| {
            let places = shown().enumerate().filter(move |(_, binding)| is(self.args, binding));
            places.map(|(place, _)| place).collect::<Vec<_>>()
        };
        let (redacted, as_it_is) = (places(Args::redacts), places(Args::shows_all_of));
        let callsite = Ident::new(if self.args.in_block { IN_BLOCK } else { "CALLSITE" }, site);
        let showing = (!as_it_is.is_empty()).then(|| quote_spanned!(site=> .showing(&[#(#as_it_is),*])));
        quote_spanned! {site=> {
            static #callsite: #door::Callsite = #door::Callsite::new(
                #door::module_path!(),
                #name,
                &[#(#names),*],
                &[#(#redacted),*],
                #source,
            ) #showing;
            &#callsite
        }}
    }
}

/// Where a function's name is written: `src/sql.rs:91`. Of a function that a macro makes, that is where the macro is
/// written, or whoever gave it the name.
fn source(name: Span) -> String {
    // outside of a compiler, as in a unit test, there is no source
    if !proc_macro::is_available() {
        return String::new();
    }
    let name = name.unwrap();
    // both of one span: `file!()` is where a macro is called, not where it is written
    format!("{}:{}", name.file(), name.line())
}
