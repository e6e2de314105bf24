//! What the crate asks for is refused as it would be without the attribute.
#![deny(warnings, unsafe_code, missing_docs, unreachable_pub, unused)]
use flowtrace_runtime::trace;

mod inner {
    pub struct S(u8);

    impl S {
        #[super::trace]
        fn private() -> Self {
            Self(1)
        }
    }
}

#[trace]
pub fn undocumented() {
    let x = 1;
}

#[trace]
fn with_unsafe(p: *const u8) -> u8 {
    unsafe { *p }
}

#[trace]
fn needs_unsafe(p: *const u8) -> u8 {
    *p
}

fn main() {
    let s = inner::S::private();
    inner::S(1);
    undocumented();
    with_unsafe(&1);
    needs_unsafe(&1);
}
