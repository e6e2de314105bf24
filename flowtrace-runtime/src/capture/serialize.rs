//! `Serialize` to JSON, externally tagged as `serde_json` has it.
mod compound;
mod secrecy;

use std::fmt::Display;

use compound::{Compound, Form};
use secrecy::Secrecy;
use serde_core::ser::{Error, Serialize, Serializer};

use super::value::{Shape, Stop, Value};
use crate::record::tag;
use crate::text::json;

/// The names by which `serde_json`'s own types ask a serializer to take a string as JSON.
const RAW_NAMES: [&str; 2] = ["$serde_json::private::RawValue", "$serde_json::private::Number"];

impl Error for Stop {
    fn custom<T: Display>(why: T) -> Self {
        Self::Failed(Box::new(why.to_string()))
    }
}

impl<'v, 'a> Value<'a> {
    fn compound(&'v mut self, shape: Shape, form: Form) -> Result<Compound<'v, 'a>, Stop> {
        self.hides = false;
        self.open(shape)?;
        Ok(Compound::new(self, shape, form))
    }

    /// A list or a map, none of which is shown where that is hidden.
    fn collection(&'v mut self, shape: Shape, form: Form) -> Result<Compound<'v, 'a>, Stop> {
        if self.hides {
            self.redacted()?;
            return self.compound(Shape::Nothing, Form::Sealed);
        }
        self.compound(shape, form)
    }

    fn variant_of(
        &'v mut self,
        name: &'static str,
        shape: Shape,
        form: Form,
    ) -> Result<Compound<'v, 'a>, Stop> {
        self.hides = false;
        self.variant(name, shape)?;
        Ok(Compound::new(self, shape, form))
    }
}

macro_rules! numbers {
    ($write:ident $($method:ident $type:ty)*) => {
        $(#[inline]
        fn $method(self, v: $type) -> Result<(), Stop> {
            self.$write(v.into())
        })*
    };
}

impl<'v, 'a> Serializer for &'v mut Value<'a> {
    type Ok = ();
    type Error = Stop;
    type SerializeSeq = Compound<'v, 'a>;
    type SerializeTuple = Compound<'v, 'a>;
    type SerializeTupleStruct = Compound<'v, 'a>;
    type SerializeTupleVariant = Compound<'v, 'a>;
    type SerializeMap = Compound<'v, 'a>;
    type SerializeStruct = Compound<'v, 'a>;
    type SerializeStructVariant = Compound<'v, 'a>;

    numbers! { unsigned serialize_u8 u8 serialize_u16 u16 serialize_u32 u32 serialize_u64 u64 }
    numbers! { signed serialize_i8 i8 serialize_i16 i16 serialize_i32 i32 serialize_i64 i64 }

    fn serialize_i128(self, v: i128) -> Result<(), Stop> {
        self.large(itoa::Buffer::new().format(v))
    }

    fn serialize_u128(self, v: u128) -> Result<(), Stop> {
        self.large(itoa::Buffer::new().format(v))
    }

    fn serialize_f32(self, v: f32) -> Result<(), Stop> {
        self.float(v)
    }

    fn serialize_f64(self, v: f64) -> Result<(), Stop> {
        self.double(v)
    }

    fn serialize_bool(self, v: bool) -> Result<(), Stop> {
        self.word(if v { tag::TRUE } else { tag::FALSE })
    }

    fn serialize_char(self, v: char) -> Result<(), Stop> {
        if self.hides {
            return self.redacted();
        }
        self.string(v.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, v: &str) -> Result<(), Stop> {
        if self.hides {
            return self.redacted();
        }
        if !std::mem::take(&mut self.raw) {
            return self.string(v);
        }
        // JSON without its secrets need not be JSON
        if self.has_secret(v) {
            return self.string(v);
        }
        self.broken |= !json::is_json(v);
        self.raw_json(v)
    }

    fn collect_str<T: Display + ?Sized>(self, v: &T) -> Result<(), Stop> {
        if self.hides { self.redacted() } else { self.say(format_args!("{v}")) }
    }

    fn serialize_bytes(self, v: &[u8]) -> Result<(), Stop> {
        self.collect_seq(v)
    }

    fn serialize_none(self) -> Result<(), Stop> {
        self.word(tag::NULL)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, v: &T) -> Result<(), Stop> {
        self.descend()?;
        v.serialize(&mut *self)?;
        self.ascend();
        Ok(())
    }

    fn serialize_unit(self) -> Result<(), Stop> {
        self.word(tag::NULL)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Stop> {
        self.word(tag::NULL)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Stop> {
        self.string(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, v: &T) -> Result<(), Stop> {
        self.content(name, v)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        v: &T,
    ) -> Result<(), Stop> {
        let compound = self.variant_of(variant, Shape::Variant, Form::Other)?;
        compound.value.content(variant, v).inspect_err(|_| compound.value.broken = true)?;
        compound.finish()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'v, 'a>, Stop> {
        self.collection(Shape::List, Form::Other)
    }

    fn serialize_tuple(self, _: usize) -> Result<Compound<'v, 'a>, Stop> {
        self.collection(Shape::List, Form::Tuple)
    }

    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> Result<Compound<'v, 'a>, Stop> {
        let secrecy = self.secrecy(name);
        self.hides |= secrecy == Secrecy::Hidden;
        let form = if secrecy == Secrecy::TextHidden { Form::TextHidden } else { Form::Tuple };
        self.collection(Shape::List, form)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'v, 'a>, Stop> {
        match self.secrecy(variant) {
            Secrecy::Shown => self.variant_of(variant, Shape::VariantList, Form::Tuple),
            Secrecy::TextHidden => self.variant_of(variant, Shape::VariantList, Form::TextHidden),
            Secrecy::Hidden => {
                let compound = self.variant_of(variant, Shape::Variant, Form::Sealed)?;
                compound.value.redacted()?;
                Ok(compound)
            }
        }
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'v, 'a>, Stop> {
        self.collection(Shape::Map, Form::Other)
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Compound<'v, 'a>, Stop> {
        if RAW_NAMES.contains(&name) {
            self.raw = true;
            return self.compound(Shape::Nothing, Form::Raw);
        }
        let form = if self.is_secret(name) { Form::Secret(name) } else { Form::Other };
        self.compound(Shape::Fields, form)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'v, 'a>, Stop> {
        let form = if self.is_secret(variant) { Form::Secret(variant) } else { Form::Other };
        self.variant_of(variant, Shape::VariantFields, form)
    }
}
