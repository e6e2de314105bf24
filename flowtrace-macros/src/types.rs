//! What can be told of a type by its tokens, as much as the expansion has to know.
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{GenericArgument, Ident, PathArguments, ReturnType, Type, TypeParamBound, TypeTraitObject};

/// Puts `_` for each `impl Trait`, in whatever place, so that the type can stand where that can't.
pub(crate) fn erase_impl(ty: &mut Type) {
    match ty {
        // what a macro makes may be an `impl Trait`
        Type::ImplTrait(_) | Type::Macro(_) => *ty = syn::parse_quote!(_),
        ty => for_each_part(ty, &mut erase_impl),
    }
}

/// Calls `f` on the types that `ty` is directly made of.
fn for_each_part(ty: &mut Type, f: &mut dyn FnMut(&mut Type)) {
    match ty {
        Type::Array(array) => f(&mut array.elem),
        Type::Group(group) => f(&mut group.elem),
        Type::Paren(paren) => f(&mut paren.elem),
        Type::Ptr(ptr) => f(&mut ptr.elem),
        Type::Reference(reference) => f(&mut reference.elem),
        Type::Slice(slice) => f(&mut slice.elem),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(f),
        Type::Path(path) => for_each_argument(&mut path.path, f),
        Type::TraitObject(object) => {
            for bound in &mut object.bounds {
                if let TypeParamBound::Trait(bound) = bound {
                    for_each_argument(&mut bound.path, f);
                }
            }
        }
        _ => {}
    }
}

fn for_each_argument(path: &mut syn::Path, f: &mut dyn FnMut(&mut Type)) {
    for segment in &mut path.segments {
        match &mut segment.arguments {
            PathArguments::AngleBracketed(generics) => {
                for argument in &mut generics.args {
                    match argument {
                        GenericArgument::Type(ty) => f(ty),
                        GenericArgument::AssocType(assoc) => f(&mut assoc.ty),
                        _ => {}
                    }
                }
            }
            PathArguments::Parenthesized(signature) => {
                if let ReturnType::Type(_, ty) = &mut signature.output {
                    f(ty);
                }
            }
            PathArguments::None => {}
        }
    }
}

/// Whether the type is `!`.
pub(crate) fn is_never(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, ty) if matches!(inside(ty), Type::Never(_)))
}

/// The type without the parentheses, seen or unseen, that it may stand in.
fn inside(ty: &Type) -> &Type {
    match ty {
        Type::Paren(paren) => inside(&paren.elem),
        Type::Group(group) => inside(&group.elem),
        ty => ty,
    }
}

/// Whether the type is an `impl Future` by its name, with nothing more asked than what a wrapper around it has
/// too. Whether that is std's `Future` is for the compiler to say.
pub(crate) fn is_impl_future(output: &ReturnType) -> bool {
    let ReturnType::Type(_, ty) = output else { return false };
    let Type::ImplTrait(ty) = inside(ty) else { return false };
    let mut names = ty.bounds.iter().filter_map(|bound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().map(|last| &last.ident),
        _ => None,
    });
    let known = |name: &Ident| ["Future", "Send", "Sync", "Unpin"].iter().any(|known| name == known);
    names.clone().any(|name| name == "Future") && names.all(known)
}

/// Whether the type holds an `impl Trait`, or what a macro makes, which may be one.
pub(crate) fn holds_impl(output: &ReturnType) -> bool {
    fn holds(ty: &mut Type) -> bool {
        matches!(ty, Type::ImplTrait(_) | Type::Macro(_)) || any_part(ty, holds)
    }
    matches!(output, ReturnType::Type(_, ty) if holds(&mut ty.clone()))
}

/// Whether the type holds an `impl Fn`, of whatever kind: a closure's arguments are only known to the
/// compiler from the place where it is returned.
pub(crate) fn returns_closure(output: &ReturnType) -> bool {
    fn says_fn(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => ["Fn", "FnMut", "FnOnce", "AsyncFn", "AsyncFnMut", "AsyncFnOnce"]
                .iter()
                .any(|name| ident == name),
            TokenTree::Group(group) => says_fn(group.stream()),
            _ => false,
        })
    }
    fn holds_impl_fn(ty: &mut Type) -> bool {
        match ty {
            Type::ImplTrait(bounds) => says_fn(bounds.to_token_stream()),
            Type::Macro(_) => true,
            ty => any_part(ty, holds_impl_fn),
        }
    }
    matches!(output, ReturnType::Type(_, ty) if holds_impl_fn(&mut ty.clone()))
}

