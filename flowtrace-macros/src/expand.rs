//! What a traced function becomes: its body in a closure, a call into the runtime before and one after.
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{AttrStyle, Result, ReturnType};

use crate::args::Args;
use crate::function::{self, Function};
use crate::params::{Binding, Param};
use crate::types;

/// Expands `#[trace(args)]` on `item`; where that can't be, the item stays as it is, so that the
/// error is the only one.
pub(crate) fn expand(args: TokenStream, item: &TokenStream) -> TokenStream {
    try_expand(args, item.clone()).unwrap_or_else(|error| {
        let error = error.to_compile_error();
        quote!(#error #item)
    })
}

fn try_expand(args: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let args = Args::parse(args)?;
    let mut function = Function::parse(item)?;
    let params = Param::take(&mut function.sig);
    args.check(&params)?;
    let body = if track_caller(&function) || types::returns_closure(&function.sig.output) {
        Body::Guarded
    } else if function.sig.asyncness.is_some() {
        Body::Async
    } else {
        Body::Sync
    };
    let body = Expansion { door: args.door(), args: &args, function: &function, params: &params }.body(body);
    let Function { attrs, vis, defaultness, sig, inner_attrs, brace, .. } = &function;
    let inner_attrs = inner_attrs.iter().cloned().map(|mut attr| {
        attr.style = AttrStyle::Outer;
        attr
    });
    let mut block = proc_macro2::Group::new(proc_macro2::Delimiter::Brace, body);
    block.set_span(*brace);
    Ok(quote!(#(#attrs)* #(#inner_attrs)* #vis #defaultness #sig #block))
}

fn track_caller(function: &Function) -> bool {
    function.sig.asyncness.is_none() && function.attrs.iter().any(|attr| attr.path().is_ident("track_caller"))
}

/// How the body is run.
#[derive(Clone, Copy)]
enum Body {
    /// In a closure.
    Sync,
    /// In an async block.
    Async,
    /// Where it is, since it would be another one elsewhere: only its end is noticed.
    Guarded,
}

struct Expansion<'a> {
    door: TokenStream,
    args: &'a Args,
    function: &'a Function,
    params: &'a [Param],
}

impl Expansion<'_> {
    fn body(&self, body: Body) -> TokenStream {
        let door = &self.door;
        let is_async = self.function.sig.asyncness.is_some();
        let span_type = if is_async { quote!(AsyncSpan) } else { quote!(Span) };
        let begin = if function::has_self(self.function) { quote!(begin_in::<Self>) } else { quote!(begin) };
        let callsite = self.callsite();
        let enter = quote_spanned! {Span::mixed_site()=>
            let __span = #door::#span_type::#begin({
                #callsite
                &CALLSITE
            });
            let __on = __span.is_on();
        };
        let run = match body {
            Body::Sync => self.sync_body(),
            Body::Async => self.async_body(),
            Body::Guarded => self.guarded_body(),
        };
        quote!(#enter #run)
    }

    fn sync_body(&self) -> TokenStream {
        let door = &self.door;
        let (prelude, body) = (self.prelude(), self.block());
        if types::is_never(&self.function.sig.output) {
            let body = &self.function.body;
            return quote_spanned! {Span::mixed_site()=>
                #door::call(__span, move || -> ! { #prelude #body })
            };
        }
        let (output, exit) = (self.output(), self.exit());
        quote_spanned! {Span::mixed_site()=>
            let __result = #door::call(__span, move || -> #output {
                #prelude
                let __result: #output = #body;
                #[allow(unreachable_code)]
                __result
            });
            #exit
            __result
        }
    }

    fn async_body(&self) -> TokenStream {
        let (prelude, body, exit) = (self.prelude(), self.block(), self.exit());
        if types::is_never(&self.function.sig.output) {
            return quote_spanned! {Span::mixed_site()=>
                let (__never, _) = __span
                    .follow(async move {
                        #prelude
                        let __never: ::core::convert::Infallible = #body;
                        #[allow(unreachable_code)]
                        __never
                    })
                    .await;
                match __never {}
            };
        }
        let output = self.output();
        quote_spanned! {Span::mixed_site()=>
            let (__result, __span) = __span
                .follow(async move {
                    // an async block can't name its type: this is how it is told
                    #[allow(unreachable_code, clippy::all, clippy::pedantic, clippy::nursery)]
                    if false {
                        let __never: #output = loop {};
                        return __never;
                    }
                    #prelude
                    let __result: #output = #body;
                    #[allow(unreachable_code)]
                    __result
                })
                .await;
            #exit
            __result
        }
    }

    fn guarded_body(&self) -> TokenStream {
        let door = &self.door;
        let prelude = self.prelude();
        let body = &self.function.body;
        if self.function.sig.asyncness.is_some() {
            return quote_spanned! {Span::mixed_site()=>
                let mut __span = __span;
                let __entered = __span.enter();
                #prelude
                #door::drop(__entered);
                let __guard = #door::AsyncGuard::new(__span);
                #body
            };
        }
        quote_spanned! {Span::mixed_site()=>
            #prelude
            let __guard = #door::Guard::new(__span);
            #body
        }
    }

    /// Shows the arguments and makes them the body's.
    fn prelude(&self) -> TokenStream {
        let site = Span::mixed_site();
        let door = &self.door;
        let simple = self.params.iter().all(Param::is_named);
        let mut index = 0_usize;
        let mut add = |param: &Param| {
            let shown = param.bindings().iter().filter(|binding| self.args.shows(&binding.ident));
            let adds = shown.map(|Binding { ident, cfg, nameless, .. }| {
                let kind = self.kind(&quote_spanned!(site=> #door::Probe::of(&#ident)), *nameless);
                let at = index;
                index += 1;
                quote_spanned!(site=> #(#cfg)* __args.add(#at, &#ident, #kind);)
            });
            adds.collect::<TokenStream>()
        };
        if simple {
            let adds: TokenStream = self.params.iter().map(&mut add).collect();
            let rebind = self.params.iter().map(Param::rebind);
            let import = if adds.is_empty() {
                TokenStream::new()
            } else {
                quote_spanned!(site=> use #door::probe::*;)
            };
            let mutability = if adds.is_empty() { None } else { Some(quote!(mut)) };
            return quote_spanned! {site=>
                if __on {
                    #import
                    let #mutability __args = #door::Args::begin();
                    #adds
                    __args.enter();
                }
                #(#rebind)*
            };
        }
        let steps = self.params.iter().map(|param| {
            let (destructure, adds, rebind) = (param.destructure(), add(param), param.rebind());
            let show = if adds.is_empty() {
                adds
            } else {
                quote_spanned! {site=>
                    if let ::core::option::Option::Some(__args) = &mut __args {
                        use #door::probe::*;
                        #adds
                    }
                }
            };
            quote!(#destructure #show #rebind)
        });
        let steps: TokenStream = steps.collect();
        quote_spanned! {site=>
            #[allow(unused_mut)]
            let mut __args = if __on {
                ::core::option::Option::Some(#door::Args::begin())
            } else {
                ::core::option::Option::None
            };
            #steps
            if let ::core::option::Option::Some(__args) = __args {
                __args.enter();
            }
        }
    }

    /// Shows the result.
    fn exit(&self) -> TokenStream {
        let site = Span::mixed_site();
        let door = &self.door;
        let exit = if self.args.skip_result { quote!(exit_hidden) } else { quote!(exit) };
        let output = &self.function.sig.output;
        let nameless = matches!(output, ReturnType::Type(_, ty) if types::borrows_dyn(ty));
        let exit = if types::may_be_result(output) {
            let ok = self.kind(&quote_spanned!(site=> __sides.ok), nameless);
            let err = self.kind(&quote_spanned!(site=> __sides.err), nameless);
            quote_spanned! {site=>
                let __sides = (&&#door::Probe::of(&__result)).flowtrace_sides();
                let __kind = __sides.both(#ok, #err);
                __span.#exit(&__result, __kind);
            }
        } else {
            let kind = self.kind(&quote_spanned!(site=> #door::Probe::of(&__result)), nameless);
            quote_spanned!(site=> __span.#exit(&__result, #kind);)
        };
        quote_spanned! {site=>
            if __on {
                use #door::probe::*;
                #exit
            }
        }
    }

    /// Finds out how values are shown of the type that `probe` stands for.
    fn kind(&self, probe: &TokenStream, nameless: bool) -> TokenStream {
        let door = &self.door;
        if nameless {
            quote_spanned!(Span::mixed_site()=> #door::AsName)
        } else {
            quote_spanned!(Span::mixed_site()=> (&&&&&#probe).flowtrace_kind())
        }
    }

    fn callsite(&self) -> TokenStream {
        let site = Span::mixed_site();
        let door = &self.door;
        let name = match &self.args.name {
            Some(name) => name.value(),
            None => self.function.sig.ident.unraw().to_string(),
        };
        let tail = format!("\",\"function\":\"{}\"", escape(&name));
        let bindings = || self.params.iter().flat_map(Param::bindings).filter(|b| self.args.shows(&b.ident));
        let names = bindings().map(Binding::name);
        let secret = bindings().take(64).enumerate();
        let secret =
            secret.filter(|(_, b)| self.args.redacts(&b.ident)).fold(0_u64, |bits, (i, _)| bits | 1 << i);
        quote_spanned! {site=>
            static CALLSITE: #door::Callsite = #door::Callsite::new(
                #door::concat!(",\"module\":\"", #door::module_path!(), #tail),
                #door::module_path!(),
                #name,
                &[#(#names),*],
                #secret,
            );
        }
    }

    /// The user's body, in the user's braces.
    ///
    /// An arm of a match is, as a function's body is, where the temporaries of its last expression end:
    /// before the arguments do. And clippy finds nothing wrong with one that never ends.
    fn block(&self) -> TokenStream {
        let mut block = proc_macro2::Group::new(proc_macro2::Delimiter::Brace, self.function.body.clone());
        block.set_span(self.function.brace);
        quote_spanned!(Span::mixed_site()=> match () { () => #block })
    }

    /// The return type, in a place where `impl Trait` can't stand.
    fn output(&self) -> TokenStream {
        match &self.function.sig.output {
            ReturnType::Default => quote_spanned!(Span::mixed_site()=> ()),
            ReturnType::Type(_, ty) => {
                let mut ty = (**ty).clone();
                types::erase_impl(&mut ty);
                ty.into_token_stream()
            }
        }
    }
}

/// For the inside of a JSON string.
fn escape(name: &str) -> String {
    let escaped = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    name.chars().map(escaped).collect()
}

#[cfg(test)]
#[path = "expand_tests.rs"]
mod tests;
