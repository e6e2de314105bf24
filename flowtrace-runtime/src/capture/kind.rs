//! The forms a value can be shown in, as types: what is settled at compile time costs nothing at run time.
use std::any::type_name;
use std::fmt::Debug;

#[cfg(feature = "serde")]
use serde_core::Serialize;

use super::plain::Plain;
use super::value::Slot;
use crate::record::{encode, tag};

/// How values of type `T` are shown.
pub trait Capture<T: ?Sized>: Copy + Send + Sync + Unpin + 'static {
    /// Writes `value`.
    fn capture(self, value: &T, slot: &mut Slot<'_>);

    /// Whether `value` is an `Err`.
    fn is_error(self, _value: &T) -> bool {
        false
    }
}

/// By `Serialize`.
#[cfg(feature = "serde")]
#[derive(Clone, Copy)]
pub struct AsSerialize;

/// As `Serialize` would have it, written straight away.
#[derive(Clone, Copy)]
pub struct AsPlain;

/// By `Debug`, as a string.
#[derive(Clone, Copy)]
pub struct AsDebug;

/// By the name of its type: `<my_crate::Connection>`.
#[derive(Clone, Copy)]
pub struct AsName;

/// By `K`, with nothing in it masked: for an argument marked `show`.
#[derive(Clone, Copy)]
pub struct AsItIs<K>(pub K);

/// `null`, or the payload by `K`.
#[derive(Clone, Copy)]
pub struct AsOption<K>(pub(super) K);

/// `{"Ok":…}` by `K`, or `{"Err":…}` by `E`.
#[derive(Clone, Copy)]
pub struct AsResult<K, E>(pub(super) K, pub(super) E);

impl<T: Plain + ?Sized> Capture<T> for AsPlain {
    #[inline]
    fn capture(self, value: &T, slot: &mut Slot<'_>) {
        if !value.write(slot) {
            write_cut(value, slot);
        }
    }
}

#[cold]
#[inline(never)]
fn write_cut<T: Plain + ?Sized>(value: &T, slot: &mut Slot<'_>) {
    value.write_cut(slot);
}

#[cfg(feature = "serde")]
impl<T: Serialize + ?Sized> Capture<T> for AsSerialize {
    fn capture(self, value: &T, slot: &mut Slot<'_>) {
        if slot.holds_lock(type_name::<T>()) {
            return AsName.capture(value, slot);
        }
        slot.render(&mut |out| value.serialize(out));
    }
}

/// Whether a type's name says that a lock is in it. `Serialize` would wait for whoever holds it, perhaps this very thread;
/// `Debug` would hold it, so that another thread finds it taken, and poison it should what is inside panic.
fn holds_lock(name: &str) -> bool {
    let is_lock = |(end, _)| name[..end].ends_with("Mutex") || name[..end].ends_with("RwLock");
    name.match_indices('<').any(is_lock)
}

impl Slot<'_> {
    #[inline]
    fn holds_lock(&mut self, name: &'static str) -> bool {
        // that much a compiler knows
        name.len() > "std::sync::Mutex<>".len() && self.known.locks.get(name, holds_lock)
    }

    /// What `Debug` says, unless there is a lock in what is called `name`.
    pub(super) fn debug(&mut self, name: &'static str, value: &dyn Debug) {
        if self.holds_lock(name) {
            return self.type_name(name);
        }
        self.render(&mut |out| out.say(format_args!("{value:?}")));
    }

    fn type_name(&mut self, name: &'static str) {
        if name.len() + 3 < self.budget {
            encode::pieces(&mut self.out, ["<", name, ">"]);
        } else {
            self.render(&mut |out| out.harmless(&format!("<{name}>")));
        }
    }
}

impl<T: Debug + ?Sized> Capture<T> for AsDebug {
    fn capture(self, value: &T, slot: &mut Slot<'_>) {
        slot.debug(type_name::<T>(), &value);
    }
}

impl<T: ?Sized> Capture<T> for AsName {
    fn capture(self, _value: &T, slot: &mut Slot<'_>) {
        slot.type_name(type_name::<T>());
    }
}

impl<T: ?Sized, K: Capture<T>> Capture<T> for AsItIs<K> {
    fn capture(self, value: &T, slot: &mut Slot<'_>) {
        let masks = std::mem::replace(&mut slot.masks, false);
        self.0.capture(value, slot);
        slot.masks = masks;
    }
}

impl<T, K: Capture<T>> Capture<Option<T>> for AsOption<K> {
    fn capture(self, value: &Option<T>, slot: &mut Slot<'_>) {
        match value {
            Some(value) => self.0.capture(value, slot),
            None => encode::bare(&mut slot.out, tag::NULL),
        }
    }
}

impl<T, E, K: Capture<T>, L: Capture<E>> Capture<Result<T, E>> for AsResult<K, L> {
    fn capture(self, value: &Result<T, E>, slot: &mut Slot<'_>) {
        match value {
            Ok(value) => {
                encode::bare(&mut slot.out, tag::OK);
                self.0.capture(value, slot);
            }
            Err(error) => {
                encode::bare(&mut slot.out, tag::ERR);
                self.1.capture(error, slot);
            }
        }
    }

    fn is_error(self, value: &Result<T, E>) -> bool {
        value.is_err()
    }
}
