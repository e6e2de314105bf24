//! Lists, sets and maps by `Debug`, an element at a time: std's own `Debug` of them goes on to the last element, though
//! what it says is long cut.
use std::any::type_name;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::fmt::{self, Debug, Formatter};
use std::rc::Rc;
use std::sync::Arc;

use super::kind::Capture;
use super::value::Slot;

/// What is made of elements, or leads to it.
pub trait Elements {
    /// Writes what `Debug` does, up to the first error.
    ///
    /// # Errors
    /// The first error.
    fn fmt_elements(&self, f: &mut Formatter<'_>) -> fmt::Result;
}

/// By `Debug`, as a string, element by element.
#[derive(Clone, Copy)]
pub struct AsElements;

impl<T: Elements + ?Sized> Capture<T> for AsElements {
    fn capture(self, value: &T, slot: &mut Slot<'_>) {
        slot.debug(type_name::<T>(), &Shown(value));
    }
}

struct Shown<'a, T: ?Sized>(&'a T);

impl<T: Elements + ?Sized> Debug for Shown<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.fmt_elements(f)
    }
}

/// An element, or a key and its value.
struct Item<'a>(&'a dyn Debug, Option<&'a dyn Debug>);

fn write(
    f: &mut Formatter<'_>,
    [open, close]: [&str; 2],
    items: &mut dyn Iterator<Item = Item<'_>>,
) -> fmt::Result {
    f.write_str(open)?;
    let mut comma = "";
    for Item(item, value) in items {
        f.write_str(comma)?;
        item.fmt(f)?;
        if let Some(value) = value {
            f.write_str(": ")?;
            value.fmt(f)?;
        }
        comma = ", ";
    }
    f.write_str(close)
}

macro_rules! lists {
    ($ends:expr, $($list:ident $(<$hasher:ident>)?)*) => {
        $(impl<T: Debug $(, $hasher)?> Elements for $list<T $(, $hasher)?> {
            fn fmt_elements(&self, f: &mut Formatter<'_>) -> fmt::Result {
                write(f, $ends, &mut self.iter().map(|item| Item(item, None)))
            }
        })*
    };
}

lists!(["[", "]"], Vec VecDeque LinkedList BinaryHeap);
lists!(["{", "}"], BTreeSet HashSet<S>);

macro_rules! maps {
    ($($map:ident $(<$hasher:ident>)?)*) => {
        $(impl<K: Debug, V: Debug $(, $hasher)?> Elements for $map<K, V $(, $hasher)?> {
            fn fmt_elements(&self, f: &mut Formatter<'_>) -> fmt::Result {
                write(f, ["{", "}"], &mut self.iter().map(|(key, value)| Item(key, Some(value))))
            }
        })*
    };
}

maps!(BTreeMap HashMap<S>);

impl<T: Debug> Elements for [T] {
    fn fmt_elements(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write(f, ["[", "]"], &mut self.iter().map(|item| Item(item, None)))
    }
}

impl<T: Debug, const N: usize> Elements for [T; N] {
    fn fmt_elements(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt_elements(f)
    }
}

macro_rules! pointers {
    ($($pointer:ty)*) => {
        $(impl<T: Elements + ?Sized> Elements for $pointer {
            fn fmt_elements(&self, f: &mut Formatter<'_>) -> fmt::Result {
                (**self).fmt_elements(f)
            }
        })*
    };
}

pointers!(&T &mut T Box<T> Rc<T> Arc<T>);
