use flowtrace_runtime::trace;

#[trace(nam = "x")]
fn misspelt() {}

#[trace(level = "debug")]
fn from_another_crate() {}

#[trace("name")]
fn literal() {}

#[trace(skip_all, 1)]
fn number() {}

#[trace(skip::all)]
fn path() {}

#[trace = "name"]
fn name_value() {}

fn main() {
    misspelt();
    from_another_crate();
    literal();
    number();
    path();
    name_value();
}
