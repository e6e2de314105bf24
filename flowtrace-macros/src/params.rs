//! A function's parameters: what the trace shows of them, and how they reach the body.
//!
//! The body runs in a closure. Parameters are bound once more inside of it, one after the other, so
//! that they are dropped in the order in which a function drops its own.
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Attribute, FnArg, Ident, Pat, PatIdent, Signature};

/// One parameter.
pub(crate) struct Param {
    /// `#[cfg]`, which holds for all that is said of the parameter.
    cfg: Vec<Attribute>,
    /// Lint attributes, which belong where the body's name for it is bound.
    lints: Vec<Attribute>,
    kind: Kind,
}

enum Kind {
    Receiver(syn::token::SelfValue),
    /// `name: T` or `mut name: T`, which keeps its name in the signature, for rustdoc.
    Name(PatIdent),
    /// Any other pattern. In the signature it is called `hidden`.
    Pattern {
        pat: Pat,
        hidden: Ident,
        bindings: Vec<PatIdent>,
    },
}

impl Param {
    /// Takes the parameters of a function, and leaves simple names in their place.
    pub(crate) fn take(sig: &mut Signature) -> Vec<Self> {
        sig.inputs.iter_mut().enumerate().map(|(i, arg)| Self::take_one(i, arg)).collect()
    }

    fn take_one(index: usize, arg: &mut FnArg) -> Self {
        let typed = match arg {
            FnArg::Receiver(receiver) => {
                let cfg = receiver.attrs.iter().filter(|attr| is_cfg(attr)).cloned().collect();
                return Self { cfg, lints: Vec::new(), kind: Kind::Receiver(receiver.self_token) };
            }
            FnArg::Typed(typed) => typed,
        };
        let cfg = typed.attrs.iter().filter(|attr| is_cfg(attr)).cloned().collect();
        let (lints, others) = std::mem::take(&mut typed.attrs).into_iter().partition(is_lint);
        typed.attrs = others;
        let kind = match &mut *typed.pat {
            Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => {
                let name_in_body = name.clone();
                name.mutability = None;
                Kind::Name(name_in_body)
            }
            pat => {
                let hidden = format_ident!("__arg{index}", span = Span::mixed_site());
                let mut bindings = Vec::new();
                collect(pat, &mut bindings);
                let pat = std::mem::replace(pat, syn::parse_quote!(#hidden));
                Kind::Pattern { pat, hidden, bindings }
            }
        };
        Self { cfg, lints, kind }
    }

    /// The names that the body can use for it, `self` excepted.
    pub(crate) fn names(&self) -> impl Iterator<Item = Ident> {
        let bindings = match &self.kind {
            Kind::Receiver(_) => &[],
            Kind::Name(name) => std::slice::from_ref(name),
            Kind::Pattern { bindings, .. } => bindings.as_slice(),
        };
        bindings.iter().map(|binding| binding.ident.unraw())
    }

    /// Whether its names are there before it is bound in the body.
    pub(crate) fn is_named(&self) -> bool {
        matches!(self.kind, Kind::Name(_) | Kind::Receiver(_))
    }

    /// The bindings that the trace can show.
    pub(crate) fn bindings(&self) -> &[PatIdent] {
        match &self.kind {
            Kind::Receiver(_) => &[],
            Kind::Name(name) => std::slice::from_ref(name),
            Kind::Pattern { bindings, .. } => bindings,
        }
    }

    pub(crate) fn cfg(&self) -> &[Attribute] {
        &self.cfg
    }

    /// Makes a pattern's bindings, for the trace to look at; [`Param::rebind`] makes them the body's.
    pub(crate) fn destructure(&self) -> TokenStream {
        let Kind::Pattern { pat, hidden, .. } = &self.kind else { return TokenStream::new() };
        let cfg = &self.cfg;
        quote_spanned! {Span::mixed_site()=>
            #(#cfg)* let #hidden = #hidden;
            #(#cfg)* #[allow(unused_mut)] let #pat = #hidden;
        }
    }

    /// Makes the parameter the body's own.
    pub(crate) fn rebind(&self) -> TokenStream {
        let site = Span::mixed_site();
        let Self { cfg, lints, .. } = self;
        match &self.kind {
            // the whole of it moves in, even if the body uses a part
            Kind::Receiver(this) => quote_spanned!(site=> #(#cfg)* let _ = &#this;),
            Kind::Name(_) | Kind::Pattern { .. } => {
                let lets = self.bindings().iter().map(|PatIdent { by_ref, mutability, ident, .. }| {
                    let mutability = if by_ref.is_some() { &None } else { mutability };
                    quote_spanned!(site=> #(#cfg)* #(#lints)* let #mutability #ident = #ident;)
                });
                quote!(#(#lets)*)
            }
        }
    }
}

fn is_cfg(attr: &Attribute) -> bool {
    attr.path().is_ident("cfg")
}

fn is_lint(attr: &Attribute) -> bool {
    ["allow", "expect", "warn", "deny", "forbid"].iter().any(|lint| attr.path().is_ident(lint))
}

/// All names that a pattern binds, in their order.
fn collect(pat: &Pat, out: &mut Vec<PatIdent>) {
    match pat {
        Pat::Ident(name) => {
            // a name in upper case is a constant or a unit struct, and binds nothing
            if name.subpat.is_some() || !is_constant(&name.ident) {
                out.push(name.clone());
            }
            if let Some((_, pat)) = &name.subpat {
                collect(pat, out);
            }
        }
        // each case of an or-pattern binds the same names
        Pat::Or(or) => or.cases.iter().take(1).for_each(|pat| collect(pat, out)),
        Pat::Paren(paren) => collect(&paren.pat, out),
        Pat::Reference(reference) => collect(&reference.pat, out),
        Pat::Slice(slice) => slice.elems.iter().for_each(|pat| collect(pat, out)),
        Pat::Struct(fields) => fields.fields.iter().for_each(|field| collect(&field.pat, out)),
        Pat::Tuple(tuple) => tuple.elems.iter().for_each(|pat| collect(pat, out)),
        Pat::TupleStruct(tuple) => tuple.elems.iter().for_each(|pat| collect(pat, out)),
        Pat::Type(typed) => collect(&typed.pat, out),
        _ => {}
    }
}

fn is_constant(name: &Ident) -> bool {
    name.to_token_stream().to_string().starts_with(char::is_uppercase)
}
