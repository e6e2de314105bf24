//! Values whose JSON is written straight away: their own code can't fail, panic, or be anybody's but std's.
use super::value::Slot;
use crate::record::{encode, tag};

/// A number, a string, a `bool`, or an `Option` or reference of one.
pub trait Plain {
    /// Writes the value if it fits into its budget; whether it did.
    fn write(&self, slot: &mut Slot<'_>) -> bool;

    /// Writes as much of the value as fits.
    fn write_cut(&self, slot: &mut Slot<'_>);
}

/// As many bytes as a number has at most.
const NUMBER: usize = 20;

macro_rules! numbers {
    ($($number:ty)*) => {
        $(impl Plain for $number {
            #[inline]
            fn write(&self, slot: &mut Slot<'_>) -> bool {
                let fits = slot.budget >= NUMBER;
                if fits {
                    encode::unsigned(&mut slot.out, u64::from(*self));
                }
                fits
            }

            fn write_cut(&self, slot: &mut Slot<'_>) {
                slot.render(&mut |out| out.unsigned(u64::from(*self)));
            }
        })*
    };
}

macro_rules! signed {
    ($($number:ty)*) => {
        $(impl Plain for $number {
            #[inline]
            fn write(&self, slot: &mut Slot<'_>) -> bool {
                let fits = slot.budget >= NUMBER;
                if fits {
                    encode::signed(&mut slot.out, i64::from(*self));
                }
                fits
            }

            fn write_cut(&self, slot: &mut Slot<'_>) {
                slot.render(&mut |out| out.signed(i64::from(*self)));
            }
        })*
    };
}

numbers!(u8 u16 u32 u64);
signed!(i8 i16 i32 i64);

impl Plain for usize {
    #[inline]
    fn write(&self, slot: &mut Slot<'_>) -> bool {
        (*self as u64).write(slot)
    }

    fn write_cut(&self, slot: &mut Slot<'_>) {
        (*self as u64).write_cut(slot);
    }
}

impl Plain for bool {
    #[inline]
    fn write(&self, slot: &mut Slot<'_>) -> bool {
        let fits = slot.budget >= NUMBER;
        if fits {
            encode::bare(&mut slot.out, if *self { tag::TRUE } else { tag::FALSE });
        }
        fits
    }

    fn write_cut(&self, slot: &mut Slot<'_>) {
        slot.render(&mut |out| out.word(if *self { tag::TRUE } else { tag::FALSE }));
    }
}

impl Plain for () {
    #[inline]
    fn write(&self, slot: &mut Slot<'_>) -> bool {
        None::<bool>.write(slot)
    }

    fn write_cut(&self, slot: &mut Slot<'_>) {
        None::<bool>.write_cut(slot);
    }
}

impl Plain for str {
    #[inline]
    fn write(&self, slot: &mut Slot<'_>) -> bool {
        slot.plain_string(self)
    }

    fn write_cut(&self, slot: &mut Slot<'_>) {
        slot.render(&mut |out| out.string(self));
    }
}

impl Plain for String {
    #[inline]
    fn write(&self, slot: &mut Slot<'_>) -> bool {
        self.as_str().write(slot)
    }

    fn write_cut(&self, slot: &mut Slot<'_>) {
        self.as_str().write_cut(slot);
    }
}

impl<T: Plain + ?Sized> Plain for &T {
    #[inline]
    fn write(&self, slot: &mut Slot<'_>) -> bool {
        (**self).write(slot)
    }

    fn write_cut(&self, slot: &mut Slot<'_>) {
        (**self).write_cut(slot);
    }
}

impl<T: Plain> Plain for Option<T> {
    #[inline]
    fn write(&self, slot: &mut Slot<'_>) -> bool {
        let Some(value) = self else {
            let fits = slot.budget >= NUMBER;
            if fits {
                encode::bare(&mut slot.out, tag::NULL);
            }
            return fits;
        };
        value.write(slot)
    }

    fn write_cut(&self, slot: &mut Slot<'_>) {
        match self {
            Some(value) => value.write_cut(slot),
            None => slot.render(&mut |out| out.word(tag::NULL)),
        }
    }
}
