//! Paths and the system's strings as text: `Serialize` has lists of bytes for the strings and fails for paths that are no Unicode,
//! and `Debug` has quotes and escapes.
use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::kind::{AsOption, Capture};
use super::value::Slot;

/// A path or a string of the system, or what leads to it.
pub trait SystemText {
    /// What it says; what is no Unicode in it becomes U+FFFD.
    fn text(&self) -> Cow<'_, str>;
}

/// As text.
#[derive(Clone, Copy)]
pub struct AsText;

impl<T: SystemText + ?Sized> Capture<T> for AsText {
    fn capture(self, value: &T, slot: &mut Slot<'_>) {
        let text = value.text();
        slot.render(&mut |out| out.say(format_args!("{text}")));
    }
}

impl SystemText for OsStr {
    fn text(&self) -> Cow<'_, str> {
        self.to_string_lossy()
    }
}

macro_rules! texts {
    ($($type:ty)*) => {
        $(impl SystemText for $type {
            fn text(&self) -> Cow<'_, str> {
                AsRef::<Path>::as_ref(self).to_string_lossy()
            }
        })*
    };
}

texts!(OsString Path PathBuf Cow<'_, OsStr> Cow<'_, Path>);

macro_rules! leads {
    ($($pointer:ty)*) => {
        $(impl<T: SystemText + ?Sized> SystemText for $pointer {
            fn text(&self) -> Cow<'_, str> {
                (**self).text()
            }
        })*
    };
}

leads!(&T &mut T Box<T> std::rc::Rc<T> std::sync::Arc<T>);

/// What has such a text, or may have one.
pub trait Texts {
    /// The form.
    type Kind: Capture<Self>;
    /// The form's one value.
    const KIND: Self::Kind;
}

impl<T: SystemText> Texts for Option<T> {
    type Kind = AsOption<AsText>;
    const KIND: Self::Kind = AsOption(AsText);
}

impl<T: SystemText + ?Sized> Texts for T {
    type Kind = AsText;
    const KIND: AsText = AsText;
}
