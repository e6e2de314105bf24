//! A traced program: two threads, five calls. `FLOWTRACE_OUTPUT` says where the lines go.
use flowtrace_runtime::trace;

#[trace]
fn add(a: u32, b: u32) -> u32 {
    a + b
}

#[trace]
fn sum(numbers: &[u32]) -> u32 {
    numbers.iter().fold(0, |sum, number| add(sum, *number))
}

fn main() {
    let total = sum(&[1, 2]);
    std::thread::spawn(move || add(total, 3)).join().expect("it ends");
    add(4, 5);
}
