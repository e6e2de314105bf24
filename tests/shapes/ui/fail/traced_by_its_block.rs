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
mod login {
    use flowtrace_runtime::trace as t;

    #[t(skip_all)]
    pub mod inner {
        pub fn in_an_inner_block(pw: &str) -> usize {
            pw.len()
        }
    }
}

fn main() {
    Login.by_another_name("");
    Login.under_cfg_attr("");
    login::inner::in_an_inner_block("");
}
