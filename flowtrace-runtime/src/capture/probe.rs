//! What a type can do, asked without a bound: method look-up takes the first step of
//! `&&&&&&&Probe<T>` that has the method, and each step has it for the types that can do one thing.
//!
//! The idea is David Tolnay's, "autoref-based stable specialization". In generic code it sees the
//! bounds that are declared there, not the type that is filled in later.
use std::convert::Infallible;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, RwLock};

use serde_core::Serialize;

use super::kind::{AsDebug, AsName, AsOption, AsResult, AsSerialize};

/// Stands for a `T`; `(&&&&&&&Probe::of(&value)).flowtrace_kind()` is the best form that its type has.
pub struct Probe<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> Clone for Probe<T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Probe<T> {}

impl<T: ?Sized> Probe<T> {
    /// For a type that is known from elsewhere.
    #[inline]
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }

    /// For the type of `value`.
    #[inline]
    pub const fn of(_value: &T) -> Self {
        Self(PhantomData)
    }
}

/// The first choice: locks, of which `Serialize` would wait for whoever holds them, perhaps this very thread.
/// `Debug` does not wait.
pub trait OfLockDebug {
    /// The form.
    #[inline]
    fn flowtrace_kind(&self) -> AsDebug {
        AsDebug
    }
}

/// Locks of what has no `Debug`.
pub trait OfLock {
    /// The form.
    #[inline]
    fn flowtrace_kind(&self) -> AsName {
        AsName
    }
}

macro_rules! locks {
    ($($lock:ty),*) => {
        $(
            impl<T: Debug + ?Sized> OfLockDebug for &&&&&&Probe<$lock> {}
            impl<T: ?Sized> OfLock for &&&&&Probe<$lock> {}
        )*
    };
}

locks!(
    Mutex<T>,
    &Mutex<T>,
    Arc<Mutex<T>>,
    &Arc<Mutex<T>>,
    RwLock<T>,
    &RwLock<T>,
    Arc<RwLock<T>>,
    &Arc<RwLock<T>>
);

/// The first choice for other types.
pub trait OfSerialize {
    /// The form.
    #[inline]
    fn flowtrace_kind(&self) -> AsSerialize {
        AsSerialize
    }
}
impl<T: Serialize + ?Sized> OfSerialize for &&&&Probe<T> {}

/// The second choice.
pub trait OfOptionDebug {
    /// The form.
    #[inline]
    fn flowtrace_kind(&self) -> AsOption<AsDebug> {
        AsOption(AsDebug)
    }
}
impl<T: Debug> OfOptionDebug for &&&Probe<Option<T>> {}

/// The third choice.
pub trait OfOption {
    /// The form.
    #[inline]
    fn flowtrace_kind(&self) -> AsOption<AsName> {
        AsOption(AsName)
    }
}
impl<T> OfOption for &&Probe<Option<T>> {}

/// The fourth choice.
pub trait OfDebug {
    /// The form.
    #[inline]
    fn flowtrace_kind(&self) -> AsDebug {
        AsDebug
    }
}
impl<T: Debug + ?Sized> OfDebug for &Probe<T> {}

/// What every type has.
pub trait OfAny {
    /// The form.
    #[inline]
    fn flowtrace_kind(&self) -> AsName {
        AsName
    }
}
impl<T: ?Sized> OfAny for Probe<T> {}

/// The two sides of a `Result`; of another type the first is the type itself and the second is empty.
///
/// Each side is probed where the type is known, which is in the generated code.
pub struct Sides<T, E, const RESULT: bool> {
    /// The payload of `Ok`.
    pub ok: Probe<T>,
    /// The payload of `Err`.
    pub err: Probe<E>,
}

#[expect(clippy::unused_self, reason = "it is there for its type")]
impl<T, E> Sides<T, E, true> {
    /// The form of the whole from the forms of its sides.
    #[inline]
    pub fn flowtrace_both<K, L>(self, ok: K, err: L) -> AsResult<K, L> {
        AsResult(ok, err)
    }
}

#[expect(clippy::unused_self, reason = "it is there for its type")]
impl<T, E> Sides<T, E, false> {
    /// The form of the whole from the forms of its sides.
    #[inline]
    pub fn flowtrace_both<K, L>(self, ok: K, _err: L) -> K {
        ok
    }
}

/// Splits a `Result`, whatever alias it hides behind.
pub trait SplitResult<T, E> {
    /// The sides.
    #[inline]
    fn flowtrace_sides(&self) -> Sides<T, E, true> {
        Sides { ok: Probe::new(), err: Probe::new() }
    }
}
impl<T, E> SplitResult<T, E> for &Probe<Result<T, E>> {}

/// Leaves another type whole.
pub trait SplitAny<T> {
    /// The sides.
    #[inline]
    fn flowtrace_sides(&self) -> Sides<T, Infallible, false> {
        Sides { ok: Probe::new(), err: Probe::new() }
    }
}
impl<T> SplitAny<T> for Probe<T> {}
