use flowtrace_runtime as ft;

struct S;

#[ft::trace]
impl S {
    #[ft::trace(skip(pw))]
    fn log_in(&self, pw: &str) {
        let _ = pw;
    }

    #[ft::trace(off)]
    fn quiet(&self) {}
}

fn main() {}
