//! The new body of a traced function: one static, a call in, the old body in a closure, a call out.
//!
//! Methods of the runtime are called by their paths, since a trait of the user may have a method of the
//! same name for every type there is. Nothing here needs an `#[allow]`, which a crate could forbid.
pub(crate) mod callsite;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ReturnType;
use syn::spanned::Spanned as _;

use crate::args::Args;
use crate::function::{self, Function};
use crate::params::{self, Binding, Param};
use crate::{tail, types};

/// How the body is run.
enum Kind {
    /// In a closure.
    Sync,
    /// In a closure, and it never returns.
    Never,
    /// In a closure, and the future that it returns is what is traced.
    Future,
    /// In an async block.
    Async,
    /// In an async block, and it never returns.
    AsyncNever,
    /// Where it is, since it would be another one elsewhere: only its end is noticed.
    Guarded,
    /// The same of an async function.
    AsyncGuarded,
}

/// A function's body, about to be written.
pub(crate) struct Body<'a> {
    door: TokenStream,
    args: &'a Args,
    function: &'a Function,
    params: &'a [Param],
    in_type: bool,
    kind: Kind,
}

impl<'a> Body<'a> {
    /// `in_type` says that the function is known to have a `Self`.
    pub(crate) fn new(args: &'a Args, function: &'a Function, params: &'a [Param], in_type: bool) -> Self {
        let output = &function.sig.output;
        let sees_caller = function.attrs.iter().any(|attr| attr.path().is_ident("track_caller"));
        let old = || function.body.stream();
        let is_opaque = types::holds_impl(output);
        // without a result, nothing would tell the compiler the type of an `impl Trait`
        let is_never = types::is_never(output) || (is_opaque && tail::is_unfinished(old()));
        let is_closure = types::returns_closure(output) || (is_opaque && tail::is_closure(old()));
        let kind = match function.sig.asyncness.is_some() {
            true if is_closure => Kind::AsyncGuarded,
            true if is_never => Kind::AsyncNever,
            true => Kind::Async,
            false if sees_caller || is_closure => Kind::Guarded,
            false if is_never => Kind::Never,
            false if types::is_impl_future(output) => Kind::Future,
            false => Kind::Sync,
        };
        Self { door: args.door(Span::mixed_site()), args, function, params, in_type, kind }
    }

