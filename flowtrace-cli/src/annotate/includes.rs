//! Literal paths to files, which are read from elsewhere.
use std::path::Path;

use proc_macro2::{Delimiter, Group, Literal, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::visit::{self, Visit};

use super::edit::Edit;
use super::rewrite::{Include, NamedBy, Rules};

/// An edit for each literal path in `file` that the rules have another one for.
pub(super) fn edits(file: &syn::File, rules: &Rules) -> Vec<Edit> {
    let mut finder = Literals { rules, modules: Vec::new(), edits: Vec::new() };
    // in tokens, since such a macro may stand in another one's arguments or in an attribute's
    finder.macros(file.to_token_stream());
    finder.visit_file(file);
    finder.edits
}

struct Literals<'a> {
    rules: &'a Rules<'a>,
    /// The inline modules around.
    modules: Vec<String>,
    edits: Vec<Edit>,
}

impl Literals<'_> {
    fn macros(&mut self, tokens: TokenStream) {
        let (mut name, mut bang) = (false, false);
        for token in tokens {
            if let TokenTree::Group(group) = &token {
                match literal_in(group).filter(|_| name && bang) {
                    Some(literal) => self.replace(&literal, NamedBy::Macro),
                    None => self.macros(group.stream()),
                }
            }
            bang = name && matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '!');
            let names = ["include", "include_str", "include_bytes"];
            name =
                bang || matches!(&token, TokenTree::Ident(ident) if names.iter().any(|name| ident == name));
        }
    }

    fn replace(&mut self, literal: &Literal, by: NamedBy) {
        let Ok(text) = syn::parse2::<syn::LitStr>(TokenTree::from(literal.clone()).into()) else { return };
        let include = Include { path: text.value(), by };
        if Path::new(&include.path).is_absolute() {
            return;
        }
        if let Some(path) = (self.rules.file)(&include) {
            self.edits.push(Edit { range: literal.span().byte_range(), text: format!("{path:?}") });
        }
    }
}

impl<'ast> Visit<'ast> for Literals<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.content.is_none() {
            for attr in &item.attrs {
                if let Some(literal) = path_of(attr) {
                    self.replace(&literal, NamedBy::Attribute(self.modules.clone()));
                }
            }
        }
        self.modules.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.modules.pop();
    }
}

/// The literal of `#[path = "…"]`, also where it is for some configurations alone.
fn path_of(attr: &syn::Attribute) -> Option<Literal> {
    let tokens: Vec<TokenTree> = match &attr.meta {
        syn::Meta::NameValue(pair) => pair.to_token_stream().into_iter().collect(),
        syn::Meta::List(list) if list.path.is_ident("cfg_attr") => list.tokens.clone().into_iter().collect(),
        _ => return None,
    };
    tokens.windows(3).find_map(|window| match window {
        [TokenTree::Ident(name), TokenTree::Punct(equals), TokenTree::Literal(literal)]
            if name == "path" && equals.as_char() == '=' =>
        {
            Some(literal.clone())
        }
        _ => None,
    })
}

/// The literal that is all there is in `group`.
fn literal_in(group: &Group) -> Option<Literal> {
    let mut tokens = group.stream().into_iter();
    let TokenTree::Literal(literal) = tokens.next()? else { return None };
    let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    (tokens.all(|token| is_end(&token)) && group.delimiter() != Delimiter::None).then_some(literal)
}
