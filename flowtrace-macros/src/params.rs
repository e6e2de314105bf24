//! A function's parameters: what the trace shows of them, and how they reach the body.
//!
//! The body runs in a closure. Parameters are bound once more inside of it, one after the other, so
//! that they are dropped in the order in which a function drops its own.
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Attribute, FnArg, Ident, Meta, Pat, PatIdent, Signature, Token, Type};

use crate::types;

/// One parameter.
pub(crate) struct Param {
    /// `#[cfg]`, which holds for all that is said of the parameter.
    cfg: Vec<Attribute>,
    /// Lint attributes, which belong where the body's name for it is bound.
    lints: Vec<Attribute>,
    kind: Kind,
}

enum Kind {
    Receiver(Token![self]),
    /// `name: T` or `mut name: T`, which keeps its name in the signature, for rustdoc.
    Name(Binding),
    /// Any other pattern. In the signature it is called `hidden`.
    Pattern {
        pat: Pat,
        hidden: Ident,
        bindings: Vec<Binding>,
    },
    /// `NAME: T`: a variable, or a unit struct or constant that is matched and binds nothing. It is shown
    /// while it is called `hidden`, so that the name is said where a function says it and nowhere else.
    Upper {
        pat: Pat,
        hidden: Ident,
        binding: Binding,
    },
}

/// A name that the body can use.
pub(crate) struct Binding {
    pub(crate) ident: Ident,
    /// What the value is called when it is shown.
    pub(crate) shown: Ident,
    mutability: Option<Token![mut]>,
    /// `#[cfg]` of the field it is bound to, and of the parameter.
    pub(crate) cfg: Vec<Attribute>,
    /// Only the name of its type can be shown.
    pub(crate) nameless: bool,
    /// Its type can be shown for certain.
    pub(crate) is_plain: bool,
    /// Its type is called `Result`.
    pub(crate) is_result: bool,
}

impl Param {
    /// Takes the parameters of a function, and leaves simple names in their place.
    pub(crate) fn take(sig: &mut Signature) -> Vec<Self> {
        sig.inputs.iter_mut().enumerate().map(|(i, arg)| Self::take_one(i, arg)).collect()
    }

