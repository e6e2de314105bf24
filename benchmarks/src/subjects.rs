//! What is measured: the functions, in a macro, since each rival has its own attribute on the same ones.
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// What is called over and over.
pub struct Workload {
    pub name: &'static str,
    pub title: &'static str,
    /// How many traced calls an iteration makes.
    pub calls: u64,
}

/// In the order of a rival's `WORK`.
pub const WORKLOADS: [Workload; 4] = [
    Workload { name: "get", title: "get(id: u64, key: &str) -> Option<u64>", calls: 1 },
    Workload { name: "store", title: "store(order: &Order) -> Result<Receipt, Refused>", calls: 1 },
    Workload { name: "chain", title: "a chain, 4 calls deep", calls: 4 },
    Workload {
        name: "fetch",
        title: "async fn fetch(id: u64, key: &str) -> Option<u64>, one await",
        calls: 1,
    },
];

/// A loop for each workload, told how often.
pub type Work = [fn(u64); WORKLOADS.len()];

/// Ids start here, so that all lines are of one length.
pub const FIRST_ID: u64 = 40_000_000;
pub const KEY: &str = "product:price";

#[derive(Debug, serde::Serialize)]
pub struct Order {
    pub id: u64,
    pub customer: String,
    pub city: &'static str,
    pub items: Vec<u32>,
    pub total: f64,
    pub paid: bool,
}

#[derive(Debug, serde::Serialize)]
pub struct Receipt {
    pub order: u64,
    pub number: u32,
}

#[derive(Debug, serde::Serialize)]
pub struct Refused;

impl Order {
    pub fn new() -> Self {
        let customer = "Ada Lovelace".to_owned();
        Self { id: FIRST_ID, customer, city: "London", items: vec![3, 14, 159], total: 265.35, paid: true }
    }
}

/// Is pending once, then ready.
pub struct Once(pub bool);

impl Future for Once {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// The least of an executor: polls until it is ready.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return value;
        }
    }
}

/// `subjects!(all [ATTRIBUTE], GUARD)` makes the functions with this attribute, or with this guard held
/// while they run, and `WORK`. The long form takes an attribute for each, and the names of the arguments, as a
/// format string in an attribute can only name what stands in the same place as itself.
macro_rules! subjects {
    (all $attribute:tt $(, $guard:expr)?) => {
        $crate::subjects::subjects!((id, key, order) get $attribute store $attribute step $attribute fetch $attribute $(, $guard)?);
    };
    (
        ($id:ident, $key:ident, $order:ident)
        get [$($get:tt)*] store [$($store:tt)*] step [$($step:tt)*] fetch [$($fetch:tt)*]
        $(, $guard:expr)?
    ) => {
        use std::hint::black_box;

        use crate::subjects::{FIRST_ID, KEY, Once, Order, Receipt, Refused, Work, block_on};

        $($get)*
        #[inline(never)]
        fn get($id: u64, $key: &str) -> Option<u64> {
            $(let _guard = $guard;)?
            if $key.is_empty() { None } else { $id.checked_add($key.len() as u64) }
        }

        $($store)*
        #[inline(never)]
        fn store($order: &Order) -> Result<Receipt, Refused> {
            $(let _guard = $guard;)?
            if $order.paid { Ok(Receipt { order: $order.id, number: $order.items[0] }) } else { Err(Refused) }
        }

        $($step)*
        #[inline(never)]
        fn handler($id: u64) -> u64 {
            $(let _guard = $guard;)?
            service(black_box($id)) + 1
        }

        $($step)*
        #[inline(never)]
        fn service($id: u64) -> u64 {
            $(let _guard = $guard;)?
            cache(black_box($id)) + 1
        }

        $($step)*
        #[inline(never)]
        fn cache($id: u64) -> u64 {
            $(let _guard = $guard;)?
            database(black_box($id)) + 1
        }

        $($step)*
        #[inline(never)]
        fn database($id: u64) -> u64 {
            $(let _guard = $guard;)?
            $id + 1
        }

        $($fetch)*
        #[inline(never)]
        async fn fetch($id: u64, $key: &str) -> Option<u64> {
            $(let _guard = $guard;)?
            Once(false).await;
            $id.checked_add($key.len() as u64)
        }

        pub const WORK: Work = [
            |times| {
                for i in 0..times {
                    black_box(get(black_box(FIRST_ID + i), black_box(KEY)));
                }
            },
            |times| {
                let order = Order::new();
                for _ in 0..times {
                    let _ = black_box(store(black_box(&order)));
                }
            },
            |times| {
                for i in 0..times {
                    black_box(handler(black_box(FIRST_ID + i)));
                }
            },
            |times| {
                for i in 0..times {
                    black_box(block_on(fetch(black_box(FIRST_ID + i), black_box(KEY))));
                }
            },
        ];
    };
}
pub(crate) use subjects;
