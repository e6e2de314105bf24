//! `Serialize` to JSON, externally tagged as `serde_json` has it.
use std::fmt::{self, Display};

use serde_core::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::json;
use super::mask::{self, REDACTED};
use super::value::{Stop, Value};

/// The names by which `serde_json`'s own types ask a serializer to take a string as JSON.
const RAW_NAMES: [&str; 2] = ["$serde_json::private::RawValue", "$serde_json::private::Number"];

impl Error for Stop {
    fn custom<T: Display>(why: T) -> Self {
        Self::Failed(why.to_string())
    }
}

impl<'v, 'a> Value<'a> {
    fn open(&'v mut self, open: &str, close: &'static str) -> Result<Compound<'v, 'a>, Stop> {
        self.descend()?;
        self.json(open)?;
        Ok(Compound { value: self, close, first: true, secret: false, keyed: false, form: Form::Other })
    }

    fn variant(&'v mut self, name: &str, open: &str, close: &'static str) -> Result<Compound<'v, 'a>, Stop> {
        self.json("{")?;
        self.string(name)?;
        self.json(":")?;
        self.open(open, close)
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
        self.string(v.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, v: &str) -> Result<(), Stop> {
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
        self.say(format_args!("{v}"))
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
        if self.is_secret(name) { self.redacted() } else { self.serialize_some(v) }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        v: &T,
    ) -> Result<(), Stop> {
        let mut map = self.open("{", "}")?;
        map.entry(variant, v)?;
        map.finish()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'v, 'a>, Stop> {
        self.open("[", "]")
    }

    fn serialize_tuple(self, _: usize) -> Result<Compound<'v, 'a>, Stop> {
        Ok(Compound { form: Form::Tuple, ..self.open("[", "]")? })
    }

    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> Result<Compound<'v, 'a>, Stop> {
        if self.is_secret(name) {
            self.redacted()?;
            return Ok(Compound { form: Form::Sealed, ..self.open("", "")? });
        }
        self.serialize_tuple(0)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'v, 'a>, Stop> {
        if self.is_secret(variant) {
            let mut map = self.open("{", "}")?;
            map.entry(variant, REDACTED)?;
            return Ok(Compound { form: Form::Sealed, ..map });
        }
        Ok(Compound { form: Form::Tuple, ..self.variant(variant, "[", "]}")? })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'v, 'a>, Stop> {
        self.open("{", "}")
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Compound<'v, 'a>, Stop> {
        if RAW_NAMES.contains(&name) {
            self.raw = true;
            return self.open("", "");
        }
        self.open("{", "}")
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'v, 'a>, Stop> {
        if self.is_secret(variant) {
            let mut map = self.open("{", "}")?;
            map.entry(variant, REDACTED)?;
            return Ok(Compound { form: Form::Sealed, ..map });
        }
        self.variant(variant, "{", "}}")
    }
}

/// An array or object being written.
pub(super) struct Compound<'v, 'a> {
    value: &'v mut Value<'a>,
    close: &'static str,
    first: bool,
    /// The value of the key just written must not be shown.
    secret: bool,
    /// A key was written whose value was not.
    keyed: bool,
    form: Form,
}

/// What an array or object is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Different things, of which the first may name what the others are.
    Tuple,
    /// Nothing that may be shown: all of it is written already.
    Sealed,
    Other,
}

impl Compound<'_, '_> {
    fn comma(&mut self) -> Result<(), Stop> {
        if std::mem::take(&mut self.first) { Ok(()) } else { self.value.json(",") }
    }

    /// An error in here that is not passed on would leave a gap.
    fn part<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), Stop> {
        v.serialize(&mut *self.value).inspect_err(|_| self.value.broken = true)
    }

    fn element<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), Stop> {
        if self.form == Form::Sealed {
            return Ok(());
        }
        let is_name = self.form == Form::Tuple && self.first;
        self.comma()?;
        if self.secret {
            return self.value.redacted();
        }
        let from = self.value.position();
        self.part(v)?;
        self.secret = is_name && self.value.names_secret(from, mask::is_name);
        Ok(())
    }

    fn entry<T: Serialize + ?Sized>(&mut self, key: &'static str, v: &T) -> Result<(), Stop> {
        if self.value.raw {
            return self.part(v);
        }
        if self.form == Form::Sealed {
            return Ok(());
        }
        let first = std::mem::take(&mut self.first);
        if self.value.field(key, first)?.secret {
            return self.value.redacted();
        }
        self.part(v)
    }

    fn finish(self) -> Result<(), Stop> {
        self.value.raw = false;
        self.value.broken |= self.keyed;
        self.value.ascend();
        self.value.json(self.close)
    }
}

macro_rules! elements {
    ($($trait:ident $method:ident)*) => {
        $(impl $trait for Compound<'_, '_> {
            type Ok = ();
            type Error = Stop;

            fn $method<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), Stop> {
                self.element(v)
            }

            fn end(self) -> Result<(), Stop> {
                self.finish()
            }
        })*
    };
}

elements! {
    SerializeSeq serialize_element
    SerializeTuple serialize_element
    SerializeTupleStruct serialize_field
    SerializeTupleVariant serialize_field
}

macro_rules! fields {
    ($($trait:ident)*) => {
        $(impl $trait for Compound<'_, '_> {
            type Ok = ();
            type Error = Stop;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, v: &T) -> Result<(), Stop> {
                self.entry(key, v)
            }

            fn end(self) -> Result<(), Stop> {
                self.finish()
            }
        })*
    };
}

fields! { SerializeStruct SerializeStructVariant }

impl SerializeMap for Compound<'_, '_> {
    type Ok = ();
    type Error = Stop;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Stop> {
        self.comma()?;
        self.value.broken |= std::mem::replace(&mut self.keyed, true);
        let from = self.value.position();
        self.part(key)?;
        self.secret = self.value.end_key(from);
        self.value.json(":")
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), Stop> {
        self.value.broken |= !std::mem::take(&mut self.keyed);
        if std::mem::take(&mut self.secret) {
            return self.value.redacted();
        }
        self.part(v)
    }

    fn end(self) -> Result<(), Stop> {
        self.finish()
    }
}

impl fmt::Debug for Compound<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compound").finish_non_exhaustive()
    }
}
