//! `Serialize` to JSON, externally tagged as `serde_json` has it.
mod compound;
mod secrecy;

use std::fmt::Display;

use compound::{Compound, Form};
use secrecy::Secrecy;
use serde_core::ser::{Error, Serialize, Serializer};

use super::json;
use super::value::{Stop, Value};

/// The names by which `serde_json`'s own types ask a serializer to take a string as JSON.
const RAW_NAMES: [&str; 2] = ["$serde_json::private::RawValue", "$serde_json::private::Number"];

impl Error for Stop {
    fn custom<T: Display>(why: T) -> Self {
        Self::Failed(why.to_string())
    }
}

impl<'v, 'a> Value<'a> {
    fn open(&'v mut self, open: &str, close: &'static str, form: Form) -> Result<Compound<'v, 'a>, Stop> {
        self.hides = false;
        self.descend()?;
        self.json(open)?;
        Ok(Compound::new(self, close, form))
    }

    /// A list or a map, none of which is shown where that is hidden.
    fn collection(
        &'v mut self,
        open: &str,
        close: &'static str,
        form: Form,
    ) -> Result<Compound<'v, 'a>, Stop> {
        if self.hides {
            self.redacted()?;
            return self.open("", "", Form::Sealed);
        }
        self.open(open, close, form)
    }

    fn variant(
        &'v mut self,
        name: &'static str,
        open: &str,
        close: &'static str,
        form: Form,
    ) -> Result<Compound<'v, 'a>, Stop> {
        self.json("{")?;
        self.field(name, true)?;
        self.open(open, close, form)
    }
}

macro_rules! naturals {
    ($($method:ident $type:ty)*) => {
        $(#[inline]
        fn $method(self, v: $type) -> Result<(), Stop> {
            self.number(v.into())
        })*
    };
}

macro_rules! integers {
    ($($method:ident $type:ty)*) => {
        $(fn $method(self, v: $type) -> Result<(), Stop> {
            self.json(itoa::Buffer::new().format(v))
        })*
    };
}

macro_rules! floats {
    ($($method:ident $type:ty)*) => {
        // JSON has no word for these, and a reader wants to see them
        $(fn $method(self, v: $type) -> Result<(), Stop> {
            if v.is_finite() {
                self.json(zmij::Buffer::new().format_finite(v))
            } else {
                self.string(if v.is_nan() { "NaN" } else if v > 0.0 { "Infinity" } else { "-Infinity" })
            }
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

    naturals! { serialize_u8 u8 serialize_u16 u16 serialize_u32 u32 serialize_u64 u64 }
    integers! {
        serialize_i8 i8 serialize_i16 i16 serialize_i32 i32 serialize_i64 i64 serialize_i128 i128
        serialize_u128 u128
    }
    floats! { serialize_f32 f32 serialize_f64 f64 }

    fn serialize_bool(self, v: bool) -> Result<(), Stop> {
        self.json(if v { "true" } else { "false" })
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
        self.json("null")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, v: &T) -> Result<(), Stop> {
        self.descend()?;
        v.serialize(&mut *self)?;
        self.ascend();
        Ok(())
    }

    fn serialize_unit(self) -> Result<(), Stop> {
        self.json("null")
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Stop> {
        self.json("null")
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
        let compound = self.variant(variant, "", "}", Form::Other)?;
        compound.value.content(variant, v).inspect_err(|_| compound.value.broken = true)?;
        compound.finish()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'v, 'a>, Stop> {
        self.collection("[", "]", Form::Other)
    }

    fn serialize_tuple(self, _: usize) -> Result<Compound<'v, 'a>, Stop> {
        self.collection("[", "]", Form::Tuple)
    }

    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> Result<Compound<'v, 'a>, Stop> {
        let secrecy = self.secrecy(name);
        self.hides |= secrecy == Secrecy::Hidden;
        let form = if secrecy == Secrecy::TextHidden { Form::TextHidden } else { Form::Tuple };
        self.collection("[", "]", form)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'v, 'a>, Stop> {
        match self.secrecy(variant) {
            Secrecy::Shown => self.variant(variant, "[", "]}", Form::Tuple),
            Secrecy::TextHidden => self.variant(variant, "[", "]}", Form::TextHidden),
            Secrecy::Hidden => {
                let compound = self.variant(variant, "", "}", Form::Sealed)?;
                compound.value.redacted()?;
                Ok(compound)
            }
        }
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'v, 'a>, Stop> {
        self.collection("{", "}", Form::Other)
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Compound<'v, 'a>, Stop> {
        if RAW_NAMES.contains(&name) {
            self.raw = true;
            return self.open("", "", Form::Other);
        }
        let form = if self.is_secret(name) { Form::Secret(name) } else { Form::Other };
        self.open("{", "}", form)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'v, 'a>, Stop> {
        let form = if self.is_secret(variant) { Form::Secret(variant) } else { Form::Other };
        self.variant(variant, "{", "}}", form)
    }
}
