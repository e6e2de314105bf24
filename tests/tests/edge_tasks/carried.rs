//! Work for other threads and tasks, as `flowtrace annotate --carry` leaves it.
use std::sync::Mutex;
use std::thread;

use tokio::runtime::Handle;
use tokio::task::{self, JoinSet, LocalSet, spawn_blocking};

#[flowtrace_runtime::trace]
fn leaf(n: u8) -> u8 {
    n
}

#[flowtrace_runtime::trace]
async fn waits(n: u8) -> u8 {
    task::yield_now().await;
    leaf(n)
}

#[flowtrace_runtime::trace]
pub(crate) fn threads() -> u8 {
    let spawned = thread::spawn(flowtrace_runtime::carry(|| leaf(1)));
    let builder = thread::Builder::new().name("named".to_owned());
    let named = builder.spawn(flowtrace_runtime::carry(|| leaf(1))).unwrap();
    spawned.join().unwrap() + named.join().unwrap()
}

/// With closures that borrow, and that are called once.
#[flowtrace_runtime::trace]
pub(crate) fn scoped(words: Vec<String>) -> usize {
    let total = Mutex::new(0);
    let mut last = 0;
    thread::scope(|scope| {
        for word in words {
            let total = &total;
            scope.spawn(flowtrace_runtime::carry(move || {
                let count = scope.spawn(flowtrace_runtime::carry(|| leaf(1))).join().unwrap();
                *total.lock().unwrap() += usize::from(count) * word.len();
                drop(word);
            }));
        }
        thread::Builder::new().spawn_scoped(scope, flowtrace_runtime::carry(|| last = leaf(4))).unwrap();
    });
    total.into_inner().unwrap() + usize::from(last)
}

#[flowtrace_runtime::trace]
pub(crate) async fn tasks() -> u8 {
    let mut set = JoinSet::new();
    set.spawn(flowtrace_runtime::carry_future(waits(1)));
    set.spawn_blocking(flowtrace_runtime::carry(|| leaf(1)));
    let nested = async { tokio::spawn(flowtrace_runtime::carry_future(waits(1))).await.unwrap() };
    let mut sum = tokio::spawn(flowtrace_runtime::carry_future(nested)).await.unwrap();
    sum += spawn_blocking(flowtrace_runtime::carry(|| leaf(1))).await.unwrap();
    sum += Handle::current().spawn(flowtrace_runtime::carry_future(waits(1))).await.unwrap();
    while let Some(n) = set.join_next().await {
        sum += n.unwrap();
    }
    sum
}

/// With a value that can't be sent.
#[flowtrace_runtime::trace]
pub(crate) async fn local() -> u8 {
    let set = LocalSet::new();
    let value = std::rc::Rc::new(1);
    let joined = set.spawn_local(flowtrace_runtime::carry_future(async move { waits(*value).await }));
    let inner = async move { task::spawn_local(flowtrace_runtime::carry_future(waits(1))).await.unwrap() };
    set.run_until(inner).await + joined.await.unwrap()
}

#[flowtrace_runtime::trace]
pub(crate) fn sum(numbers: &[u8]) -> u32 {
    if let [one] = numbers {
        return u32::from(leaf(*one));
    }
    let (a, b) = numbers.split_at(numbers.len() / 2);
    let (a, b) = rayon::join(flowtrace_runtime::carry(|| sum(a)), flowtrace_runtime::carry(|| sum(b)));
    a + b
}
