use flowtrace_runtime::trace;

#[trace]
#[unsafe(naked)]
extern "C" fn trap() {
    core::arch::naked_asm!("")
}

fn main() {
    trap();
}
