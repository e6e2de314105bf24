//! The functions of a file: where the attribute goes, and which are left alone.
use std::ops::Range;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{AttrStyle, Attribute, Signature};

use super::rewrite::{Function, Left, Rules};

/// What was found in a file.
#[derive(Default)]
pub(super) struct Found {
    /// Where the attribute goes, for each of `annotated`.
    pub(super) places: Vec<usize>,
    pub(super) annotated: Vec<Function>,
    pub(super) left: Vec<Left>,
    /// Where those are that are left.
    left_places: Vec<Range<usize>>,
    /// Modules for tests that lie in other files.
    pub(super) test_modules: Vec<String>,
}

impl Found {
    /// Whether a function that is left alone is around `at`.
    pub(super) fn is_left(&self, at: usize) -> bool {
        self.left_places.iter().any(|place| place.contains(&at))
    }
}

/// Finds the functions of `file`.
pub(super) fn functions(file: &syn::File, rules: &Rules) -> Found {
    let mut finder = Functions {
        rules,
        found: Found::default(),
        modules: Vec::new(),
        owner: None,
        in_tests: 0,
        in_traced: 0,
    };
    finder.inside(&file.attrs, |finder| visit::visit_file(finder, file));
    finder.found
}

struct Functions<'a> {
    rules: &'a Rules<'a>,
    found: Found,
    /// The inline modules around.
    modules: Vec<String>,
    /// The type or the trait of the block around.
    owner: Option<String>,
    /// How many items for tests are around.
    in_tests: usize,
    /// How many blocks that are traced as a whole are around.
    in_traced: usize,
}

impl Functions<'_> {
    fn function(&mut self, attrs: &[Attribute], sig: &Signature, has_body: bool, whole: &dyn ToTokens) {
        if self.in_traced > 0 || attrs.iter().any(is_trace) {
            return;
        }
        let outer = attrs.iter().filter(|attr| matches!(attr.style, AttrStyle::Outer)).count();
        let mut tokens = whole.to_token_stream().into_iter();
        // `#` and `[…]` of each attribute stand before
        let first = tokens.nth(2 * outer).map_or_else(|| sig.fn_token.span, |token| token.span());
        let last = tokens.last().map_or(first, |token| token.span());
        let function = Function {
            last_line: last.end().line,
            ..self.named(&sig.ident, self.owner.as_deref(), first.start().line)
        };
        let is_test = self.in_tests > 0 || is_for_tests(attrs) || has(attrs, &["test", "bench", "rstest"]);
        let why = if sig.constness.is_some() {
            Some("a const fn may run in the compiler")
        } else if !has_body {
            Some("has no body")
        } else if is_test && !self.rules.tests {
            Some(Left::TEST)
        } else if sig.abi.is_some() {
            Some("an extern fn, which other languages call")
        } else if has(attrs, &["proc_macro", "proc_macro_derive", "proc_macro_attribute"]) {
            Some("a procedural macro, which the compiler calls")
        } else if has(attrs, &["naked", "panic_handler"]) {
            Some("has no room for a call")
        } else {
            (self.rules.leave)(&function)
        };
        if let Some(why) = why {
            self.found.left.push(Left { function, why });
            self.found.left_places.push(first.byte_range().start..last.byte_range().end);
        } else {
            self.found.places.push(first.byte_range().start);
            self.found.annotated.push(function);
        }
    }

    fn named(&self, name: &syn::Ident, owner: Option<&str>, line: usize) -> Function {
        let owner = owner.map_or_else(String::new, |owner| format!("{owner}::"));
        let module = self.modules.join("::");
        Function { module, name: format!("{owner}{name}"), line, last_line: line }
    }

    fn leave(&mut self, name: &syn::Ident, why: &'static str) {
        let function = self.named(name, None, name.span().start().line);
        self.found.left.push(Left { function, why });
    }

    /// Visits what is inside of an item with `attrs`.
    fn inside(&mut self, attrs: &[Attribute], visit: impl FnOnce(&mut Self)) {
        let (tests, traced) = (usize::from(is_for_tests(attrs)), usize::from(attrs.iter().any(is_trace)));
        self.in_tests += tests;
        self.in_traced += traced;
        visit(self);
        self.in_tests -= tests;
        self.in_traced -= traced;
    }

    /// Visits a block of `owner`, if that has a name, or a function that has none for what is in it.
    fn owned(&mut self, owner: Option<String>, visit: impl FnOnce(&mut Self)) {
        let around = std::mem::replace(&mut self.owner, owner);
        visit(self);
        self.owner = around;
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.attrs, &item.sig, true, item);
        self.owned(None, |finder| visit::visit_item_fn(finder, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.attrs, &item.sig, true, item);
        self.owned(None, |finder| visit::visit_impl_item_fn(finder, item));
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.function(&item.attrs, &item.sig, item.default.is_some(), item);
        self.owned(None, |finder| visit::visit_trait_item_fn(finder, item));
    }

    fn visit_foreign_item_fn(&mut self, item: &'ast syn::ForeignItemFn) {
        self.leave(&item.sig.ident, "declared in an extern block");
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let owner = match &*item.self_ty {
            syn::Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
            _ => None,
        };
        self.inside(&item.attrs, |finder| {
            finder.owned(owner, |finder| visit::visit_item_impl(finder, item));
        });
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.inside(&item.attrs, |finder| {
            finder.owned(Some(item.ident.to_string()), |finder| visit::visit_item_trait(finder, item));
        });
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.content.is_none() && is_for_tests(&item.attrs) {
            self.found.test_modules.push(item.ident.to_string());
        }
        self.modules.push(item.ident.to_string());
        self.inside(&item.attrs, |finder| visit::visit_item_mod(finder, item));
        self.modules.pop();
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.functions_in(item.tokens.clone());
    }
}

impl Functions<'_> {
    /// Names the functions that stand in a macro: what becomes of them is the macro's.
    fn functions_in(&mut self, tokens: TokenStream) {
        let mut after_fn = false;
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.functions_in(group.stream()),
                TokenTree::Ident(name) if after_fn => {
                    self.leave(&name, "stands in a macro");
                    after_fn = false;
                }
                token => after_fn = matches!(&token, TokenTree::Ident(name) if name == "fn"),
            }
        }
    }
}

/// Whether it is the attribute in any way of writing it, by any path, or for some configurations.
fn is_trace(attr: &Attribute) -> bool {
    let is_trace = |path: &syn::Path| path.segments.last().is_some_and(|segment| segment.ident == "trace");
    let within = |list: &syn::MetaList| {
        list.path.is_ident("cfg_attr")
            && list.tokens.clone().into_iter().any(|token| token.to_string() == "trace")
    };
    is_trace(attr.path()) || attr.meta.require_list().is_ok_and(within)
}

/// Whether one of `attrs` goes by one of `names`, by any path.
fn has(attrs: &[Attribute], names: &[&str]) -> bool {
    let last = |attr: &Attribute| attr.path().segments.last().map(|segment| segment.ident.to_string());
    attrs.iter().filter_map(last).any(|name| names.contains(&name.as_str()))
}

fn is_for_tests(attrs: &[Attribute]) -> bool {
    let asks =
        |list: &syn::MetaList| list.tokens.clone().into_iter().any(|token| token.to_string() == "test");
    attrs.iter().any(|attr| attr.path().is_ident("cfg") && attr.meta.require_list().is_ok_and(asks))
}
