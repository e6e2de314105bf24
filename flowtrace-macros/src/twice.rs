//! Whether the block around has traced an item already. A block knows the attribute of a member by the name `trace` alone; under
//! another name it is expanded once more, behind the block's, whose trace has not heeded its options.
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::{Error, Result};

use crate::body::callsite::IN_BLOCK;

const TRACED: &str = "the block around has traced this already, as it knows this attribute by the name `trace` alone: write \
     `#[trace(…)]`, and write it once";

/// The error about an item in which the block around has traced a function.
pub(crate) fn check(item: &TokenStream) -> Result<()> {
    if is_traced(item) { Err(Error::new(Span::call_site(), TRACED)) } else { Ok(()) }
}

fn is_traced(item: &TokenStream) -> bool {
    item.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) if matches!(group.delimiter(), Delimiter::Brace | Delimiter::None) => {
            begins_call(&group.stream()) || is_traced(&group.stream())
        }
        _ => false,
    })
}

/// Whether a body begins as `body.rs` writes it: `let … = ….begin({ static CALLSITE_IN_BLOCK …`, perhaps behind a `use …;`.
fn begins_call(body: &TokenStream) -> bool {
    let mut tokens = body.clone().into_iter().peekable();
    if tokens.peek().is_some_and(|token| is_word(token, "use")) {
        let _ = tokens.find(is_end);
    }
    tokens.next().is_some_and(|token| is_word(&token, "let"))
        && tokens.take_while(|token| !is_end(token)).any(|token| says_in_block(&token))
}

fn says_in_block(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(group) => group.stream().into_iter().take(2).any(|token| says_in_block(&token)),
        token => is_word(token, IN_BLOCK),
    }
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

fn is_end(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::{expand, member};
    use quote::quote;

    #[test]
    fn what_a_block_has_traced_is_seen() {
        let functions = [
            quote!(
                fn f(a: u8) -> u8 {
                    a
                }
            ),
            quote!(
                async fn f() {}
            ),
            quote!(
                #[track_caller]
                fn f() {}
            ),
            quote!(
                fn f(&self) -> ! {
                    loop {}
                }
            ),
            quote!(
                fn f() -> impl Future<Output = u8> {
                    async { 1 }
                }
            ),
        ];
        for function in functions {
            assert!(check(&function).is_ok(), "{function}");
            for args in [quote!(), quote!(crate = own::path)] {
                assert!(check(&expand(args.clone(), &function, false)).is_ok(), "{function}");
                let block = expand(args, &quote!(impl Foo { #function }), false);
                assert!(check(&block).is_err(), "{function}");
            }
            assert!(check(&member(&quote!(impl; skip_all), &function, false)).is_err(), "{function}");
        }
    }

    #[test]
    fn the_attribute_under_another_name_is_an_error_in_a_block() {
        let function = quote!(
            fn f(pw: &str) {}
        );
        let once = member(&quote!(mod), &function, false);
        for args in [quote!(skip(pw)), quote!(off)] {
            let twice = expand(args, &once, false).to_string();
            assert!(twice.contains("compile_error") && twice.contains("traced this already"), "{twice}");
        }
    }
}