    fn take_one(index: usize, arg: &mut FnArg) -> Self {
        let typed = match arg {
            FnArg::Receiver(receiver) => {
                let cfg = Attributes::sort(receiver.attrs.clone()).cfg;
                return Self { cfg, lints: Vec::new(), kind: Kind::Receiver(receiver.self_token) };
            }
            FnArg::Typed(typed) => typed,
        };
        let Attributes { cfg, lints, kept } = Attributes::sort(std::mem::take(&mut typed.attrs));
        typed.attrs = kept;
        let hidden = format_ident!("__arg{index}", span = Span::mixed_site());
        let pat = std::mem::replace(&mut *typed.pat, syn::parse_quote!(#hidden));
        let kind = match pat {
            Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() && !is_constant(&name) => {
                let is_result = types::is_result(&typed.ty);
                let binding = Binding { is_result, ..Binding::new(&name, &cfg, &typed.ty) };
                *typed.pat = Pat::Ident(PatIdent { mutability: None, ..name });
                Kind::Name(binding)
            }
            Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => {
                let binding = Binding { shown: hidden.clone(), ..Binding::new(&name, &cfg, &typed.ty) };
                Kind::Upper { pat: Pat::Ident(name), hidden, binding }
            }
            pat => {
                let mut bindings = Vec::new();
                collect(&pat, &cfg, &typed.ty, &mut bindings);
                Kind::Pattern { pat, hidden, bindings }
            }
        };
        Self { cfg, lints, kind }
    }

    /// Whether its names are there before it is bound in the body.
    pub(crate) fn is_named(&self) -> bool {
        matches!(self.kind, Kind::Name(_) | Kind::Receiver(_))
    }

    /// The names that the body can use for it, `self` excepted.
    pub(crate) fn bindings(&self) -> &[Binding] {
        match &self.kind {
            Kind::Receiver(_) => &[],
            Kind::Name(name) => std::slice::from_ref(name),
            Kind::Pattern { bindings, .. } => bindings,
            Kind::Upper { binding, .. } => std::slice::from_ref(binding),
        }
    }

    /// Makes a pattern's bindings, for the trace to look at; [`Param::rebind`] makes them the body's.
    pub(crate) fn destructure(&self) -> TokenStream {
        let site = Span::mixed_site();
        let cfg = &self.cfg;
        match &self.kind {
            Kind::Receiver(_) | Kind::Name(_) => TokenStream::new(),
            Kind::Pattern { pat, hidden, .. } => {
                // what the pattern leaves over is dropped when its turn comes, so it has to be inside
                let mutability = borrows_mut(pat.to_token_stream()).then(|| quote_spanned!(site=> mut));
                let whole = leaves_rest(pat)
                    .then(|| quote_spanned!(site=> #(#cfg)* let #mutability #hidden = #hidden;));
                quote_spanned!(site=> #whole #(#cfg)* let #pat = #hidden;)
            }
            Kind::Upper { hidden, .. } => quote_spanned!(site=> #(#cfg)* let #hidden = #hidden;),
        }
    }

    /// Makes the parameter the body's own.
    pub(crate) fn rebind(&self) -> TokenStream {
        let site = Span::mixed_site();
        let Self { cfg, lints, .. } = self;
        match &self.kind {
            // the whole of it moves in, even if the body uses a part
            Kind::Receiver(this) => quote_spanned!(site=> #(#cfg)* let _ = &#this;),
            Kind::Name(binding @ Binding { ident, mutability, .. }) => {
                let quiet = binding.is_unused().then(unused);
                quote_spanned!(site=> #(#cfg)* #(#lints)* #quiet let #mutability #ident = #ident;)
            }
            Kind::Pattern { bindings, .. } => {
                // bound once more, so that lints say of each name what the body does with it: of one called `_x`
                // they say nothing, and what they say of `mut` holds for the pattern's own binding alone
                let lets =
                    bindings.iter().filter(|binding| !binding.is_unused() && binding.mutability.is_none());
                let lets = lets.map(|Binding { ident, cfg, .. }| {
                    quote_spanned!(site=> #(#cfg)* #(#lints)* let #ident = #ident;)
                });
                quote!(#(#lets)*)
            }
            Kind::Upper { pat, hidden, .. } => quote_spanned!(site=> #(#cfg)* #(#lints)* let #pat = #hidden;),
        }
    }
}

impl Binding {
    fn new(name: &PatIdent, cfg: &[Attribute], ty: &Type) -> Self {
        let mutability = if name.by_ref.is_some() { None } else { name.mutability };
        let nameless = types::borrows_dyn(ty);
        Self {
            ident: name.ident.clone(),
            shown: name.ident.clone(),
            mutability,
            cfg: cfg.to_vec(),
            nameless,
            is_plain: types::is_plain(ty),
            is_result: false,
        }
    }

    /// Whether its name says that the body has no use for it.
    pub(crate) fn is_unused(&self) -> bool {
        self.shown.to_string().starts_with('_') && self.shown == self.ident
    }

    /// Its name in the trace.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }
}

/// A parameter's attributes, by where they belong.
#[derive(Default)]
struct Attributes {
    /// `#[cfg]`: on all that is said of the parameter.
    cfg: Vec<Attribute>,
    /// On the body's binding.
    lints: Vec<Attribute>,
    /// On the parameter, `#[cfg]` among them.
    kept: Vec<Attribute>,
}

impl Attributes {
    fn sort(attrs: Vec<Attribute>) -> Self {
        let mut sorted = Self::default();
        for attr in attrs.into_iter().flat_map(split_cfg_attr) {
            if says(&attr, &["allow", "expect", "warn", "deny", "forbid"]) {
                sorted.lints.push(attr);
                continue;
            }
            if says(&attr, &["cfg"]) {
                sorted.cfg.push(attr.clone());
            }
            sorted.kept.push(attr);
        }
        sorted
    }
}

/// Whether the attribute, or the one that a `cfg_attr` holds, has one of the names.
fn says(attr: &Attribute, names: &[&str]) -> bool {
    let is = |path: &syn::Path| names.iter().any(|name| path.is_ident(name));
    match CfgAttr::read(attr) {
        Some(CfgAttr { inner, .. }) => inner.iter().any(|meta| is(meta.path())),
        None => is(attr.path()),
    }
}

/// `#[cfg_attr(predicate, inner, …)]`.
struct CfgAttr {
    predicate: TokenStream,
    inner: Punctuated<Meta, Token![,]>,
}

impl CfgAttr {
    fn read(attr: &Attribute) -> Option<Self> {
        if !attr.path().is_ident("cfg_attr") {
            return None;
        }
        let parser = |input: ParseStream<'_>| {
            let mut predicate = TokenStream::new();
            while !input.peek(Token![,]) {
                input.parse::<TokenTree>()?.to_tokens(&mut predicate);
            }
            input.parse::<Token![,]>()?;
            Ok(Self { predicate, inner: Punctuated::parse_terminated(input)? })
        };
        attr.parse_args_with(parser).ok()
    }
}

/// One `cfg_attr` for each attribute that it holds.
fn split_cfg_attr(attr: Attribute) -> Vec<Attribute> {
    match CfgAttr::read(&attr) {
        Some(CfgAttr { predicate, inner }) if inner.len() > 1 => {
            inner.into_iter().map(|meta| syn::parse_quote!(#[cfg_attr(#predicate, #meta)])).collect()
        }
        _ => vec![attr],
    }
}

/// Lets generated code use a name that says it has no use.
pub(crate) fn unused() -> TokenStream {
    quote!(#[allow(clippy::used_underscore_binding, clippy::no_effect_underscore_binding)])
}

/// Whether a pattern leaves something in the value that it takes apart, were it only a borrow.
fn leaves_rest(pat: &Pat) -> bool {
    let any = |pats: &Punctuated<Pat, Token![,]>| pats.is_empty() || pats.iter().any(leaves_rest);
    match pat {
        Pat::Ident(name) => name.by_ref.is_some() || name.subpat.is_some() || is_constant(name),
        Pat::Paren(paren) => leaves_rest(&paren.pat),
        // a reference is copied
        Pat::Reference(_) => false,
        Pat::Slice(slice) => any(&slice.elems),
        Pat::Struct(fields) => {
            let of_fields = || fields.fields.iter().any(|field| leaves_rest(&field.pat));
            fields.rest.is_some() || fields.fields.is_empty() || of_fields()
        }
        Pat::Tuple(tuple) => any(&tuple.elems),
        Pat::TupleStruct(tuple) => any(&tuple.elems),
        Pat::Type(typed) => leaves_rest(&typed.pat),
        _ => true,
    }
}

/// Whether a pattern says `ref mut`.
fn borrows_mut(tokens: TokenStream) -> bool {
    let mut after_ref = false;
    for token in tokens {
        match &token {
            TokenTree::Group(group) if borrows_mut(group.stream()) => return true,
            TokenTree::Ident(ident) if ident == "mut" && after_ref => return true,
            _ => {}
        }
        after_ref = matches!(&token, TokenTree::Ident(ident) if ident == "ref");
    }
    false
}

/// All names that a pattern binds, in their order.
fn collect(pat: &Pat, cfg: &[Attribute], ty: &Type, out: &mut Vec<Binding>) {
    match pat {
        Pat::Ident(name) => {
            // a name in upper case is a constant or a unit struct, and binds nothing
            if name.subpat.is_some() || !is_constant(name) {
                out.push(Binding::new(name, cfg, ty));
            }
            if let Some((_, pat)) = &name.subpat {
                collect(pat, cfg, ty, out);
            }
        }
        // each case of an or-pattern binds the same names
        Pat::Or(or) => or.cases.iter().take(1).for_each(|pat| collect(pat, cfg, ty, out)),
        Pat::Paren(paren) => collect(&paren.pat, cfg, ty, out),
        Pat::Reference(reference) => collect(&reference.pat, cfg, ty, out),
        Pat::Slice(slice) => slice.elems.iter().for_each(|pat| collect(pat, cfg, ty, out)),
        Pat::Struct(fields) => {
            for field in &fields.fields {
                let own = Attributes::sort(field.attrs.clone()).cfg;
                let cfg: Vec<_> = cfg.iter().cloned().chain(own).collect();
                collect(&field.pat, &cfg, ty, out);
            }
        }
        Pat::Tuple(tuple) => tuple.elems.iter().for_each(|pat| collect(pat, cfg, ty, out)),
        Pat::TupleStruct(tuple) => tuple.elems.iter().for_each(|pat| collect(pat, cfg, ty, out)),
        Pat::Type(typed) => collect(&typed.pat, cfg, ty, out),
        _ => {}
    }
}

/// Whether the name could be that of a constant or a unit struct.
fn is_constant(name: &PatIdent) -> bool {
    name.mutability.is_none() && name.ident.unraw().to_string().starts_with(char::is_uppercase)
}
