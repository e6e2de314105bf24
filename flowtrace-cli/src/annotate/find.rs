//! The functions of a file: where an attribute goes or stands, and which are left alone.
use std::ops::Range;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{AttrStyle, Attribute, Meta, Signature};

/// What was found in a file.
#[derive(Default)]
pub(super) struct Found {
    /// Where an attribute goes (an empty range) or stands, in order.
    pub(super) places: Vec<Range<usize>>,
    pub(super) left: Vec<LeftAlone>,
    /// Modules for tests that lie in other files.
    pub(super) test_modules: Vec<String>,
}

/// A function without attribute, and why.
pub(super) struct LeftAlone {
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) why: &'static str,
}

/// Finds the functions of `source`: those to be annotated, or, to `remove` the attribute, those that have it.
pub(super) fn functions(source: &str, remove: bool) -> syn::Result<Found> {
    // the parser takes no offence at these but does not count them either
    let mark = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let is_shebang = source[mark..].starts_with("#!") && !source[mark + 2..].trim_start().starts_with('[');
    let skipped =
        if is_shebang { source[mark..].find('\n').map_or(source.len(), |end| mark + end) } else { mark };
    let file: syn::File = syn::parse_str(&source[skipped..])?;
    let mut finder = Finder { remove, ..Finder::default() };
    finder.in_tests = usize::from(is_for_tests(&file.attrs));
    finder.visit_file(&file);
    let mut found = finder.found;
    for place in &mut found.places {
        *place = place.start + skipped..place.end + skipped;
    }
    found.places.sort_by_key(|place| place.start);
    if is_shebang {
        found.left.iter_mut().for_each(|left| left.line += source[..skipped].matches('\n').count());
    }
    // what spans are looked up in grows with each file
    drop(file);
    proc_macro2::extra::invalidate_current_thread_spans();
    Ok(found)
}

#[derive(Default)]
struct Finder {
    remove: bool,
    found: Found,
    /// How many items for tests are around.
    in_tests: usize,
    /// How many blocks that are traced as a whole are around.
    in_traced: usize,
}

impl Finder {
    fn function(&mut self, attrs: &[Attribute], sig: &Signature, has_body: bool, whole: &dyn ToTokens) {
        if self.remove {
            self.found.places.extend(attrs.iter().filter(|attr| is_ours(attr)).map(place));
            return;
        }
        if self.in_traced > 0 || attrs.iter().any(is_trace) {
            return;
        }
        let why = if sig.constness.is_some() {
            "a const fn may run in the compiler"
        } else if !has_body {
            "has no body"
        } else if self.in_tests > 0 || is_for_tests(attrs) || has(attrs, &["test", "bench", "rstest"]) {
            "a test"
        } else if sig.abi.is_some() {
            "an extern fn, which other languages call"
        } else if has(attrs, &["proc_macro", "proc_macro_derive", "proc_macro_attribute"]) {
            "a procedural macro, which the compiler calls"
        } else if has(attrs, &["naked", "panic_handler"]) {
            "has no room for a call"
        } else {
            let outer = attrs.iter().filter(|attr| matches!(attr.style, AttrStyle::Outer)).count();
            // `#` and `[…]` of each attribute stand before
            let first = whole.to_token_stream().into_iter().nth(2 * outer);
            let at = first.map_or_else(|| sig.fn_token.span, |token| token.span()).byte_range().start;
            self.found.places.push(at..at);
            return;
        };
        self.leave(sig.ident.span(), sig.ident.to_string(), why);
    }

    fn leave(&mut self, at: Span, name: String, why: &'static str) {
        self.found.left.push(LeftAlone { line: at.start().line, name, why });
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
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.attrs, &item.sig, true, item);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.attrs, &item.sig, true, item);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.function(&item.attrs, &item.sig, item.default.is_some(), item);
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_foreign_item_fn(&mut self, item: &'ast syn::ForeignItemFn) {
        if !self.remove {
            self.leave(item.sig.ident.span(), item.sig.ident.to_string(), "declared in an extern block");
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.inside(&item.attrs, |finder| visit::visit_item_impl(finder, item));
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.inside(&item.attrs, |finder| visit::visit_item_trait(finder, item));
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.content.is_none() && is_for_tests(&item.attrs) {
            self.found.test_modules.push(item.ident.to_string());
        }
        self.inside(&item.attrs, |finder| visit::visit_item_mod(finder, item));
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        if !self.remove {
            self.functions_in(item.tokens.clone());
        }
    }
}

impl Finder {
    /// Names the functions that stand in a macro: what becomes of them is the macro's.
    fn functions_in(&mut self, tokens: TokenStream) {
        let mut after_fn = false;
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.functions_in(group.stream()),
                TokenTree::Ident(name) if after_fn => {
                    self.leave(name.span(), name.to_string(), "stands in a macro");
                    after_fn = false;
                }
                token => after_fn = matches!(&token, TokenTree::Ident(name) if name == "fn"),
            }
        }
    }
}

fn place(attr: &Attribute) -> Range<usize> {
    attr.pound_token.span.byte_range().start..attr.bracket_token.span.close().byte_range().end
}

/// Whether it is what [`super::ATTRIBUTE`] says.
fn is_ours(attr: &Attribute) -> bool {
    let path = attr.path();
    let names = ["flowtrace_runtime", "trace"];
    matches!(attr.meta, Meta::Path(_))
        && path.leading_colon.is_none()
        && path.segments.len() == names.len()
        && path.segments.iter().zip(names).all(|(segment, name)| segment.ident == name)
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
