//! `#[test]`, `#[tokio::test]` and `#[tokio::main]`, above and below.
#![deny(warnings, dead_code, unused)]
use flowtrace_runtime::trace;

#[cfg(test)]
mod tests {
    use flowtrace_runtime::trace;

    #[test]
    #[trace]
    fn test_above() {}

    #[trace]
    #[test]
    #[should_panic(expected = "below")]
    fn test_below() {
        panic!("below")
    }
}

#[trace]
#[tokio::main(flavor = "current_thread")]
async fn below(n: u8) -> Result<u8, String> {
    tokio::task::yield_now().await;
    Ok(n)
}

#[tokio::main(flavor = "current_thread")]
#[trace]
async fn main() {
    tokio::task::yield_now().await;
    std::thread::spawn(|| assert_eq!(below(1), Ok(1))).join().unwrap();
}
