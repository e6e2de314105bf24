use flowtrace_runtime::trace;

trait Tr {
    #[trace]
    fn required(&self, n: u8) -> u8;

    #[trace]
    async fn required_async(&self);
}

fn main() {}
