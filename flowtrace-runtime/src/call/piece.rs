//! A value and how it is shown, whatever its type is: so that what a traced function calls is not compiled for each type.
use crate::capture::{Capture, Slot};

/// A value that can be shown.
pub trait Piece {
    /// Writes it.
    fn write(&self, slot: &mut Slot<'_>);
}

/// A value and its form.
pub struct Shown<'a, T: ?Sized, K>(&'a T, K);

impl<'a, T: ?Sized, K: Capture<T>> Shown<'a, T, K> {
    /// Puts the two together.
    #[inline]
    pub fn of(value: &'a T, kind: K) -> Self {
        Self(value, kind)
    }
}

impl<T: ?Sized, K: Capture<T>> Piece for Shown<'_, T, K> {
    fn write(&self, slot: &mut Slot<'_>) {
        self.1.capture(self.0, slot);
    }
}
