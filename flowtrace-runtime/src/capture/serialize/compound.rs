//! The parts of arrays and objects that `Serialize` writes, and what is said by one part of the secrecy of the next.
use std::fmt;

use serde_core::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::secrecy::Secrecy;
use crate::capture::mask;
use crate::capture::value::{Shape, Stop, Value};

/// An array or object being written.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(in crate::capture) struct Compound<'v, 'a> {
    pub(super) value: &'v mut Value<'a>,
    shape: Shape,
    first: bool,
    /// The value of the key just written must not be shown.
    secret: bool,
    /// What was written names a secret that follows: `{name: "password", value: …}`, `["--password", …]`.
    named: bool,
    /// The option just written says that a user and a password follow: `["-u", "ann:x"]`.
    user: bool,
    /// The key just written says that a name follows.
    naming: bool,
    /// A key was written whose value was not.
    keyed: bool,
    form: Form,
}

/// What an array or object is of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Different things, of which the first may name what the others are.
    Tuple,
    /// Nothing that may be shown: all of it is written already.
    Sealed,
    /// What may hold a secret, but only as text.
    TextHidden,
    /// Fields of a struct or a variant with this name, which is secret.
    Secret(&'static str),
    /// One value, which stands for all of it.
    Raw,
    Other,
}

impl<'v, 'a> Compound<'v, 'a> {
    /// One of which what opens it is written.
    pub(super) fn new(value: &'v mut Value<'a>, shape: Shape, form: Form) -> Self {
        Self {
            value,
            shape,
            first: true,
            secret: false,
            named: false,
            user: false,
            naming: false,
            keyed: false,
            form,
        }
    }

    fn comma(&mut self) -> Result<(), Stop> {
        let first = std::mem::take(&mut self.first);
        self.value.comma(first)
    }

    /// An error in here that is not passed on would leave a gap.
    fn part<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), Stop> {
        v.serialize(&mut *self.value).inspect_err(|_| self.value.broken = true)
    }

    fn part_without_text<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), Stop> {
        self.value.without_text(v).inspect_err(|_| self.value.broken = true)
    }

    fn element<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), Stop> {
        if self.form == Form::Sealed {
            return Ok(());
        }
        let is_name = self.form == Form::Tuple && self.first;
        self.comma()?;
        if self.secret || std::mem::take(&mut self.named) {
            return self.value.redacted();
        }
        if self.form == Form::TextHidden {
            return self.part_without_text(v);
        }
        let mark = self.value.mark();
        self.value.is_user = std::mem::take(&mut self.user);
        self.part(v)?;
        self.value.is_user = false;
        if is_name || self.value.wrote_flag(mark) {
            self.user = matches!(self.value.written_text(mark), "-u" | "--user");
            let names_secret = self.value.names_secret(mark, mask::is_name);
            self.secret = is_name && names_secret;
            self.named = names_secret;
        }
        Ok(())
    }

    fn entry<T: Serialize + ?Sized>(&mut self, key: &'static str, v: &T) -> Result<(), Stop> {
        if self.form == Form::Raw {
            self.value.broken |= !std::mem::take(&mut self.first);
            return self.part(v);
        }
        if self.form == Form::Sealed {
            return Ok(());
        }
        let first = std::mem::take(&mut self.first);
        let field = self.value.find_out(key);
        self.value.field(key, field, first)?;
        if field.secret || (self.named && field.is_value) {
            return self.value.redacted();
        }
        if let Form::Secret(name) = self.form {
            match self.value.secrecy_of_field(name, key) {
                Secrecy::Shown => {}
                Secrecy::Hidden => return self.value.redacted(),
                Secrecy::TextHidden => return self.part_without_text(v),
            }
        }
        let mark = self.value.mark();
        self.part(v)?;
        self.named |= field.is_naming && self.value.names_secret(mark, mask::is_name);
        Ok(())
    }

    pub(super) fn finish(self) -> Result<(), Stop> {
        self.value.raw = false;
        self.value.broken |= self.keyed || (self.form == Form::Raw && self.first);
        self.value.close(self.shape)
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
        self.value.broken |= std::mem::replace(&mut self.keyed, true);
        if self.form == Form::Sealed {
            return Ok(());
        }
        self.comma()?;
        let mark = self.value.begin_key()?;
        self.part(key)?;
        let text = self.value.written_text(mark);
        self.naming = mask::is_naming(text);
        self.secret = (self.named && mask::is_value(text)) || self.value.names_secret(mark, |_| true);
        self.value.end_key(mark)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), Stop> {
        self.value.broken |= !std::mem::take(&mut self.keyed);
        if self.form == Form::Sealed {
            return Ok(());
        }
        if std::mem::take(&mut self.secret) {
            return self.value.redacted();
        }
        let mark = self.value.mark();
        self.part(v)?;
        self.named |= self.naming && self.value.names_secret(mark, mask::is_name);
        Ok(())
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
