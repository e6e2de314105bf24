//! How much is shown of a value by the name of its type, its variant or its field.
use serde_core::ser::{Serialize, Serializer as _};

use crate::capture::mask;
use crate::capture::value::{Stop, Value};

/// What is not shown of the value of a name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrecy {
    Shown,
    Hidden,
    /// The name is a compiler's as often as a secret's: text is hidden, and numbers are not.
    TextHidden,
}

impl Secrecy {
    fn of(name: &str, field: &str, is_secret: bool) -> Self {
        match is_secret {
            false => Self::Shown,
            true if mask::hides_text_alone(name, field) => Self::TextHidden,
            true => Self::Hidden,
        }
    }
}

impl Value<'_> {
    /// The one value of what is called `name`.
    pub(super) fn content<T: Serialize + ?Sized>(&mut self, name: &'static str, v: &T) -> Result<(), Stop> {
        match self.secrecy(name) {
            Secrecy::Shown => self.serialize_some(v),
            Secrecy::Hidden => self.redacted(),
            Secrecy::TextHidden => self.without_text(v),
        }
    }

    /// A value of which no text, list or map is shown, but what is a number, a bool or a struct.
    pub(super) fn without_text<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), Stop> {
        self.hides = true;
        let done = self.serialize_some(v);
        self.hides = false;
        done
    }

    pub(super) fn secrecy(&mut self, name: &'static str) -> Secrecy {
        Secrecy::of(name, "", self.is_secret(name))
    }

    /// Of a field in a struct whose name is secret: `Token { value: … }` holds what is called `token_value`.
    pub(super) fn secrecy_of_field(&mut self, name: &str, field: &str) -> Secrecy {
        Secrecy::of(name, field, mask::with_joint_name(name, field, |name| self.is_secret_key(name)))
    }
}
