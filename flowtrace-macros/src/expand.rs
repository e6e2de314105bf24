//! The way of an item through the macro, and where an error goes.
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{AttrStyle, Error, Result};

use crate::args::Args;
use crate::block;
use crate::body::Body;
use crate::function::{self, Function};
use crate::params::Param;
use crate::twice;

/// Expands `#[trace(args)]` on `item`; where it is `off`, to the item as it is.
pub(crate) fn expand(args: TokenStream, item: &TokenStream, off: bool) -> TokenStream {
    try_expand(args, item, off).unwrap_or_else(|error| failed(&error, item))
}

/// Expands what a block leaves for later on one of its members.
pub(crate) fn member(args: &TokenStream, item: &TokenStream, off: bool) -> TokenStream {
    block::member(args, item, off).unwrap_or_else(|error| failed(&error, item))
}

/// The error, and the item as it is: so there are no errors about what is missing.
pub(crate) fn failed(error: &Error, item: &TokenStream) -> TokenStream {
    // without the `::core::` that stands first: in edition 2015 that is a path from the user's own root
    const PATH: usize = 5;
    let errors = error.clone().into_iter();
    let errors = errors.flat_map(|error| error.to_compile_error().into_iter().skip(PATH));
    errors.chain(item.clone()).collect()
}

fn try_expand(args: TokenStream, item: &TokenStream, off: bool) -> Result<TokenStream> {
    let mut args = Args::parse(args)?;
    args.checked_only = off;
    let (left, item) = &block::take_left(item);
    twice::check(item)?;
    if args.off {
        return Ok(item.clone());
    }
    let around = left.as_ref().map(|left| block::around(left, off)).transpose()?;
    let within = around.as_ref().map(|(_, block)| block);
    let of_block = within.map_or_else(|| args.clone(), |block| args.clone().within(block));
    if let Some(block) = block::expand(&of_block, item) {
        return block;
    }
    let traced = Function::parse(item.clone())?;
    let in_type = around.as_ref().is_some_and(|(kind, _)| kind.is_type()) || function::has_self(&traced);
    let traced = function(&args, within, traced, in_type)?;
    Ok(if off { item.clone() } else { traced })
}

/// Traces a function by its own options and those of the block it stands in.
pub(crate) fn function(
    own: &Args,
    block: Option<&Args>,
    mut function: Function,
    in_type: bool,
) -> Result<TokenStream> {
    let original = function.to_token_stream();
    let params = Param::take(&mut function.sig);
    own.check(&params)?;
    let args = block.map_or_else(|| own.clone(), |block| own.clone().within(block));
    if args.checked_only {
        return Ok(original);
    }
    let body = Body::new(&args, &function, &params, in_type).write();
    function.body = function::braces(function.body.span(), body);
    Ok(function.into_token_stream())
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attrs, vis, defaultness, sig, inner_attrs, body } = self;
        // what stood at the front of the body can't stand in the middle of it
        let inner_attrs = inner_attrs.iter().cloned().map(|mut attr| {
            attr.style = AttrStyle::Outer;
            attr
        });
        tokens.extend(quote!(#(#attrs)* #(#inner_attrs)* #vis #defaultness #sig #body));
    }
}

#[cfg(test)]
#[path = "expand_tests.rs"]
mod tests;
