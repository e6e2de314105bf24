//! `#[trace]` on an `impl`, a `trait` or an inline `mod`: each function in it.
//!
//! A member with a `cfg_attr` is left to the compiler: it gets an attribute of ours, which is expanded once the
//! `cfg_attr` is, and sees what that came to.
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Error, Item, Result, Token};

use crate::args::Args;
use crate::expand;
use crate::function::{self, Function};
use crate::own;

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
            let function = Function::read(input)?;
            if has_cfg_attr(&function.attrs) || has_cfg_attr(&function.inner_attrs) {
                deferred(kind, args, &function)
            } else {
                one(kind, args, function)
            }
        } else {
            match kind {
                Kind::Impl => input.parse::<syn::ImplItem>()?.into_token_stream(),
                Kind::Trait => input.parse::<syn::TraitItem>()?.into_token_stream(),
                Kind::Mod => {
                    let mut item = input.parse()?;
                    match attrs_of_block(&mut item) {
                        Some(attrs) if has_cfg_attr(attrs) => deferred(kind, args, &item),
                        _ => nested(args, item)?,
                    }
                }
            }
        };
        out.extend(member);
    }
    Ok(out)
}

fn has_cfg_attr(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| attr.path().is_ident("cfg_attr"))
}

/// The member with an attribute in front that [`member`] expands.
fn deferred(kind: Kind, block: &Args, member: &impl ToTokens) -> TokenStream {
    let kind = match kind {
        Kind::Impl => quote!(impl),
        Kind::Trait => quote!(trait),
        Kind::Mod => quote!(mod),
    };
    let (path, levels) = (block.path(), &block.levels);
    quote!(#[#path::trace_member(#kind #(; #levels)*)] #member)
}

/// Traces a member of a block once its `cfg_attr`s are expanded. `args` tell the kind of the block, and then the
/// options of the block and of those around it, from the inside out.
pub(crate) fn member(args: TokenStream, item: &TokenStream, off: bool) -> Result<TokenStream> {
    let args: Vec<TokenTree> = args.into_iter().collect();
    let mut parts = args.split(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';'));
    let kind = match parts.next() {
        Some([TokenTree::Ident(word)]) if word == "impl" => Kind::Impl,
        Some([TokenTree::Ident(word)]) if word == "trait" => Kind::Trait,
        _ => Kind::Mod,
    };
    let mut block = Args::default();
    block.checked_only = off;
    for options in parts {
        block = block.within(&Args::parse(options.iter().cloned().collect())?);
    }
    if let Ok(function) = Function::read.parse2(item.clone()) {
        return Ok(one(kind, &block, function));
    }
    nested(&block, syn::parse2(item.clone())?)
}

/// Traces one function, as its own attribute says or else as the block's does.
fn one(kind: Kind, block: &Args, mut function: Function) -> TokenStream {
    let in_type = kind != Kind::Mod;
    let own = match own::take(&mut function.attrs, block) {
        Ok(own) => own.unwrap_or_default(),
        Err(error) => return expand::failed(&error, &function.to_token_stream()),
    };
    if own.off {
        return function.into_token_stream();
    }
    let original = function.to_token_stream();
    expand::function(&own, Some(block), function, in_type)
        .unwrap_or_else(|error| expand::failed(&error, &original))
}

/// An item of a module: blocks in it are traced as the module is, unless they say otherwise.
fn nested(args: &Args, mut item: Item) -> Result<TokenStream> {
    let Some(attrs) = attrs_of_block(&mut item) else { return Ok(item.into_token_stream()) };
    let own = own::take(attrs, args)?;
    if own.as_ref().is_some_and(|own| own.off) {
        return Ok(item.into_token_stream());
    }
    let args = own.map_or_else(|| args.clone(), |own| own.within(args));
    let item = item.into_token_stream();
    expand(&args, &item).unwrap_or_else(|| Ok(quote!(#item)))
}

/// The attributes of an item that is a block.
fn attrs_of_block(item: &mut Item) -> Option<&mut Vec<Attribute>> {
    match item {
        Item::Impl(item) => Some(&mut item.attrs),
        Item::Trait(item) => Some(&mut item.attrs),
        Item::Mod(item) if item.content.is_some() => Some(&mut item.attrs),
        _ => None,
    }
}
