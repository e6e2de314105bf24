//! A function's parameters: what the trace shows of them, and how they reach the body.
//!
//! The body runs in a closure. Parameters are bound once more inside of it, one after the other, so
//! that they are dropped in the order in which a function drops its own.
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Attribute, FnArg, Ident, Pat, PatIdent, Signature, Token, Type};

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
}

/// A name that the body can use.
pub(crate) struct Binding {
    pub(crate) ident: Ident,
    mutability: Option<Token![mut]>,
    /// `#[cfg]` of the field it is bound to, and of the parameter.
    pub(crate) cfg: Vec<Attribute>,
    /// Only the name of its type can be shown.
    pub(crate) nameless: bool,
}

impl Param {
    /// Takes the parameters of a function, and leaves simple names in their place.
    pub(crate) fn take(sig: &mut Signature) -> Vec<Self> {
        sig.inputs.iter_mut().enumerate().map(|(i, arg)| Self::take_one(i, arg)).collect()
    }

    fn take_one(index: usize, arg: &mut FnArg) -> Self {
        let typed = match arg {
            FnArg::Receiver(receiver) => {
                let cfg = cfg_of(&receiver.attrs);
                return Self { cfg, lints: Vec::new(), kind: Kind::Receiver(receiver.self_token) };
            }
            FnArg::Typed(typed) => typed,
        };
        let cfg = cfg_of(&typed.attrs);
        let (lints, others) = std::mem::take(&mut typed.attrs).into_iter().partition(is_lint);
        typed.attrs = others;
        let nameless = types::borrows_dyn(&typed.ty);
        let kind = match &mut *typed.pat {
            Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => {
                let mutability = name.mutability.take();
                Kind::Name(Binding { ident: name.ident.clone(), mutability, cfg: cfg.clone(), nameless })
            }
            pat => {
                let hidden = format_ident!("__arg{index}", span = Span::mixed_site());
                let mut bindings = Vec::new();
                collect(pat, &cfg, &typed.ty, &mut bindings);
                let pat = std::mem::replace(pat, syn::parse_quote!(#hidden));
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
        }
    }

    /// Makes a pattern's bindings, for the trace to look at; [`Param::rebind`] makes them the body's.
    pub(crate) fn destructure(&self) -> TokenStream {
        let Kind::Pattern { pat, hidden, .. } = &self.kind else { return TokenStream::new() };
        let cfg = &self.cfg;
        quote_spanned! {Span::mixed_site()=>
            #(#cfg)* #[allow(unused_mut)] let mut #hidden = #hidden;
            #(#cfg)* #[allow(unused_mut)] let #pat = #hidden;
        }
    }

    /// Makes the parameter the body's own.
    pub(crate) fn rebind(&self) -> TokenStream {
        let site = Span::mixed_site();
        if let Kind::Receiver(this) = &self.kind {
            // the whole of it moves in, even if the body uses a part
            let cfg = &self.cfg;
            return quote_spanned!(site=> #(#cfg)* let _ = &#this;);
        }
        let lints = &self.lints;
        let lets = self.bindings().iter().map(|Binding { ident, mutability, cfg, .. }| {
            quote_spanned!(site=> #(#cfg)* #(#lints)* let #mutability #ident = #ident;)
        });
        quote!(#(#lets)*)
    }
}

impl Binding {
    fn new(name: &PatIdent, cfg: &[Attribute], ty: &Type) -> Self {
        let mutability = if name.by_ref.is_some() { None } else { name.mutability };
        let nameless = types::borrows_dyn(ty);
        Self { ident: name.ident.clone(), mutability, cfg: cfg.to_vec(), nameless }
    }

    /// Its name in the trace.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }
}

fn cfg_of(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs.iter().filter(|attr| is_cfg(attr)).cloned().collect()
}

/// `cfg_attr` may hold a `cfg`; what else it may hold does no harm where `cfg` goes.
fn is_cfg(attr: &Attribute) -> bool {
    attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr")
}

fn is_lint(attr: &Attribute) -> bool {
    ["allow", "expect", "warn", "deny", "forbid"].iter().any(|lint| attr.path().is_ident(lint))
}

/// All names that a pattern binds, in their order.
fn collect(pat: &Pat, cfg: &[Attribute], ty: &Type, out: &mut Vec<Binding>) {
    match pat {
        Pat::Ident(name) => {
            // a name in upper case is a constant or a unit struct, and binds nothing
            if name.subpat.is_some() || !is_constant(&name.ident) {
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
                let cfg: Vec<_> = cfg.iter().cloned().chain(cfg_of(&field.attrs)).collect();
                collect(&field.pat, &cfg, ty, out);
            }
        }
        Pat::Tuple(tuple) => tuple.elems.iter().for_each(|pat| collect(pat, cfg, ty, out)),
        Pat::TupleStruct(tuple) => tuple.elems.iter().for_each(|pat| collect(pat, cfg, ty, out)),
        Pat::Type(typed) => collect(&typed.pat, cfg, ty, out),
        _ => {}
    }
}

fn is_constant(name: &Ident) -> bool {
    name.to_token_stream().to_string().starts_with(char::is_uppercase)
}
