//! Arguments taken apart in the signature.
#![deny(warnings, dead_code, unused)]
use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;

pub struct Bar(pub (u8, u8));

pub struct Foo {
    pub bar: Bar,
    pub rest: u8,
    pub more: u8,
}

pub struct Unit;

pub enum Only {
    This,
}

type Pair = (u8, u8);

#[trace]
fn nested(((a, b), (c, d)): (Pair, Pair)) -> u8 {
    a + b + c + d
}

#[trace]
fn behind_a_reference(&Foo { bar: Bar((a, b)), .. }: &Foo) -> u8 {
    a + b
}

#[trace]
fn matched_ergonomically(Foo { bar: Bar((a, _)), rest, more: m }: &mut Foo) -> &mut u8 {
    *a += *rest + *m;
    a
}

#[trace]
fn slices([first, .., last]: [u8; 4], [a, rest @ ..]: &[u8; 3]) -> usize {
    usize::from(*a + first + last) + rest.len()
}

#[trace]
fn bound_whole(whole @ (a, b): (u8, u8), ref by_ref: u8, ref mut by_mut: u8) -> u8 {
    *by_mut += 1;
    whole.0 + a + b + *by_ref + *by_mut
}

#[trace]
fn either((Ok(x) | Err(x)): Result<u8, u8>) -> u8 {
    x
}

#[trace]
fn no_binding((): (), _: u8, (_, _): (u8, u8), Only::This: Only, [..]: [u8; 2]) {}

#[trace]
fn constant(Unit: Unit, x: u8) -> u8 {
    x
}

#[trace]
#[expect(unused_parens)]
fn parenthesized((x): u8, ((y)): u8) -> u8 {
    x + y
}

#[trace]
fn mutable((mut a, Bar((mut b, _))): (u8, Bar)) -> u8 {
    a += 1;
    b += 1;
    a + b
}

#[trace]
fn fields_under_cfg(
    Fields {
        #[cfg(any())]
        gone,
        #[cfg(all())]
        here,
        ..
    }: Fields,
) -> u8 {
    here
}

pub struct Fields {
    here: u8,
    pub there: u8,
}

#[trace]
#[expect(non_snake_case)]
fn upper_case((A, b): (u8, u8), C: u8) -> u8 {
    A + b + C
}

#[trace]
async fn in_async(((a, b), Bar((c, mut d))): ((u8, u8), Bar), &e: &u8) -> u8 {
    d += a + b + c;
    d + e
}

fn main() {
    let mut foo = Foo { bar: Bar((1, 2)), rest: 3, more: 4 };
    let events = capture(|| {
        assert_eq!(nested(((1, 2), (3, 4))), 10);
        assert_eq!(behind_a_reference(&foo), 3);
        assert_eq!(*matched_ergonomically(&mut foo), 8);
        assert_eq!(slices([1, 2, 3, 4], &[5, 6, 7]), 12);
        assert_eq!(bound_whole((1, 2), 3, 4), 12);
        assert_eq!(either(Err(4)), 4);
        no_binding((), 1, (2, 3), Only::This, [4, 5]);
        assert_eq!(parenthesized(1, 2), 3);
        assert_eq!(mutable((1, Bar((2, 3)))), 5);
        assert_eq!(fields_under_cfg(Fields { here: 1, there: 2 }), 1);
        assert_eq!(constant(Unit, 1), 1);
        assert_eq!(upper_case((1, 2), 3), 6);
    });
    drop(in_async(((1, 2), Bar((3, 4))), &5));
    assert_eq!(events[0].args.as_deref(), Some(r#"{"a":1,"b":2,"c":3,"d":4}"#));
    assert_eq!(events[2].args.as_deref(), Some(r#"{"a":1,"b":2}"#));
    assert_eq!(events[4].args.as_deref(), Some(r#"{"a":1,"rest":3,"m":4}"#));
    assert_eq!(events[6].args.as_deref(), Some(r#"{"first":1,"last":4,"a":5,"rest":[6,7]}"#));
    assert_eq!(events[8].args.as_deref(), Some(r#"{"whole":[1,2],"a":1,"b":2,"by_ref":3,"by_mut":4}"#));
    assert_eq!(events[10].args.as_deref(), Some(r#"{"x":4}"#));
    assert_eq!(events[12].args.as_deref(), Some("{}"));
    assert_eq!(events[14].args.as_deref(), Some(r#"{"x":1,"y":2}"#));
    assert_eq!(events[18].args.as_deref(), Some(r#"{"here":1}"#));
    assert_eq!(events.len(), 24);
}
