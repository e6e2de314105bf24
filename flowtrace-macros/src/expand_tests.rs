//! What is generated, as snapshots, and the properties of it that a unit test can see.
use super::*;

fn expanded(args: TokenStream, item: &TokenStream) -> String {
    expand(args, item, false).to_string()
}

/// The expansion as a person would lay it out.
fn laid_out(args: TokenStream, item: &TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(expand(args, item, false)).expect("the expansion is an item"))
}

#[test]
fn a_function_becomes_one_static_one_call_in_and_one_call_out() {
    insta::assert_snapshot!(laid_out(
        quote!(),
        &quote!(
            /// Documented.
            pub fn get(id: u64, mut key: &str) -> Option<u64> {
                key = key.trim();
                id.checked_add(key.len() as u64)
            }
        )
    ));
}

#[test]
fn an_async_function_is_followed_through_its_polls() {
    insta::assert_snapshot!(laid_out(
        quote!(skip_result),
        &quote!(
            async fn fetch(self: Arc<Self>, (host, _): (String, u16)) -> io::Result<impl Read> {
                connect(host).await?
            }
        )
    ));
}

#[test]
fn a_function_that_sees_its_caller_keeps_its_body() {
    insta::assert_snapshot!(laid_out(
        quote!(name = "a \"quoted\" name", redact(b)),
        &quote!(
            #[track_caller]
            fn here(a: u8, b: u8) -> u32 {
                Location::caller().line()
            }
        )
    ));
}

#[test]
fn an_error_leaves_the_item_as_it_is() {
    let item = quote!(
        const fn f(a: u8) -> u8 {
            a
        }
    );
    let out = expanded(quote!(), &item);
    assert!(out.contains("compile_error") && out.ends_with(&item.to_string()), "{out}");
}

#[test]
fn what_is_off_is_checked_and_stays_as_it_is() {
    let item = quote!(
        fn f((a, _): (u8, u8)) -> u8 {
            #![allow(unused)]
            a
        }
    );
    assert_eq!(expand(quote!(skip(a)), &item, true).to_string(), item.to_string());
    assert!(expand(quote!(skip(b)), &item, true).to_string().contains("compile_error"));
    let inside = |attr: TokenStream| {
        quote!(
            impl Foo {
                #attr
                fn f(&self, a: u8) {}
            }
        )
    };
    let block = |attr: TokenStream| expand(quote!(skip_all), &inside(attr), true).to_string();
    assert_eq!(block(quote!(#[trace(redact(a))])), inside(quote!()).to_string());
    assert!(block(quote!(#[trace(redact(b))])).contains("compile_error"));
    let under_cfg_attr = block(quote!(#[cfg_attr(all(), trace(redact(a)))]));
    assert!(under_cfg_attr.contains("trace_member (impl ; skip_all)"), "{under_cfg_attr}");
    let method = |attr: TokenStream| quote!(#attr fn f(&self, a: u8) {});
    let late = |attr: TokenStream| member(&quote!(impl; skip_all), &method(attr), true).to_string();
    assert_eq!(late(quote!(#[trace(redact(a))])), method(quote!()).to_string());
}

#[test]
fn an_unfinished_body_is_kept() {
    let item: TokenStream = "fn f() { x. }".parse().unwrap();
    assert!(expanded(quote!(), &item).contains("{ x . }"));
}

#[test]
fn a_self_is_only_assumed_where_it_is_the_functions_own() {
    let has_self = |item: TokenStream| function::has_self(&Function::parse(item).unwrap());
    assert!(has_self(quote!(
        fn f(&self) {}
    )));
    assert!(has_self(quote!(
        fn f() -> Self {
            make()
        }
    )));
    assert!(has_self(quote!(
        fn f(c: impl Fn(Self)) {}
    )));
    assert!(has_self(quote!(
        fn f() -> u8 {
            if !Self::CHECKED {
                return 1;
            }
            2
        }
    )));
    assert!(!has_self(quote!(
        fn f() {
            make!(Self);
        }
    )));
    assert!(!has_self(quote!(
        fn f() {
            macro_rules! m {
                () => {
                    Self
                };
            }
        }
    )));
    assert!(!has_self(quote!(
        fn f() {
            impl Foo {
                fn g() -> Self {
                    Foo
                }
            }
        }
    )));
}

#[test]
fn a_block_traces_each_function_that_can_be() {
    insta::assert_snapshot!(laid_out(
        quote!(skip_all),
        &quote!(
            impl Tr for Foo {
                const N: u8 = { 1 };
                const fn fixed() {}
                fn shown(&self) {}
                #[trace(off)]
                fn hidden(&self) {}
            }
        )
    ));
}

#[test]
fn a_returned_future_goes_on_as_the_call() {
    insta::assert_snapshot!(laid_out(
        quote!(skip_all),
        &quote!(
            fn later() -> impl Future<Output = u8> + Send {
                async { 1 }
            }
        )
    ));
}

#[test]
fn a_function_that_another_attribute_makes_const_or_naked_is_refused_and_left_alone_in_a_block() {
    for attr in [quote!(#[rustversion::attr(since(1.83), const)]), quote!(#[unsafe(naked)]), quote!(#[naked])]
    {
        let item = quote!(#attr extern "C" fn f() {});
        let out = expanded(quote!(), &item);
        assert!(
            out.contains("compile_error") && out.contains("put it on the functions that call it"),
            "{out}"
        );
        let block = quote!(impl Foo { #item });
        assert_eq!(expanded(quote!(), &block), block.to_string());
    }
    let other = quote!(
        #[rustversion::attr(since(1.83), must_use)]
        fn f() -> u8 {
            1
        }
    );
    assert!(expanded(quote!(), &other).contains("CALLSITE"));
}
