//! `#[trace]` on an `impl`, a `trait` or an inline `mod`: each function in it.
//!
//! What can't be told yet is left to the compiler. A member with a `cfg_attr` gets an attribute of ours in front, which is
//! expanded once the `cfg_attr` is, and sees what that came to. A member with an attribute that is called `trace`, perhaps
//! ours by another path, gets it behind that one.
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Error, Item, Meta, Result, Token};

use crate::args::Args;
use crate::expand;
use crate::function::{self, Function};
use crate::own;

/// What the functions of a block are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of an `impl`: they have a `Self`.
    Impl,
    /// Of a `trait`: likewise.
    Trait,
    /// Of a module, which may hold further blocks.
    Mod,
}

impl Kind {
    /// Whether its functions have a `Self`.
    pub(crate) fn is_type(self) -> bool {
        self != Self::Mod
    }
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
            one(kind, args, Function::read(input)?, true)
        } else {
            match kind {
                Kind::Impl => input.parse::<syn::ImplItem>()?.into_token_stream(),
                Kind::Trait => input.parse::<syn::TraitItem>()?.into_token_stream(),
                Kind::Mod => nested(args, input.parse()?, true)?,
            }
        };
        out.extend(member);
    }
    Ok(out)
}

/// Leaves a member to the compiler where its attributes don't tell yet how it is traced.
fn leave(kind: Kind, block: &Args, attrs: &mut Vec<Attribute>, inner: &[Attribute]) -> bool {
    let kind = match kind {
        Kind::Impl => quote!(impl),
        Kind::Trait => quote!(trait),
        Kind::Mod => quote!(mod),
    };
    let (path, levels) = (block.path(), &block.levels);
    let has_cfg_attr = attrs.iter().chain(inner).any(|attr| attr.path().is_ident("cfg_attr"));
    if has_cfg_attr {
        attrs.insert(0, syn::parse_quote!(#[#path::trace_member(#kind #(; #levels)*)]));
        return true;
    }
    let is_unknown =
        !attrs.iter().any(|attr| own::is_ours(attr, block)) && attrs.iter().any(own::is_called_trace);
    if is_unknown {
        attrs.push(syn::parse_quote!(#[#path::trace_member(#kind last #(; #levels)*)]));
    }
    is_unknown
}

/// Takes what [`leave`] has left off an item, and gives its arguments.
pub(crate) fn take_left(item: &TokenStream) -> (Option<TokenStream>, TokenStream) {
    let mut left = None;
    let mut rest: Vec<TokenTree> = Vec::new();
    for token in item.clone() {
        if let (None, TokenTree::Group(attr), Some(TokenTree::Punct(sign))) = (&left, &token, rest.last())
            && sign.as_char() == '#'
            && let Ok(Meta::List(list)) = syn::parse2::<Meta>(attr.stream())
            && list.path.segments.last().is_some_and(|last| last.ident == "trace_member")
        {
            left = Some(list.tokens);
            rest.pop();
        } else {
            rest.push(token);
        }
    }
    (left, rest.into_iter().collect())
}

/// The kind and the options of the block that has left a member, by the arguments of its attribute.
pub(crate) fn around(args: &TokenStream, off: bool) -> Result<(Kind, Args)> {
    let args: Vec<TokenTree> = args.clone().into_iter().collect();
    let mut parts = args.split(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';'));
    let kind = match parts.next() {
        Some([TokenTree::Ident(word), ..]) if word == "impl" => Kind::Impl,
        Some([TokenTree::Ident(word), ..]) if word == "trait" => Kind::Trait,
        _ => Kind::Mod,
    };
    let mut block = Args::default();
    block.checked_only = off;
    // from the inside out
    for options in parts {
        block = block.within(&Args::parse(options.iter().cloned().collect())?);
    }
    Ok((kind, block))
}

/// Traces a member that was left to the compiler.
pub(crate) fn member(args: &TokenStream, item: &TokenStream, off: bool) -> Result<TokenStream> {
    let (kind, block) = around(args, off)?;
    let may_leave = !matches!(args.clone().into_iter().nth(1), Some(TokenTree::Ident(_)));
    if let Ok(function) = Function::read.parse2(item.clone()) {
        return Ok(one(kind, &block, function, may_leave));
    }
    nested(&block, syn::parse2(item.clone())?, may_leave)
}

/// Traces one function, as its own attribute says or else as the block's does.
fn one(kind: Kind, block: &Args, mut function: Function, may_leave: bool) -> TokenStream {
    if may_leave && leave(kind, block, &mut function.attrs, &function.inner_attrs) {
        return function.into_token_stream();
    }
    let own = match own::take(&mut function.attrs, block) {
        Ok(own) => own.unwrap_or_default(),
        Err(error) => return expand::failed(&error, &function.to_token_stream()),
    };
    if own.off {
        return function.into_token_stream();
    }
    let original = function.to_token_stream();
    expand::function(&own, Some(block), function, kind.is_type())
        .unwrap_or_else(|error| expand::failed(&error, &original))
}

/// An item of a module: blocks in it are traced as the module is, unless they say otherwise.
fn nested(args: &Args, mut item: Item, may_leave: bool) -> Result<TokenStream> {
    let Some(attrs) = attrs_of_block(&mut item) else { return Ok(item.into_token_stream()) };
    if may_leave && leave(Kind::Mod, args, attrs, &[]) {
        return Ok(item.into_token_stream());
    }
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
