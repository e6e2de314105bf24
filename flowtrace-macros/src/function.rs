//! The item under the attribute: a function with its body left as tokens, or an error that says why not.
use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::{Attribute, Error, Result, Signature, Token, Visibility};

/// A function. The body is never parsed: an unfinished one still expands, for editors.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) defaultness: Option<Token![default]>,
    pub(crate) sig: Signature,
    /// `#![…]` at the front of the body, as it stands there.
    pub(crate) inner_attrs: Vec<Attribute>,
    pub(crate) body: TokenStream,
    pub(crate) brace: Span,
}

const NO_FUNCTION: &str = "`#[trace]` expects a function with a body";

impl Function {
    /// Reads the item.
    pub(crate) fn parse(item: TokenStream) -> Result<Self> {
        let function = Self::read.parse2(item)?;
        if let Some(constness) = &function.sig.constness {
            return Err(Error::new(
                constness.span,
                "`#[trace]` expects a function that runs at run time; a `const fn` can't be traced",
            ));
        }
        Ok(function)
    }

    fn read(input: ParseStream<'_>) -> Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let start = input.span();
        let vis = input.parse::<Visibility>()?;
        let is_default = input.peek(Token![default]) && !input.peek2(Token![!]);
        let defaultness = if is_default { input.parse()? } else { None };
        if !begins_function(input) {
            // the rest is taken, so that this is the one error
            input.parse::<TokenStream>()?;
            return Err(Error::new(start, NO_FUNCTION));
        }
        let sig = input.parse::<Signature>()?;
        if let Some(semi) = input.parse::<Option<Token![;]>>()? {
            return Err(Error::new(semi.span, format!("{NO_FUNCTION}; this one has none")));
        }
        let block = input.parse::<TokenTree>()?;
        let TokenTree::Group(block) = block else { return Err(Error::new(block.span(), NO_FUNCTION)) };
        let (inner_attrs, body) = split_inner(&block)?;
        Ok(Self { attrs, vis, defaultness, sig, inner_attrs, body, brace: block.span() })
    }
}

fn begins_function(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let qualifier = |ahead: ParseStream<'_>| {
        let known = ahead.peek(Token![const])
            || ahead.peek(Token![async])
            || ahead.peek(Token![unsafe])
            || ahead.peek(Token![extern]);
        if known {
            let _ = ahead.parse::<TokenTree>();
            let _ = ahead.parse::<Option<syn::LitStr>>();
        }
        known
    };
    while qualifier(&ahead) {}
    ahead.peek(Token![fn])
}

/// Parts the attributes at the front of the body from the rest: a block that is no function's body
/// may not have any.
fn split_inner(block: &Group) -> Result<(Vec<Attribute>, TokenStream)> {
    let parser = |input: ParseStream<'_>| {
        let attrs = if input.peek(Token![#]) && input.peek2(Token![!]) {
            Attribute::parse_inner(input)?
        } else {
            vec![]
        };
        Ok((attrs, TokenStream::parse(input)?))
    };
    parser.parse2(block.stream())
}

/// Whether the function is known to have a `Self`: it takes `self`, or says `Self` where that can only
/// be its own.
///
/// The body is looked at as tokens: what an item or a macro inside of it means by `Self` is not known,
/// so a body with items is not asked, and what macros are given is passed over.
pub(crate) fn has_self(function: &Function) -> bool {
    const NONE: &[&str] = &[];
    const ITEMS: &[&str] = &["impl", "trait", "struct", "enum", "union", "macro_rules"];
    function.sig.receiver().is_some()
        || says_self(function.sig.to_token_stream(), NONE) == Some(true)
        || says_self(function.body.clone(), ITEMS) == Some(true)
}

/// `None` where one of the words in `barred` stands.
fn says_self(tokens: TokenStream, barred: &[&str]) -> Option<bool> {
    let mut found = false;
    let mut macro_input = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) if !macro_input => found |= says_self(group.stream(), barred)?,
            TokenTree::Ident(ident) if ident == "Self" => found = true,
            TokenTree::Ident(ident) if barred.iter().any(|word| ident == word) => return None,
            TokenTree::Punct(punct) if punct.as_char() == '!' => {
                macro_input = true;
                continue;
            }
            _ => {}
        }
        macro_input = false;
    }
    Some(found)
}
