//! The item under the attribute: a function with its body left as tokens, or an error that says why not.
use proc_macro2::{Delimiter, Group, Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::{Attribute, Error, Result, Signature, Token, Visibility, token};

use crate::refused;

/// A function. The body is never parsed: an unfinished one still expands, for editors.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) defaultness: Option<Token![default]>,
    pub(crate) sig: Signature,
    /// `#![…]` at the front of the body, as it stands there.
    pub(crate) inner_attrs: Vec<Attribute>,
    /// The body without them, in its braces.
    pub(crate) body: Group,
}

pub(crate) const EXPECTED: &str =
    "`#[trace]` expects a function with a body, an `impl`, a `trait` or an inline `mod`";

impl Function {
    /// Reads the item.
    pub(crate) fn parse(item: TokenStream) -> Result<Self> {
        let function = Self::read.parse2(item)?;
        refused::check(&function.attrs, &function.sig)?;
        Ok(function)
    }

    /// Reads a function with a body.
    pub(crate) fn read(input: ParseStream<'_>) -> Result<Self> {
        let head = Head::read(input)?;
        let Some(sig) = head.sig else {
            // the rest is taken, so that this is the one error
            input.parse::<TokenStream>()?;
            return Err(Error::new(head.start, EXPECTED));
        };
        if let Some(semi) = input.parse::<Option<Token![;]>>()? {
            return Err(Error::new(semi.span, format!("{EXPECTED}; this function has no body")));
        }
        let block = input.parse::<TokenTree>()?;
        let TokenTree::Group(block) = block else { return Err(Error::new(block.span(), EXPECTED)) };
        let (inner_attrs, body) = split_inner(block)?;
        let Head { attrs, vis, defaultness, .. } = head;
        Ok(Self { attrs, vis, defaultness, sig, inner_attrs, body })
    }

    /// Whether a function that can be traced comes next: one with a body, and not `const`, say. Or a broken one, for the
    /// error that [`Function::read`] has for it.
    pub(crate) fn is_next(input: ParseStream<'_>) -> bool {
        let ahead = input.fork();
        let Ok(head) = Head::read(&ahead) else { return true };
        let head = head.sig.map(|sig| (head.attrs, sig));
        head.is_some_and(|(attrs, sig)| refused::check(&attrs, &sig).is_ok()) && ahead.peek(token::Brace)
    }
}

/// What stands before a function's body.
struct Head {
    attrs: Vec<Attribute>,
    start: Span,
    vis: Visibility,
    defaultness: Option<Token![default]>,
    /// Absent where it is the head of something else.
    sig: Option<Signature>,
}

impl Head {
    fn read(input: ParseStream<'_>) -> Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let start = input.span();
        let vis = input.parse::<Visibility>()?;
        let is_default = input.peek(Token![default]) && !input.peek2(Token![!]);
        let defaultness = if is_default { input.parse()? } else { None };
        let sig = if begins_function(input) {
            let sig = input.fork();
            Some(input.parse().map_err(|error| keyword(&sig).unwrap_or(error))?)
        } else {
            None
        };
        Ok(Self { attrs, start, vis, defaultness, sig })
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

/// The error about an argument whose name is a keyword from edition 2018 on: only the compiler knows the edition.
fn keyword(sig: ParseStream<'_>) -> Option<Error> {
    let tokens = sig.parse::<TokenStream>().ok()?;
    let args = tokens.into_iter().find_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => Some(group.stream()),
        _ => None,
    })?;
    let args: Vec<TokenTree> = args.into_iter().collect();
    let name = args.windows(2).find_map(|pair| match pair {
        // not `dyn ::Trait`
        [TokenTree::Ident(name), TokenTree::Punct(colon)]
            if colon.as_char() == ':' && colon.spacing() == Spacing::Alone =>
        {
            ["async", "await", "dyn", "try"].iter().any(|word| name == word).then_some(name)
        }
        _ => None,
    })?;
    let problem = format!("`{name}` is a keyword to `#[trace]`, whatever the edition is; write `r#{name}`");
    Some(Error::new(name.span(), problem))
}

/// Parts the attributes at the front of the body from the rest: a block that is no function's body
/// may not have any.
fn split_inner(block: Group) -> Result<(Vec<Attribute>, Group)> {
    let parser = |input: ParseStream<'_>| {
        let has_some = input.peek(Token![#]) && input.peek2(Token![!]);
        let attrs = if has_some { Attribute::parse_inner(input)? } else { vec![] };
        Ok((attrs, TokenStream::parse(input)?))
    };
    let (attrs, body) = parser.parse2(block.stream())?;
    // a group that is left as it is keeps the spans of both of its braces
    let body = if attrs.is_empty() { block } else { braces(block.span(), body) };
    Ok((attrs, body))
}

/// Tokens in braces that stand where `span` is.
pub(crate) fn braces(span: Span, tokens: TokenStream) -> Group {
    let mut group = Group::new(Delimiter::Brace, tokens);
    group.set_span(span);
    group
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
        || says_self(function.body.stream(), ITEMS) == Some(true)
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
