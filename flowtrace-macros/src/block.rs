//! `#[trace]` on an `impl`, a `trait` or an inline `mod`: each function in it.
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Error, Item, Result, Token};

use crate::args::Args;
use crate::expand;
use crate::function::{self, Function};

/// What the functions of a block are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Of an `impl`: they have a `Self`.
    Impl,
    /// Of a `trait`: likewise.
    Trait,
    /// Of a module, which may hold further blocks.
    Mod,
}

/// Traces the functions of a block; `None` where the item is none.
///
/// # Errors
/// The block is broken, or has options that a block can't have.
pub(crate) fn expand(args: &Args, item: &TokenStream) -> Option<Result<TokenStream>> {
    let kind = kind.parse2(item.clone()).ok()?;
    let mut tokens: Vec<TokenTree> = item.clone().into_iter().collect();
    let body = tokens.pop()?;
    let TokenTree::Group(body) = body else {
        let problem = "`#[trace]` expects a module with its body in place: `mod name { … }`";
        return Some(Err(Error::new(body.span(), problem)));
    };
    let members = |input: ParseStream<'_>| members(kind, args, input);
    let traced = args.check_for_block().and_then(|()| members.parse2(body.stream()));
    Some(traced.map(|traced| {
        tokens.push(TokenTree::Group(function::braces(body.span(), traced)));
        tokens.into_iter().collect()
    }))
}

fn kind(input: ParseStream<'_>) -> Result<Kind> {
    input.call(Attribute::parse_outer)?;
    input.parse::<syn::Visibility>()?;
    let mut kind = None;
    while kind.is_none() {
        kind = if input.peek(Token![impl]) {
            Some(Kind::Impl)
        } else if input.peek(Token![trait]) {
            Some(Kind::Trait)
        } else if input.peek(Token![mod]) {
            Some(Kind::Mod)
        } else {
            let word = input.parse::<TokenTree>()?.to_string();
            if !["unsafe", "default", "auto", "const"].contains(&word.as_str()) {
                return Err(input.error("no block"));
            }
            None
        };
    }
    // the rest is read by others
    input.parse::<TokenStream>()?;
    kind.ok_or_else(|| input.error("no block"))
}

fn members(kind: Kind, args: &Args, input: ParseStream<'_>) -> Result<TokenStream> {
    let mut out = TokenStream::new();
    for attr in input.call(Attribute::parse_inner)? {
        attr.to_tokens(&mut out);
    }
    while !input.is_empty() {
        let member = if Function::is_next(input) {
            one(kind, args, Function::read(input)?)
        } else {
            match kind {
                Kind::Impl => input.parse::<syn::ImplItem>()?.into_token_stream(),
                Kind::Trait => input.parse::<syn::TraitItem>()?.into_token_stream(),
                Kind::Mod => nested(args, input.parse()?)?,
            }
        };
        out.extend(member);
    }
    Ok(out)
}

/// Traces one function, as its own attribute says or else as the block's does.
fn one(kind: Kind, block: &Args, mut function: Function) -> TokenStream {
    let own = take_own(&mut function.attrs);
    let in_type = kind != Kind::Mod;
    let own = match own.map_or_else(|| Ok(Args::default()), |attr| read(&attr)) {
        Ok(own) => own,
        Err(error) => return expand::failed(&error, &function.to_token_stream()),
    };
    if own.off {
        return function.into_token_stream();
    }
    let original = function.to_token_stream();
    expand::function(&own, Some(block), function, in_type)
        .unwrap_or_else(|error| expand::failed(&error, &original))
}

fn read(attr: &Attribute) -> Result<Args> {
    match &attr.meta {
        syn::Meta::List(list) => Args::parse(list.tokens.clone()),
        _ => Ok(Args::default()),
    }
}

/// An item of a module: blocks in it are traced as the module is, unless they say otherwise.
fn nested(args: &Args, mut item: Item) -> Result<TokenStream> {
    let attrs = match &mut item {
        Item::Impl(item) => &mut item.attrs,
        Item::Trait(item) => &mut item.attrs,
        Item::Mod(item) if item.content.is_some() => &mut item.attrs,
        _ => return Ok(item.into_token_stream()),
    };
    let own = take_own(attrs).map(|attr| read(&attr)).transpose()?;
    if own.as_ref().is_some_and(|own| own.off) {
        return Ok(item.into_token_stream());
    }
    let args = own.map_or_else(|| args.clone(), |own| own.within(args));
    let item = item.into_token_stream();
    expand(&args, &item).unwrap_or_else(|| Ok(quote!(#item)))
}

/// Takes `#[trace]` off, by whatever path it is called.
fn take_own(attrs: &mut Vec<Attribute>) -> Option<Attribute> {
    let is_trace = |attr: &Attribute| attr.path().segments.last().is_some_and(|last| last.ident == "trace");
    attrs.iter().position(is_trace).map(|at| attrs.remove(at))
}
