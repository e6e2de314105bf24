use flowtrace_runtime::trace;

#[trace]
fn wrong_value() -> String {
    ""
}

#[trace]
async fn statement_instead_of_a_value() -> i32 {
    1;
}

fn main() {
    wrong_value();
    drop(statement_instead_of_a_value());
}