    /// Writes it.
    pub(crate) fn write(&self) -> TokenStream {
        let site = Span::mixed_site();
        let door = &self.door;
        let begin = if self.in_type { quote!(begin_in::<Self>) } else { quote!(begin) };
        let callsite = self.callsite();
        let begin = match self.kind {
            // a future keeps what is borrowed, so the span is asked when it is made
            Kind::Async | Kind::AsyncNever | Kind::AsyncGuarded => quote_spanned! {site=>
                let (__span, __on) = #door::AsyncSpan::#begin(#callsite);
            },
            _ => quote_spanned! {site=>
                let __span = #door::Span::#begin(#callsite);
                let __on = #door::Span::is_on(__span);
            },
        };
        let run = self.run();
        let open_door = self.args.open_door();
        quote!(#open_door #begin #run)
    }

    fn run(&self) -> TokenStream {
        let site = Span::mixed_site();
        let door = &self.door;
        let prelude = self.prelude();
        let old = self.function.body.stream();
        let call = if self.is_unwound() { quote!(call_through) } else { quote!(call) };
        match &self.kind {
            Kind::Sync => {
                let (output, block, exit) = (self.output(), self.block(), self.exit());
                let receiver = self.receiver();
                // the return that is never made unites the type of what the body returns with the function's, so that
                // an `impl Trait` there makes known what the body left open, as in `vec![]`
                quote_spanned! {site=>
                    let __returned = #door::Type::unknown();
                    if false {
                        return #door::Type::known(&__returned);
                    }
                    #door::#call(__span, __returned, || -> #output { #receiver #prelude #block }, |__result| { #exit })
                }
            }
            Kind::Never => {
                // where the body ends after all, the error is at its own braces
                let receiver = self.receiver();
                let body = function::braces(self.function.body.span(), quote!(#receiver #prelude #old));
                let output = self.output();
                quote_spanned!(site=> #door::#call(__span, #door::Type::unknown(), || -> #output #body, |_| {}))
            }
            Kind::Future => {
                let block = self.block();
                let kind = self.result_kind(self.result_site(), self.nameless());
                let show = !self.args.skip_result;
                // the early return makes known what the bound says of the output
                quote_spanned! {site=>
                    let __future = #door::#call(__span, #door::Type::unknown(), move || { #prelude #block }, |_| {});
                    let __whole = #door::ReturnedFuture::of(&__future).flowtrace_whole();
                    if false {
                        return __whole.flowtrace_type(__future);
                    }
                    let __output = &__whole.output;
                    let __kind = #kind;
                    __whole.flowtrace_exit(__span, __future, __kind, #show)
                }
            }
            Kind::Async => {
                let (output, block, exit) = (self.output(), self.block(), self.async_exit());
                // an async block can't say its type: this is how it is told
                quote_spanned! {site=>
                    let __returned = #door::Type::unknown();
                    if false {
                        return #door::Type::known(&__returned);
                    }
                    #door::AsyncSpan::follow(
                        __span,
                        __returned,
                        async move {
                            if false {
                                return #door::never::<#output>();
                            }
                            #prelude
                            #block
                        },
                        |__span, __result| { #exit },
                    )
                    .await
                }
            }
            Kind::AsyncNever => {
                let block = self.block();
                quote_spanned! {site=>
                    let __never = #door::AsyncSpan::follow(
                        __span,
                        #door::Type::unknown(),
                        async move {
                            if false {
                                return #door::never::<#door::Never>();
                            }
                            #prelude
                            #block
                        },
                        |_, _| {},
                    )
                    .await;
                    match __never {}
                }
            }
            Kind::Guarded => quote_spanned! {site=>
                #prelude
                let __guard = #door::Guard::new(__span);
                #old
            },
            Kind::AsyncGuarded => quote_spanned! {site=>
                let mut __span = __span;
                let __entered = #door::AsyncSpan::enter(&mut __span);
                #prelude
                #door::drop(__entered);
                let __guard = #door::AsyncGuard::new(__span);
                #old
            },
        }
    }

    /// Has the whole of `self` move into a closure that is not `move`, as the other arguments do when they are bound.
    ///
    /// Such a closure only borrows what can be copied, which spares large arrays a copy.
    fn receiver(&self) -> Option<TokenStream> {
        let door = &self.door;
        let receiver = self.function.sig.receiver()?;
        let (this, cfg) =
            (&receiver.self_token, receiver.attrs.iter().filter(|attr| attr.path().is_ident("cfg")));
        Some(quote_spanned!(Span::mixed_site()=> #(#cfg)* if false { #door::whole(#this) }))
    }

    /// Whether other languages may unwind through it, whose exceptions must not be caught.
    fn is_unwound(&self) -> bool {
        let abi = self.function.sig.abi.as_ref().and_then(|abi| abi.name.as_ref());
        abi.is_some_and(|name| name.value().ends_with("-unwind"))
    }

    /// Shows the arguments and makes them the body's.
    fn prelude(&self) -> TokenStream {
        let site = Span::mixed_site();
        let door = &self.door;
        let mut index = 0_usize;
        let is_named = self
            .params
            .iter()
            .all(|param| param.is_named() && param.bindings().iter().all(|binding| binding.cfg.is_empty()));
        let mut adds = |param: &Param| {
            let shown = param.bindings().iter().filter(|binding| self.args.shows(binding));
            let adds = shown.map(|binding @ Binding { shown, cfg, nameless, is_plain, is_result, .. }| {
                // where it can't be shown, the error is at its own name
                let site = site.located_at(binding.ident.span());
                let door = self.args.door(site);
                let unused = binding.is_unused().then(params::unused);
                let nameless = *nameless || self.args.redacts(binding);
                let kind = if *is_result {
                    let kind = self.result_kind(site, nameless);
                    quote_spanned!(site=> { let __output = #door::Split::of(&#shown); #kind })
                } else {
                    self.kind(site, &quote_spanned!(site=> #door::Probe::of(&#shown)), nameless)
                };
                let kind = if self.args.shows_all_of(binding) {
                    quote_spanned!(site=> #door::AsItIs(#kind))
                } else {
                    kind
                };
                let at = index;
                index += 1;
                let of = if nameless || *is_plain || binding.is_unused() {
                    quote_spanned!(site=> #door::Shown::of)
                } else {
                    quote_spanned!(site=> #door::leave_it_out_by_skip!)
                };
                if is_named {
                    quote_spanned!(site=> #unused &#of(&#shown, #kind),)
                } else {
                    quote_spanned!(site=> #(#cfg)* #unused #door::Args::add(#at, &#of(&#shown, #kind));)
                }
            });
            adds.collect::<TokenStream>()
        };
        let shown: Vec<TokenStream> = self.params.iter().map(&mut adds).collect();
        let rebinds = self.params.iter().map(Param::rebind);
        if is_named {
            return quote_spanned! {site=>
                if __on {
                    #door::Args::show(&[#(#shown)*]);
                }
                #(#rebinds)*
            };
        }
        // what a pattern binds is there once it is bound, so one is shown after the other
        let steps = self.params.iter().zip(shown).zip(rebinds).map(|((param, shown), rebind)| {
            let destructure = param.destructure();
            let show = if shown.is_empty() { shown } else { quote_spanned!(site=> if __on { #shown }) };
            quote!(#destructure #show #rebind)
        });
        let steps: TokenStream = steps.collect();
        quote_spanned! {site=>
            if __on {
                #door::Args::begin();
            }
            #steps
            if __on {
                #door::Args::enter();
            }
        }
    }

    /// Ends the call; a result that is a future may go on as the call.
    fn exit(&self) -> TokenStream {
        let site = self.result_site();
        let door = self.args.door(site);
        let show = !self.args.skip_result;
        if !types::may_be_more(&self.function.sig.output) {
            let kind = self.plain_kind(&quote_spanned!(site=> &*__result));
            let (exit, way) =
                self.way_out(quote_spanned!(site=> #door::Span::exit), quote_spanned!(site=> Span,));
            return quote_spanned! {site=>
                let __kind = #kind;
                #exit(#way __span, __result, __kind, #show);
            };
        }
        // not bound to a name: a lint would take it for the guard whose type it may stand for
        let output = quote_spanned!(site=> __whole.output);
        let kind = self.result_kind_of(&output, self.result_site(), self.nameless());
        let end = quote_spanned!(site=> __whole.flowtrace_end);
        let (exit, way) = self.way_out(end, quote_spanned!(site=> __whole,));
        quote_spanned! {site=>
            let __whole = #door::Returned::of(&*__result).flowtrace_whole();
            let __kind = #kind;
            #exit(#way __span, __result, __kind, #show);
        }
    }

    /// The same of an async function.
    fn async_exit(&self) -> TokenStream {
        let site = self.result_site();
        let door = self.args.door(site);
        let show = !self.args.skip_result;
        let kind = if types::may_be_more(&self.function.sig.output) {
            let kind = self.result_kind(self.result_site(), self.nameless());
            quote_spanned!(site=> { let __output = #door::Split::of(__result); #kind })
        } else {
            self.plain_kind(&quote_spanned!(site=> __result))
        };
        let exit = quote_spanned!(site=> #door::AsyncSpan::exit);
        let (exit, way) = self.way_out(exit, quote_spanned!(site=> AsyncSpan,));
        quote_spanned! {site=>
            let __kind = #kind;
            #exit(#way __span, __result, __kind, #show);
        }
    }

    /// What ends the call: `exit`, or where the result can perhaps not be shown, a macro whose name is the advice, with what
    /// it is told first.
    fn way_out(&self, exit: TokenStream, way: TokenStream) -> (TokenStream, TokenStream) {
        let site = self.result_site();
        let door = self.args.door(site);
        match &self.function.sig.output {
            ReturnType::Type(_, ty) if !self.nameless() && !types::is_plain(ty) => {
                (quote_spanned!(site=> #door::leave_it_out_by_skip_result!), way)
            }
            _ => (exit, TokenStream::new()),
        }
    }

    /// Where the result is shown: at its type, for an error should that not be possible.
    fn result_site(&self) -> Span {
        let site = Span::mixed_site();
        match &self.function.sig.output {
            ReturnType::Default => site,
            ReturnType::Type(_, ty) => site.located_at(ty.span()),
        }
    }

    /// Finds out how a result is shown that is no `Result`.
    fn plain_kind(&self, result: &TokenStream) -> TokenStream {
        let site = self.result_site();
        let door = self.args.door(site);
        self.kind(site, &quote_spanned!(site=> #door::Probe::of(#result)), self.nameless())
    }

    /// Finds out how a result is shown of the type that `__output` stands for.
    fn result_kind(&self, site: Span, nameless: bool) -> TokenStream {
        self.result_kind_of(&quote_spanned!(site=> __output), site, nameless)
    }

    /// The same of the type that `output` stands for.
    fn result_kind_of(&self, output: &TokenStream, site: Span, nameless: bool) -> TokenStream {
        let ok = self.kind(site, &quote_spanned!(site=> __sides.ok), nameless);
        let err = self.kind(site, &quote_spanned!(site=> __sides.err), nameless);
        quote_spanned! {site=> {
            let __sides = #output.flowtrace_sides();
            __sides.flowtrace_both(#ok, #err)
        }}
    }

    /// Whether only the name of the result's type can be shown, or nothing is to be: then its `Debug` is not asked for.
    fn nameless(&self) -> bool {
        self.args.skip_result
            || matches!(&self.function.sig.output, ReturnType::Type(_, ty) if types::borrows_dyn(ty))
    }

    /// Finds out how values are shown of the type that `probe` stands for.
    fn kind(&self, site: Span, probe: &TokenStream, nameless: bool) -> TokenStream {
        if nameless {
            let door = self.args.door(site);
            quote_spanned!(site=> #door::AsName)
        } else {
            quote_spanned!(site=> #probe.flowtrace_kind())
        }
    }

    /// The old body, in its own braces.
    ///
    /// An arm of a match is, as a function's body is, where the temporaries of its last expression end:
    /// before the arguments do. And clippy finds nothing wrong with one that never ends.
    fn block(&self) -> TokenStream {
        let block = &self.function.body;
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
