async fn step() {
    let mut first = true;
    std::future::poll_fn(|_| if std::mem::replace(&mut first, false) { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }).await
}

#[trace]
async fn tail_temporary_async(a: D) -> usize {
    let _local = D("local");
    step().await;
    D("temporary").len() + a.len()
}

#[trace]
async fn held_in_a_match(a: D, Pair(b, _): Pair) -> usize {
    match D("temporary").get() {
        Some(s) => {
            step().await;
            s.len() + a.len() + b.len()
        }
        None => 0,
    }
}

#[trace]
async fn fails_async(s: &str) -> Result<u8, Box<dyn std::error::Error>> {
    let n: u8 = s.parse()?;
    Ok(n)
}

fn block<F: std::future::Future>(future: F) -> F::Output {
    let mut future = Box::pin(future);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(out) = future.as_mut().poll(&mut cx) {
            return out;
        }
    }
}

fn run_async() -> usize {
    let mut dropped = Box::pin(held_in_a_match(D("a"), Pair(D("b"), D("c"))));
    let _ = std::future::Future::poll(dropped.as_mut(), &mut std::task::Context::from_waker(std::task::Waker::noop()));
    drop(dropped);
    block(tail_temporary_async(D("a"))) + block(held_in_a_match(D("a"), Pair(D("b"), D("c")))) + block(fails_async("x")).is_err() as usize
}
