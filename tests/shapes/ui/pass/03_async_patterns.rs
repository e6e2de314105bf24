//! Arguments of async functions, taken apart and held by reference.
#![deny(warnings, dead_code, unused)]
use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;

pub struct HasDrop;

impl Drop for HasDrop {
    fn drop(&mut self) {}
}

pub struct Pair<A, B>(A, B);

#[trace]
async fn half_ignored(Pair(_, _n): Pair<HasDrop, i32>) {}

#[trace]
async fn every_mode((a, ref mut b, ref c, d): (u8, u8, u8, u8)) -> u8 {
    *b += 1;
    std::future::ready(a + *b + *c + d).await
}

#[trace]
async fn borrowed(&(ref a, b): &(String, u8), [x, y]: &mut [u8; 2]) -> usize {
    std::mem::swap(x, y);
    a.len() + usize::from(b + *x)
}

pub(crate) fn main() {
    let rt = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let events = capture(|| {
        rt.block_on(async {
            half_ignored(Pair(HasDrop, 1)).await;
            assert_eq!(every_mode((1, 2, 3, 4)).await, 11);
            assert_eq!(borrowed(&("ab".to_owned(), 1), &mut [1, 2]).await, 5);
        });
    });
    assert_eq!(events[0].args.as_deref(), Some(r#"{"_n":1}"#));
    assert_eq!(events[2].args.as_deref(), Some(r#"{"a":1,"b":2,"c":3,"d":4}"#));
    assert_eq!(events[4].args.as_deref(), Some(r#"{"a":"ab","b":1,"x":1,"y":2}"#));
}
