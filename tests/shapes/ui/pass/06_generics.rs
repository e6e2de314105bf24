//! Generic parameters of all kinds, with and without bounds that say how a value is shown.
#![deny(warnings, dead_code, unused)]
use std::fmt::Debug;
use std::marker::PhantomData;

use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;
use serde::Serialize;

#[trace]
fn unbounded<T, const N: usize>(a: [T; N]) -> usize {
    a.len()
}

#[trace]
fn debug<T: Debug, const N: usize>(a: [T; N]) -> usize {
    a.len()
}

#[trace]
fn serialize<T: Serialize, const N: usize>(a: &[T], _: [(); N]) -> usize {
    a.len()
}

#[trace]
fn both<T>(a: T) -> T
where
    T: Debug + Serialize + Clone,
{
    a.clone()
}

#[trace]
fn higher_ranked<F>(f: F) -> usize
where
    for<'a> F: Fn(&'a str) -> &'a str,
{
    f("abc").len()
}

#[trace]
fn unsized_behind_a_reference<T: ?Sized + AsRef<str>>(t: &T) -> usize {
    t.as_ref().len()
}

pub trait Lending {
    type Item<'a>
    where
        Self: 'a;
    const SIZE: usize;

    fn lend(&mut self) -> Self::Item<'_>;
}

pub struct Bytes([u8; 3]);

impl Lending for Bytes {
    type Item<'a> = &'a mut u8;
    const SIZE: usize = 3;

    #[trace]
    fn lend(&mut self) -> Self::Item<'_> {
        &mut self.0[Self::SIZE - 1]
    }
}

#[trace]
fn through_a_gat<'l, L: Lending>(lending: &'l mut L) -> L::Item<'l>
where
    L::Item<'l>: Sized,
{
    lending.lend()
}

pub struct Grid<T, const W: usize, const H: usize>([[T; W]; H]);

impl<T: Copy + Default, const W: usize, const H: usize> Grid<T, W, H> {
    const CELLS: usize = W * H;

    #[trace]
    fn transposed(&self) -> Grid<T, H, W> {
        let mut out = [[T::default(); H]; W];
        for (y, row) in self.0.iter().enumerate() {
            for (x, cell) in row.iter().enumerate() {
                out[x][y] = *cell;
            }
        }
        Grid(out)
    }

    #[trace]
    fn cells() -> usize {
        Self::CELLS
    }
}

impl Grid<u8, 2, 1> {
    const N: usize = 2;

    #[trace]
    fn flat(&self) -> [u8; Self::N] {
        self.0[0]
    }
}

#[trace]
fn const_expression<const ON: bool, const C: char>(_: [u8; 2 + 3]) -> (bool, char) {
    (ON, C)
}

#[trace]
fn early_and_late<'a: 'b, 'b, T: 'a + ?Sized>(a: &'a T, _b: &'b T) -> &'b T {
    a
}

#[trace]
fn phantom<T>(_: PhantomData<fn(T) -> T>) {}

#[trace]
async fn generic_async<T: Iterator<Item: Debug>, const N: usize>(mut t: T) -> [Option<T::Item>; N] {
    std::array::from_fn(|_| t.next())
}

struct Opaque;

pub(crate) fn main() {
    let events = capture(|| {
        assert_eq!(unbounded([Opaque, Opaque]), 2);
        assert_eq!(debug([1, 2]), 2);
        assert_eq!(serialize(&["a", "b"], []), 2);
        assert_eq!(both("x"), "x");
        assert_eq!(higher_ranked(|s| &s[1..]), 2);
        assert_eq!(unsized_behind_a_reference("abc"), 3);
        *through_a_gat(&mut Bytes([1, 2, 3])) += 1;
        assert_eq!(Grid([[1, 2, 3]]).transposed().0, [[1], [2], [3]]);
        assert_eq!(Grid::<u8, 2, 3>::cells(), 6);
        assert_eq!(Grid([[1, 2]]).flat(), [1, 2]);
        assert_eq!(const_expression::<true, 'x'>([0; 5]), (true, 'x'));
        assert_eq!(early_and_late("a", "b"), "a");
        phantom::<Opaque>(PhantomData);
    });
    drop(generic_async::<_, 2>([1].iter()));
    assert!(events[0].args.as_deref().is_some_and(|args| args.contains("[06_generics::Opaque; 2]") || args.contains("Opaque; 2]>")));
    assert_eq!(events[2].args.as_deref(), Some(r#"{"a":"[1, 2]"}"#));
    assert_eq!(events[4].args.as_deref(), Some(r#"{"a":["a","b"]}"#));
    assert_eq!(events[6].args.as_deref(), Some(r#"{"a":"x"}"#));
    assert_eq!(events[6].function, "both");
    let lend = events.iter().find(|event| event.function == "lend").unwrap();
    assert_eq!(lend.self_type.as_deref(), Some("Bytes"));
    let cells = events.iter().find(|event| event.function == "cells").unwrap();
    assert_eq!(cells.self_type.as_deref(), Some("Grid"));
}