/// Whether a `dyn Trait` in the type may borrow: `&dyn Trait`, `Box<dyn Trait + 'a>`.
///
/// `impl Debug for dyn Trait` is for `dyn Trait + 'static` alone, which the look-up of a method does
/// not see: to use it would be an error. Only the trait's own promise, `dyn Debug` or `dyn Error`, is sure.
pub(crate) fn borrows_dyn(ty: &Type) -> bool {
    fn borrows(ty: &mut Type) -> bool {
        match ty {
            Type::Reference(reference) => match inside(&reference.elem) {
                Type::TraitObject(object) => {
                    let lifetime = reference.lifetime.as_ref();
                    may_borrow(object, lifetime.is_none_or(|lifetime| lifetime.ident != "static"))
                }
                _ => borrows(&mut reference.elem),
            },
            Type::TraitObject(object) => may_borrow(object, false) || any_part(ty, borrows),
            ty => any_part(ty, borrows),
        }
    }
    borrows(&mut ty.clone())
}

/// `by_default` is what holds if the object has no lifetime of its own.
fn may_borrow(object: &TypeTraitObject, by_default: bool) -> bool {
    let mut lifetimes = object.bounds.iter().filter_map(|bound| match bound {
        TypeParamBound::Lifetime(lifetime) => Some(lifetime.ident != "static"),
        _ => None,
    });
    let shows_itself = object.bounds.iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            // a boxed future is not shown itself, but what it comes to
            bound
                .path
                .segments
                .last()
                .is_some_and(|last| ["Debug", "Error", "Future"].iter().any(|n| last.ident == n))
        }
        _ => false,
    });
    lifetimes.next().unwrap_or(by_default) && !shows_itself
}

/// Whether the type calls itself a `Result`.
pub(crate) fn is_result(ty: &Type) -> bool {
    matches!(inside(ty), Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Result"))
}

fn any_part(ty: &mut Type, f: fn(&mut Type) -> bool) -> bool {
    let mut any = false;
    for_each_part(ty, &mut |part| any |= f(part));
    any
}

/// Whether the type could be a `Result` or a boxed future by some name. What is plainly neither is asked
/// less at compile time; the primitive types are taken at their word, other names may be aliases.
pub(crate) fn may_be_more(output: &ReturnType) -> bool {
    let ReturnType::Type(_, ty) = output else { return false };
    match inside(ty) {
        Type::Path(path) => !is_primitive(&path.path),
        Type::Array(_) | Type::Ptr(_) | Type::Reference(_) | Type::Slice(_) | Type::Tuple(_) => false,
        _ => true,
    }
}

/// Whether the type is a primitive one, or a reference to such: its `Debug` does not depend on a lifetime.
pub(crate) fn is_plain(ty: &Type) -> bool {
    match inside(ty) {
        Type::Path(path) => is_primitive(&path.path) || path.path.is_ident("String"),
        Type::Reference(reference) => is_plain(&reference.elem),
        _ => false,
    }
}

fn is_primitive(path: &syn::Path) -> bool {
    const PRIMITIVE: [&str; 17] = [
        "bool", "char", "str", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32",
        "u64", "u128", "usize",
    ];
    PRIMITIVE.iter().any(|name| path.is_ident(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;
    use syn::parse_quote;

    #[test]
    fn impl_trait_is_erased_wherever_it_stands() {
        let mut ty: Type = parse_quote!(Result<(impl Copy, Box<dyn Fn() -> impl Copy>), E>);
        erase_impl(&mut ty);
        assert_eq!(ty.to_token_stream().to_string(), quote!(Result<(_, Box<dyn Fn() -> _>), E>).to_string());
    }

    #[test]
    fn a_closure_is_seen_behind_impl() {
        assert!(returns_closure(&parse_quote!(-> Result<impl Fn(u32) -> u32, E>)));
        assert!(returns_closure(&parse_quote!(-> impl Send + core::ops::FnMut())));
        assert!(!returns_closure(&parse_quote!(-> Box<dyn Fn(u32) -> u32>)));
        assert!(!returns_closure(&parse_quote!(-> impl Iterator<Item = u32>)));
    }

    #[test]
    fn a_future_is_seen_if_a_wrapper_can_stand_for_it() {
        assert!(is_impl_future(&parse_quote!(-> impl Future<Output = u8> + Send + 'a)));
        assert!(is_impl_future(&parse_quote!(-> impl std::future::Future)));
        assert!(!is_impl_future(&parse_quote!(-> impl Future<Output = u8> + Clone)));
        assert!(!is_impl_future(&parse_quote!(-> impl Iterator)));
    }

    #[test]
    fn a_trait_object_that_may_borrow_is_seen() {
        for ty in [quote!(&dyn Tr), quote!(Option<&mut (dyn Tr + Send)>), quote!(Box<dyn Tr + 'a>)] {
            assert!(borrows_dyn(&parse_quote!(#ty)), "{ty}");
        }
        for ty in [
            quote!(Box<dyn Tr>),
            quote!(&Box<dyn Tr>),
            quote!(&'a (dyn Tr + 'static)),
            quote!(&'static dyn Tr),
            quote!(&dyn Debug),
        ] {
            assert!(!borrows_dyn(&parse_quote!(#ty)), "{ty}");
        }
    }
}
