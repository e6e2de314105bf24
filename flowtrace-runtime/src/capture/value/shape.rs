//! The brackets around what has parts.
use crate::record::{encode, tag};
use crate::text::Text;

/// What has parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::capture) enum Shape {
    List,
    Map,
    Fields,
    /// A list that is the payload of a variant.
    VariantList,
    VariantFields,
    /// A payload that has no parts of its own.
    Variant,
    /// Nothing of its own.
    Nothing,
}

impl Shape {
    pub(super) fn open(self) -> &'static str {
        match self {
            Self::List | Self::VariantList => "[",
            Self::Map | Self::Fields | Self::VariantFields => "{",
            Self::Variant | Self::Nothing => "",
        }
    }

    pub(super) fn close(self) -> &'static str {
        match self {
            Self::List => "]",
            Self::Map | Self::Fields | Self::Variant => "}",
            Self::VariantList => "]}",
            Self::VariantFields => "}}",
            Self::Nothing => "",
        }
    }

    /// Begins it in a tree.
    pub(super) fn begin(self, out: &mut Text) {
        match self {
            Self::List | Self::VariantList => encode::bare(out, tag::LIST),
            Self::Map => encode::bare(out, tag::MAP),
            Self::Fields | Self::VariantFields => encode::bare(out, tag::FIELDS),
            Self::Variant | Self::Nothing => {}
        }
    }

    /// Ends it in a tree.
    pub(super) fn end(self, out: &mut Text) {
        match self {
            Self::List | Self::Map => encode::bare(out, tag::END),
            Self::Fields | Self::Variant => encode::end_fields(out),
            Self::VariantList => {
                encode::bare(out, tag::END);
                encode::end_fields(out);
            }
            Self::VariantFields => {
                encode::end_fields(out);
                encode::end_fields(out);
            }
            Self::Nothing => {}
        }
    }
}
