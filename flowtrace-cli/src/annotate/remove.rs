//! What was put into a text is found again, and taken out.
use std::ops::Range;

use syn::Attribute;
use syn::visit::{self, Visit};

use super::carry::{self, Argument};
use super::edit::{self, Edit};
use super::rewrite::preamble;

/// A text without what was put there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Restored {
    pub(super) text: String,
    /// How many attributes were taken off.
    pub(super) attributes: usize,
    /// How many arguments carried the parent along.
    pub(super) carried: usize,
}

/// `source` without what [`super::rewrite::rewrite`] put there by the name `runtime`.
pub(super) fn restore(source: &str, runtime: &str) -> syn::Result<Restored> {
    let skipped = preamble(source);
    let rust = &source[skipped..];
    let file: syn::File = syn::parse_str(rust)?;
    let mut ours = Ours { rust, attribute: format!("#[{runtime}::trace]"), places: Vec::new() };
    ours.visit_file(&file);
    let arguments = carry::arguments(&file);
    drop(file);
    proc_macro2::extra::invalidate_current_thread_spans();

    let mut edits: Vec<Edit> =
        ours.places.into_iter().map(|place| edit::without_attribute(rust, place)).collect();
    let attributes = edits.len();
    for Argument { place, form, carried } in arguments {
        let Some(carried) = carried else { continue };
        let (before, after) = (place.start..carried.start, carried.end..place.end);
        if rust[before.clone()] == format!("{runtime}::{}(", form.function()) && &rust[after.clone()] == ")" {
            edits.extend([Edit::delete(before), Edit::delete(after)]);
        }
    }
    let carried = (edits.len() - attributes) / 2;
    let text = format!("{}{}", &source[..skipped], edit::apply(rust, edits));
    Ok(Restored { text, attributes, carried })
}

struct Ours<'a> {
    rust: &'a str,
    attribute: String,
    places: Vec<Range<usize>>,
}

impl Ours<'_> {
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
impl<'ast> Visit<'ast> for Ours<'_> {
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
