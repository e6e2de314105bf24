//! `#[trace]`, on a function or an `impl`, become `#[tracing::instrument]` with all that is skipped and the result.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::{ToTokens, quote};
use syn::{Attribute, FnArg, GenericParam, ImplItem, Item, Meta, Signature, parse_macro_input, parse_quote};

#[proc_macro_attribute]
pub fn trace(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut item = parse_macro_input!(item as Item);
    match &mut item {
        Item::Fn(function) => {
            let attribute = instrument(&options.into(), &function.sig);
            function.attrs.extend(attribute);
        }
        Item::Impl(block) => {
            for item in &mut block.items {
                let ImplItem::Fn(function) = item else { continue };
                let own = function.attrs.iter().position(|attribute| attribute.path().is_ident("trace"));
                let options = own.map(|index| options_of(&function.attrs.remove(index)));
                let attribute = instrument(&options.unwrap_or_default(), &function.sig);
                function.attrs.extend(attribute);
            }
        }
        _ => {}
    }
    item.into_token_stream().into()
}

fn options_of(attribute: &Attribute) -> Tokens {
    match &attribute.meta {
        Meta::List(list) => list.tokens.clone(),
        _ => Tokens::new(),
    }
}

/// What needs bounds that the service does not ask for (generic results, closures) is left out; so is `self`, as
/// flowtrace does.
fn instrument(options: &Tokens, signature: &Signature) -> Option<Attribute> {
    let text = options.to_string();
    if text == "off" {
        return None;
    }
    let skipped = text.strip_prefix("skip").map(|list| list.trim().trim_matches(['(', ')']).to_owned());
    let mut skipped: Tokens = skipped.unwrap_or_default().parse().expect("names");
    if !skipped.is_empty() {
        skipped.extend(quote!(,));
    }
    if signature.inputs.iter().any(|argument| matches!(argument, FnArg::Receiver(_))) {
        skipped.extend(quote!(self,));
    }
    let generic = signature.generics.params.iter().any(|param| matches!(param, GenericParam::Type(_)));
    Some(if generic {
        let shown = signature.inputs.iter().any(|argument| quote!(#argument).to_string().starts_with("key "));
        let fields = shown.then(|| quote!(, fields(key = ?key)));
        parse_quote!(#[::tracing::instrument(skip_all #fields)])
    } else {
        parse_quote!(#[::tracing::instrument(skip(#skipped), ret(Debug))])
    })
}
