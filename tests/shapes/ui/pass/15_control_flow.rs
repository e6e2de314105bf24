//! Every way out of a body.
#![deny(warnings, dead_code, unused)]
#![allow(clippy::needless_return, reason = "the shape has it")]
use std::cell::Cell;

use flowtrace_runtime::testing::{Kind, capture};
use flowtrace_runtime::trace;

#[trace]
fn question(s: &str) -> Result<u8, std::num::ParseIntError> {
    let n: u8 = s.parse()?;
    Ok(n + 1)
}

#[trace]
fn question_on_option(list: &[u8]) -> Option<u8> {
    Some(*list.first()? + *list.get(1)?)
}

#[trace]
fn early(n: u8) -> &'static str {
    if n == 0 {
        return "early";
    }
    "late"
}

#[trace]
fn early_unit(n: &Cell<u8>) {
    if n.get() == 0 {
        return;
    }
    n.set(0);
}

#[trace]
fn broken_with_a_value() -> u8 {
    let n = loop {
        break 2;
    };
    'block: {
        if n == 2 {
            break 'block n + 1;
        }
        0
    }
}

#[trace]
fn return_in_a_closure(list: &[u8]) -> Vec<u8> {
    list.iter()
        .map(|n| {
            if *n == 0 {
                return 9;
            }
            *n
        })
        .collect()
}

#[trace]
fn return_in_a_nested_fn() -> u8 {
    fn inner(n: u8) -> u8 {
        if n > 0 {
            return 1;
        }
        2
    }
    return inner(1) + inner(0);
}

#[trace]
async fn return_in_an_async_block(n: u8) -> Result<u8, u8> {
    let inner = async move {
        if n == 0 {
            return Err(1);
        }
        Ok::<u8, u8>(n)
    };
    let n = inner.await?;
    if n == 1 {
        return Ok(10);
    }
    Ok(n)
}

#[trace]
fn returns_only(n: u8) -> u8 {
    match n {
        0 => return 1,
        _ => return 2,
    }
}

#[trace]
fn let_else(o: Option<u8>) -> u8 {
    let Some(n) = o else { return 0 };
    n
}

#[trace]
fn by_macro(n: u8) -> Result<u8, String> {
    macro_rules! ensure {
        ($e:expr) => {
            if !$e {
                return Err(stringify!($e).to_owned());
            }
        };
    }
    ensure!(n > 0);
    Ok(n)
}

#[trace]
fn converts(s: &str) -> Result<(), Box<dyn std::error::Error>> {
    let _: u8 = s.parse()?;
    Ok(())
}

pub(crate) fn main() {
    let rt = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let events = capture(|| {
        assert_eq!(question("1"), Ok(2));
        assert!(question("x").is_err());
        assert_eq!((question_on_option(&[1]), question_on_option(&[1, 2])), (None, Some(3)));
        assert_eq!((early(0), early(1)), ("early", "late"));
        early_unit(&Cell::new(0));
        assert_eq!(broken_with_a_value(), 3);
        assert_eq!(return_in_a_closure(&[0, 1]), [9, 1]);
        assert_eq!(return_in_a_nested_fn(), 3);
        assert_eq!(rt.block_on(return_in_an_async_block(0)), Err(1));
        assert_eq!(rt.block_on(return_in_an_async_block(1)), Ok(10));
        assert_eq!((returns_only(0), returns_only(1)), (1, 2));
        assert_eq!((let_else(None), let_else(Some(1))), (0, 1));
        assert!(by_macro(0).is_err() && by_macro(1).is_ok() && converts("x").is_err());
    });
    assert_eq!(events.len(), 2 * 19);
    for (enter, exit) in events.iter().step_by(2).zip(events.iter().skip(1).step_by(2)) {
        assert_eq!((enter.kind, exit.kind), (Kind::Enter, Kind::Exit));
        assert_eq!(enter.span_id, exit.span_id);
    }
}
