use flowtrace_runtime::trace;

#[trace]
pub const fn area(width: u8, height: u8) -> u8 {
    width * height
}

struct S;

impl S {
    #[trace]
    pub(crate) const unsafe fn method(&self) {}
}

fn main() {
    const AREA: u8 = area(2, 3);
    let _ = (AREA, unsafe { S.method() });
}
