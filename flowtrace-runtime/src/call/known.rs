//! What makes types known to the compiler in generated code. None of it is ever called.
use std::convert::Infallible;
use std::marker::PhantomData;

/// Stands for the type of what a function returns, before there is a value of it.
pub struct Type<R>(PhantomData<fn() -> R>);

impl<R> Type<R> {
    /// Stands for a type that is still to be found out.
    #[inline]
    pub const fn unknown() -> Self {
        Self(PhantomData)
    }

    /// Makes it known; never called.
    #[cold]
    pub fn known(&self) -> R {
        never()
    }
}

/// Makes a type known; never called.
#[cold]
pub fn never<T>() -> T {
    unreachable!("generated code asks for a type, not for a value")
}

/// Makes a closure take the whole of `value`, whatever part of it is used; never called.
#[cold]
pub fn whole<T>(_value: T) -> ! {
    unreachable!("generated code says what a closure takes")
}

/// What an async function returns that never does.
pub type Never = Infallible;
