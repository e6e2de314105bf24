//! What a type can do, asked without a bound: a method is looked up on [`Probe`], which has it if the type is a
//! plain value, and derefs to a step that has it if the type is a path, then if it is `Serialize`, and so on down to one that has it always.
//!
//! That the look-up goes by the bounds of inherent impls is the "autoderef specialization" that Lukas
//! Kalbertodt described. In generic code it sees the bounds that are declared there, not the type that is filled
//! in later. The methods have odd names, since a trait of the user that every type has comes first otherwise.
#![expect(clippy::unused_self, reason = "methods are looked up by the type of what they are called on")]

use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::Deref;

#[cfg(feature = "serde")]
use serde_core::Serialize;

use super::elements::{AsElements, Elements};
#[cfg(feature = "serde")]
use super::kind::AsSerialize;
use super::kind::{AsDebug, AsName, AsOption, AsPlain, AsResult, Capture};
use super::paths::Texts;
use super::plain::Plain;

/// A type that stands for a `T`, is made from nothing, and derefs to the next step.
macro_rules! steps {
    ($($(#[$doc:meta])* $step:ident => $next:ty),*) => {
        $(
            $(#[$doc])*
            pub struct $step<T: ?Sized>(PhantomData<T>);

            impl<T: ?Sized> $step<T> {
                pub(crate) const NEW: Self = Self(PhantomData);

                /// For the type of `value`.
                #[inline]
                pub const fn of(_value: &T) -> Self {
                    Self::NEW
                }
            }

            impl<T: ?Sized> Deref for $step<T> {
                type Target = $next;

                #[inline]
                fn deref(&self) -> &$next {
                    const { &<$next>::NEW }
                }
            }
        )*
    };
}
pub(crate) use steps;

/// The last step: it stands for a `T`, and derefs to nothing.
pub struct Any<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> Any<T> {
    const NEW: Self = Self(PhantomData);
}

steps! {
    /// Stands for a `T`; `flowtrace_kind` is the best form that its type has.
    Probe => OfText<T>,
    /// What is a path or a string of the system.
    OfText => OfSerialize<T>,
    /// What has `Serialize`.
    OfSerialize => OfParts<T>,
    /// What is made of parts that have `Debug`.
    OfParts => OfDebug<T>,
    /// What has `Debug`.
    OfDebug => OfOption<T>,
    /// An `Option` of what has no `Debug`.
    OfOption => Any<T>,
    /// Stands for a result; `flowtrace_sides` parts it if it is a `Result`, whatever alias it hides behind.
    Split => Any<T>
}

/// What has `Debug`, and a form that is better than what that says.
pub trait Parts {
    /// The form.
    type Kind: Capture<Self>;
    /// The form's one value.
    const KIND: Self::Kind;
}

impl<T: Debug> Parts for Option<T> {
    type Kind = AsOption<AsDebug>;
    const KIND: Self::Kind = AsOption(AsDebug);
}

impl<T: Elements + ?Sized> Parts for T {
    type Kind = AsElements;
    const KIND: AsElements = AsElements;
}

impl<T: Plain + ?Sized> Probe<T> {
    /// The form.
    #[inline]
    pub fn flowtrace_kind(&self) -> AsPlain {
        AsPlain
    }
}

#[cfg(feature = "serde")]
impl<T: Serialize + ?Sized> OfSerialize<T> {
    /// The form.
    #[inline]
    pub fn flowtrace_kind(&self) -> AsSerialize {
        AsSerialize
    }
}

impl<T: Texts + ?Sized> OfText<T> {
    /// The form.
    #[inline]
    pub fn flowtrace_kind(&self) -> T::Kind {
        T::KIND
    }
}

impl<T: Parts + ?Sized> OfParts<T> {
    /// The form.
    #[inline]
    pub fn flowtrace_kind(&self) -> T::Kind {
        T::KIND
    }
}

impl<T: Debug + ?Sized> OfDebug<T> {
    /// The form.
    #[inline]
    pub fn flowtrace_kind(&self) -> AsDebug {
        AsDebug
    }
}

impl<T> OfOption<Option<T>> {
    /// The form.
    #[inline]
    pub fn flowtrace_kind(&self) -> AsOption<AsName> {
        AsOption(AsName)
    }
}

impl<T: ?Sized> Any<T> {
    /// The form.
    #[inline]
    pub fn flowtrace_kind(&self) -> AsName {
        AsName
    }
}

/// The two sides of a `Result`; of another type the first is the type itself and the second a `()`, whose form is found
/// soonest.
///
/// Each side is probed where the type is known, which is in the generated code.
pub struct Sides<T, E, const RESULT: bool> {
    /// The payload of `Ok`.
    pub ok: Probe<T>,
    /// The payload of `Err`.
    pub err: Probe<E>,
}

impl<T, E> Split<Result<T, E>> {
    /// The sides.
    #[inline]
    pub fn flowtrace_sides(&self) -> Sides<T, E, true> {
        Sides { ok: Probe::NEW, err: Probe::NEW }
    }
}

impl<T> Any<T> {
    /// The sides.
    #[inline]
    pub fn flowtrace_sides(&self) -> Sides<T, (), false> {
        Sides { ok: Probe::NEW, err: Probe::NEW }
    }
}

impl<T, E> Sides<T, E, true> {
    /// The form of the whole from the forms of its sides.
    #[inline]
    pub fn flowtrace_both<K, L>(&self, ok: K, err: L) -> AsResult<K, L> {
        AsResult(ok, err)
    }
}

impl<T, E> Sides<T, E, false> {
    /// The form of the whole from the forms of its sides.
    #[inline]
    pub fn flowtrace_both<K, L>(&self, ok: K, _err: L) -> K {
        ok
    }
}
