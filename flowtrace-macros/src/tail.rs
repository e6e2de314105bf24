//! What a body comes to, as far as its tokens show it. Asked only where the result is an `impl Trait`, of whose type
//! nothing else is known here.
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

/// Whether the body comes to a closure: as its last expression, as an arm or a branch of that, by `return`, or in a
/// tuple. There the types of its arguments may only be known from where it is returned; in `Ok(…)` they never are.
pub(crate) fn is_closure(body: TokenStream) -> bool {
    // whether an expression may begin here that the body comes to
    let mut begins = true;
    let mut last = None;
    for token in body {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == '|' && begins => return true,
            TokenTree::Group(group) => {
                let inside = match group.delimiter() {
                    Delimiter::Brace | Delimiter::None => true,
                    Delimiter::Parenthesis => begins,
                    Delimiter::Bracket => false,
                };
                if inside && is_closure(group.stream()) {
                    return true;
                }
                begins = group.delimiter() == Delimiter::Brace;
            }
            TokenTree::Ident(ident) => {
                begins = ident == "return" || (begins && is_any(ident, &["move", "async"]));
            }
            TokenTree::Punct(punct) => {
                let is_arrow = punct.as_char() == '>' && last == Some('=');
                begins = punct.as_char() == ';' || is_arrow;
            }
            TokenTree::Literal(_) => begins = false,
        }
        last = if let TokenTree::Punct(punct) = &token { Some(punct.as_char()) } else { None };
    }
    false
}

/// Whether the body ends in `todo!()` or the like and has no `return`, so that it has no result.
pub(crate) fn is_unfinished(body: TokenStream) -> bool {
    let mut tokens: Vec<TokenTree> = body.clone().into_iter().collect();
    tokens.pop_if(|last| matches!(last, TokenTree::Punct(punct) if punct.as_char() == ';'));
    let panics = match tokens.as_slice() {
        [.., TokenTree::Ident(name), TokenTree::Punct(bang), TokenTree::Group(_)] => {
            bang.as_char() == '!' && is_any(name, &["todo", "unimplemented", "unreachable", "panic"])
        }
        _ => false,
    };
    panics && !says_return(body)
}

fn says_return(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "return",
        TokenTree::Group(group) => says_return(group.stream()),
        _ => false,
    })
}

fn is_any(ident: &Ident, words: &[&str]) -> bool {
    words.iter().any(|word| ident == word)
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn a_closure_is_seen_where_a_body_comes_to_it() {
        for body in [
            quote!(|s| s.len()),
            quote!(let n = 1; move || n),
            quote!(if n == 0 { return |s| 1; } other()),
            quote!(match n {
                0 => |s| 1,
                _ => |s| 2,
            }),
            quote!((|s| s.len(), 1)),
            quote!(unsafe { |s| s.len() }),
        ] {
            assert!(is_closure(body.clone()), "{body}");
        }
        for body in [
            quote!((0..3).map(|n| n + 1)),
            quote!(let f = |n| n + 1; (0..3).map(f)),
            quote!(Ok(list.into_iter().map(move |n| n + 1))),
            quote!(match n {
                0 | 1 => a | b,
                _ => c || d,
            }),
            quote!(std::iter::from_fn(move || next())),
        ] {
            assert!(!is_closure(body.clone()), "{body}");
        }
    }

    #[test]
    fn a_body_without_a_result_is_seen() {
        assert!(is_unfinished(quote!(todo!())));
        assert!(is_unfinished(quote!(let x = 1; std::unimplemented!("{x}");)));
        assert!(!is_unfinished(quote!(if now { return 1; } panic!())));
        assert!(!is_unfinished(quote!(println!())));
        assert!(!is_unfinished(quote!()));
    }
}
