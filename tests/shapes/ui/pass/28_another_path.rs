//! A runtime found by another path.
#![deny(warnings, dead_code, unused)]

mod support {
    pub mod tracing {
        pub use flowtrace_runtime::*;
    }
}

use support::tracing::trace;

#[trace(crate = support::tracing)]
fn relative((a, b): (u8, u8)) -> Result<u8, String> {
    Ok(a + b)
}

#[trace(crate = crate::support::tracing, name = "other", skip(a), skip_result)]
async fn absolute(a: u8, b: &str) -> usize {
    usize::from(a) + b.len()
}

#[trace(crate = ::flowtrace_runtime)]
#[track_caller]
fn global() {}

mod inner {
    #[crate::support::tracing::trace(crate = super::support::tracing,)]
    pub fn from_super() -> ! {
        std::process::exit(0)
    }
}

fn main() {
    let events = support::tracing::testing::capture(|| {
        assert_eq!(relative((1, 2)), Ok(3));
        global();
    });
    drop(absolute(1, "x"));
    assert_eq!(events.len(), 4);
    inner::from_super();
}
