//! Inherent, trait and generic impls, default methods, and std's traits with traced methods.
#![deny(warnings, dead_code, unused)]
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::hash::{Hash, Hasher};
use std::ops::{Add, Deref, Index, IndexMut};
use std::pin::Pin;
use std::task::{Context, Poll};

use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;
use serde::ser::{Serialize, SerializeStruct, Serializer};

pub struct S(u8);

impl S {
    pub const N: usize = 2;

    #[trace]
    fn new() -> Self {
        Self(1)
    }

    #[trace]
    fn without_a_self_in_its_signature() -> u8 {
        Self::new().0
    }

    #[trace]
    fn array() -> [Self; Self::N] {
        [Self(1), Self(2)]
    }

    #[trace]
    fn free() -> u8 {
        1
    }
}

pub trait Tr {
    const ID: u8;
    type Out: fmt::Debug;

    fn out(&self) -> Self::Out;

    #[trace]
    fn defaulted(&self) -> (Self::Out, u8) {
        (self.out(), Self::ID)
    }

    #[trace]
    fn defaulted_by_value(self) -> Self::Out
    where
        Self: Sized,
    {
        self.out()
    }

    #[trace]
    fn of_the_trait() -> u8
    where
        Self: Sized,
    {
        Self::ID
    }

    #[trace]
    fn boxed(self: Box<Self>) -> u8 {
        Self::ID
    }
}

impl Tr for S {
    const ID: u8 = 7;
    type Out = u8;

    #[trace]
    fn out(&self) -> u8 {
        self.0
    }
}

impl<T: Tr> Tr for Vec<T> {
    const ID: u8 = T::ID;
    type Out = Option<T::Out>;

    #[trace]
    fn out(&self) -> Self::Out {
        Some(self.first()?.out())
    }
}

pub trait Object: fmt::Debug {
    #[trace]
    fn id(&self) -> u8 {
        3
    }
}

impl Object for u8 {}

impl dyn Object {
    #[trace]
    fn on_the_object(&self) -> u8 {
        self.id()
    }
}

impl dyn Object + '_ {
    #[trace]
    fn on_any_object(&self) -> u8 {
        self.id()
    }
}

pub trait Ext {
    fn twice(&self) -> String;
}

impl<T: ?Sized + fmt::Display> Ext for T {
    #[trace]
    fn twice(&self) -> String {
        format!("{self}{self}")
    }
}

impl<'a, T: 'a, const N: usize> Holder<'a, T, N>
where
    for<'b> &'b T: IntoIterator<Item = &'b u8>,
{
    #[trace]
    fn sum(&self) -> u32 {
        self.0.into_iter().copied().map(u32::from).sum::<u32>() + u32::try_from(N).unwrap()
    }
}

pub struct Holder<'a, T, const N: usize>(&'a T);

impl Drop for S {
    #[trace]
    fn drop(&mut self) {
        self.0 = 0;
    }
}

impl fmt::Debug for S {
    #[trace]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("S").field(&self.0).finish()
    }
}

impl fmt::Display for S {
    #[trace]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Serialize for S {
    #[trace]
    fn serialize<Z: Serializer>(&self, z: Z) -> Result<Z::Ok, Z::Error> {
        let mut s = z.serialize_struct("S", 1)?;
        s.serialize_field("n", &self.0)?;
        s.end()
    }
}

impl Iterator for S {
    type Item = u8;

    #[trace]
    fn next(&mut self) -> Option<Self::Item> {
        self.0 = self.0.checked_sub(1)?;
        Some(self.0)
    }
}

impl Future for S {
    type Output = u8;

    #[trace]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u8> {
        if self.0 == 0 {
            return Poll::Ready(9);
        }
        self.0 -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl PartialEq for S {
    #[trace]
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for S {}

impl Hash for S {
    #[trace]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Clone for S {
    #[trace]
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl Add<&S> for &S {
    type Output = S;

    #[trace]
    fn add(self, other: &S) -> S {
        S(self.0 + other.0)
    }
}

impl Deref for S {
    type Target = u8;

    #[trace]
    fn deref(&self) -> &u8 {
        &self.0
    }
}

pub struct Table(HashMap<u8, u8>);

impl Index<u8> for Table {
    type Output = u8;

    #[trace]
    fn index(&self, key: u8) -> &u8 {
        &self.0[&key]
    }
}

impl IndexMut<u8> for Table {
    #[trace]
    fn index_mut(&mut self, key: u8) -> &mut u8 {
        self.0.get_mut(&key).unwrap()
    }
}

impl From<S> for u8 {
    #[trace]
    fn from(s: S) -> Self {
        s.0
    }
}

impl std::str::FromStr for S {
    type Err = std::num::ParseIntError;

    #[trace]
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Ok(Self(s.parse()?))
    }
}

impl<'de> serde::Deserialize<'de> for S {
    #[trace]
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        u8::deserialize(d).map(Self)
    }
}

pub(crate) fn main() {
    let rt = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let events = capture(|| {
        assert_eq!(S::without_a_self_in_its_signature() + S::free(), 2);
        assert_eq!(S::array()[1].defaulted(), (2, 7));
        assert_eq!(vec![S(4)].defaulted_by_value(), Some(4));
        assert_eq!(<Vec<S>>::of_the_trait() + Box::new(S(1)).boxed(), 14);
        let object: &dyn Object = &1_u8;
        assert_eq!(object.on_the_object() + object.on_any_object(), 6);
        assert_eq!("a".twice(), "aa");
        assert_eq!(Holder::<_, 2>(&vec![1_u8]).sum(), 3);
        assert_eq!(format!("{:?} {}", S(1), S(2)), "S(1) 2");
        assert_eq!(serde_json::to_string(&S(1)).unwrap(), r#"{"n":1}"#);
        assert_eq!(S(3).by_ref().sum::<u8>(), 3);
        assert_eq!(rt.block_on(S(2)), 9);
        assert!(S(1).clone() == S(1) && *(&S(1) + &S(2)) == 3);
        assert!(std::collections::HashSet::from([S(1)]).contains(&S(1)));
        let mut table = Table(HashMap::from([(1, 2)]));
        table[1] += 1;
        assert_eq!(table[1], 3);
        assert_eq!(u8::from("5".parse::<S>().unwrap()), 5);
        assert_eq!(serde_json::from_str::<S>("6").unwrap().0, 6);
    });
    let of = |function: &str| events.iter().find(|event| event.function == function).unwrap();
    assert_eq!(of("without_a_self_in_its_signature").self_type.as_deref(), Some("S"));
    assert_eq!(of("array").self_type.as_deref(), Some("S"));
    assert_eq!(of("defaulted_by_value").self_type.as_deref(), Some("Vec"));
    assert_eq!(of("on_any_object").self_type.as_deref(), Some("Object"));
    let new = events.iter().find(|event| event.function == "new" && event.result.is_some()).unwrap();
    assert_eq!(new.result.as_deref(), Some(r#"{"n":1}"#));
    // `Debug` and `Serialize` are traced when the program calls them, not when the tracer does
    assert_eq!(events.iter().filter(|event| event.function == "serialize").count(), 2);
}
