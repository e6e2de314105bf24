//! What was put into a text is found again, and taken out.
use std::ops::Range;

use syn::Attribute;
use syn::visit::{self, Visit};

use super::edit;
use super::rewrite::preamble;

/// A text without what [`super::rewrite::rewrite`] put there by the name `runtime`, and how many attributes that were.
pub(super) fn restore(source: &str, runtime: &str) -> syn::Result<(String, usize)> {
    let skipped = preamble(source);
    let rust = &source[skipped..];
    let file: syn::File = syn::parse_str(rust)?;
    let mut finder = Finder { rust, attribute: format!("#[{runtime}::trace]"), places: Vec::new() };
    finder.visit_file(&file);
    drop(file);
    proc_macro2::extra::invalidate_current_thread_spans();
    let places = finder.places.into_iter();
    let edits: Vec<_> =
        places.map(|place| edit::remove(source, place.start + skipped..place.end + skipped)).collect();
    let attributes = edits.len();
    Ok((edit::apply(source, edits), attributes))
}

struct Finder<'a> {
    rust: &'a str,
    attribute: String,
    places: Vec<Range<usize>>,
}

impl Finder<'_> {
    fn function(&mut self, attrs: &[Attribute]) {
        for attr in attrs {
            let end = attr.bracket_token.span.close().byte_range().end;
            let place = attr.pound_token.span.byte_range().start..end;
            if self.rust.get(place.clone()) == Some(&self.attribute) {
                self.places.push(place);
            }
        }
    }
}

// one on a block is the user's
impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.attrs);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.attrs);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.function(&item.attrs);
        visit::visit_trait_item_fn(self, item);
    }
}
