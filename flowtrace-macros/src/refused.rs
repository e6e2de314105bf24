//! Functions that can't be traced: the error says why, and what to do instead. In a traced block they are left alone.
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Attribute, Error, Signature};

const CONST: &str = "can't be traced: remove `#[trace]` here and put it on the functions that call it";

/// The error about a function that can't be traced.
pub(crate) fn check(attrs: &[Attribute], sig: &Signature) -> Result<(), Error> {
    if let Some(constness) = &sig.constness {
        let problem = format!("`#[trace]` expects a function that runs at run time; a `const fn` {CONST}");
        return Err(Error::new(constness.span, problem));
    }
    if let Some(attr) = attrs.iter().find(|attr| makes_const(attr)) {
        let problem = format!("this attribute makes the function a `const fn`, which {CONST}");
        return Err(Error::new(attr.bracket_token.span.join(), problem));
    }
    if let Some(attr) = attrs.iter().find(|attr| makes_naked(attr)) {
        let problem = "a naked function is its assembly alone and can't be traced: remove `#[trace]` here and put it on \
             the functions that call it";
        return Err(Error::new(attr.bracket_token.span.join(), problem));
    }
    Ok(())
}

/// `#[rustversion::attr(…, const)]`, which is expanded after `#[trace]` if it stands below.
fn makes_const(attr: &Attribute) -> bool {
    let path: Vec<String> = attr.path().segments.iter().map(|segment| segment.ident.to_string()).collect();
    let syn::Meta::List(list) = &attr.meta else { return false };
    path == ["rustversion", "attr"] && list.tokens.clone().into_iter().any(|token| is_word(&token, "const"))
}

/// `#[unsafe(naked)]`, or `#[naked]` as it once was.
fn makes_naked(attr: &Attribute) -> bool {
    fn says_naked(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match &token {
            TokenTree::Group(group) => says_naked(group.stream()),
            token => is_word(token, "naked"),
        })
    }
    let says_unsafe = attr.path().segments.first().is_some_and(|first| first.ident == "unsafe");
    attr.path().is_ident("naked") || (says_unsafe && says_naked(attr.meta.to_token_stream()))
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}
