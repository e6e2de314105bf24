//! Whether an item is traced already. A block knows the attribute of a member by the name `trace` alone; under another name
//! it is expanded once more behind the block's, whose trace would not heed its options.
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::{Error, Result};

const TRACED: &str = "this is traced already, by the block around it or by an attribute above: write this attribute as \
     `#[trace(…)]`, by no other name, and once";

/// The error about an item in which a function is traced already.
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

/// Whether a body begins as `body.rs` writes it: `let … = …::Span::begin(…)`.
fn begins_call(body: &TokenStream) -> bool {
    let mut tokens = body.clone().into_iter().peekable();
    let is_door = tokens.peek().is_some_and(|token| is_word(token, &["use"]));
    if is_door {
        let _ =
            tokens.by_ref().find(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';'));
    }
    if !tokens.next().is_some_and(|token| is_word(&token, &["let"])) {
        return false;
    }
    let value =
        tokens.skip_while(|token| !matches!(token, TokenTree::Punct(punct) if punct.as_char() == '='));
    let path = value.skip(1).take_while(|token| matches!(token, TokenTree::Ident(_) | TokenTree::Punct(_)));
    let words: Vec<TokenTree> = path.filter(|token| matches!(token, TokenTree::Ident(_))).collect();
    words.windows(3).any(|words| {
        is_word(&words[0], &["__private", "__flowtrace"])
            && is_word(&words[1], &["Span", "AsyncSpan"])
            && is_word(&words[2], &["begin", "begin_in"])
    })
}

fn is_word(token: &TokenTree, words: &[&str]) -> bool {
    matches!(token, TokenTree::Ident(ident) if words.iter().any(|word| ident == word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::{expand, member};
    use quote::quote;

    #[test]
    fn what_is_traced_already_is_seen() {
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
                assert!(check(&expand(args.clone(), &function, false)).is_err(), "{function}");
                let block = expand(args, &quote!(impl Foo { #function }), false);
                assert!(check(&block).is_err(), "{function}");
            }
            assert!(check(&member(&quote!(impl; skip_all), &function, false)).is_err(), "{function}");
        }
    }

    #[test]
    fn the_attribute_under_another_name_is_an_error_in_a_block() {
        let once = expand(
            quote!(),
            &quote!(
                fn f(pw: &str) {}
            ),
            false,
        );
        for args in [quote!(skip(pw)), quote!(off)] {
            let twice = expand(args, &once, false).to_string();
            assert!(twice.contains("compile_error") && twice.contains("traced already"), "{twice}");
        }
    }
}
