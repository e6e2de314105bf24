use flowtrace_runtime::trace;
use flowtrace_runtime::trace as t;

struct Login;

#[trace]
impl Login {
    #[t(skip(pw))]
    fn by_another_name(&self, pw: &str) -> usize {
        pw.len()
    }

    #[cfg_attr(all(), t(off))]
    fn under_cfg_attr(&self, pw: &str) -> usize {
        pw.len()
    }
}

#[trace]
#[trace(skip(pw))]
fn doubly(pw: &str) -> usize {
    pw.len()
}

fn main() {
    Login.by_another_name("");
    Login.under_cfg_attr("");
    doubly("");
}
