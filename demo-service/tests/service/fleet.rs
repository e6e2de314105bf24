//! Three instances on one database and one cache: nothing is oversold and nothing old is read, whoever dies.

mod balancer;
mod servers;

use std::{
    collections::HashMap,
    fs,
    sync::atomic::{
        AtomicBool, AtomicI64,
        Ordering::{Relaxed, SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use self::{
    balancer::Balancer,
    servers::{Cache, Database, Wire},
};
use crate::harness::{Service, binary, directory, signal};

const BUYERS: usize = 12;
/// Three for each buyer, and the four that are there; the last of those is for all.
const PRODUCTS: usize = 40;
const SHARED: usize = 4;

fn instance(database: &Database, cache: &str) -> Service {
    let mut command = binary();
    command.args(["--cache", cache]);
    Service::start_on(command, database.url.as_ref())
}

#[test]
fn nothing_is_oversold_or_old_while_instances_and_caches_come_and_go() {
    hold_for(Duration::from_secs(6));
}

#[test]
#[ignore = "takes a minute; tests/long/run has it"]
fn three_instances_hold_for_a_minute() {
    hold_for(Duration::from_secs(60));
}

/// Buys and reads for `time`, in which an instance is killed, the cache is killed and stopped, and one instance is
/// cut off from it.
fn hold_for(time: Duration) {
    let (Some(database), Some(mut cache)) = (Database::create(), Cache::start()) else { return };
    let wire = Wire::to(cache.addr);
    let (direct, cut) = (cache.url(), format!("redis://{}", wire.addr));
    // At once: one of them makes the tables.
    let mut instances: Vec<Service> = thread::scope(|scope| {
        let starts: Vec<_> =
            [&direct, &direct, &cut].map(|url| scope.spawn(|| instance(&database, url))).into();
        starts.into_iter().map(|start| start.join().expect("an instance")).collect()
    });
    // Enough products of each buyer's own that what the cache has of one stays there for a while.
    database.execute(&format!(
        "INSERT INTO products SELECT id, 'Product ' || id, 100, 1000000 FROM generate_series(5, {PRODUCTS}) AS id"
    ));
    let balancer = Balancer::new(instances.iter().map(|instance| instance.addr()));
    let sold: Vec<AtomicI64> = (0..=PRODUCTS).map(|_| AtomicI64::new(0)).collect();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for buyer in 0..BUYERS {
            let (balancer, sold, stop) = (&balancer, &sold[..], &stop);
            scope.spawn(move || buy_until(stop, buyer, balancer, sold));
        }
        // Whatever fails here must not leave the buyers running.
        let _stop = StopOnDrop(&stop);
        let begun = Instant::now();
        let pause_until = |part: u32| thread::sleep((time * part / 6).saturating_sub(begun.elapsed()));
        pause_until(1);
        instances[0] = instance(&database, &direct);
        balancer.replace(0, instances[0].addr());
        // What is sold from here on the cache does not know when it comes back.
        cache.save();
        pause_until(2);
        cache.restart();
        pause_until(3);
        wire.set_cut(true);
        pause_until(4);
        wire.set_cut(false);
        pause_until(5);
        signal(&cache.child, "STOP");
        thread::sleep(Duration::from_millis(800));
        signal(&cache.child, "CONT");
        pause_until(6);
    });
    for (id, sold) in (1..).zip(sold.iter().skip(1).map(|sold| sold.load(Relaxed))) {
        let stock = [50, 200, 150, 75].get(id - 1).copied().unwrap_or(1_000_000);
        assert_eq!(database.left_and_sold(id), (stock - sold, sold), "of product {id}");
    }
    assert_eq!(sold[SHARED].load(Relaxed), 75, "of the product that all want");
}

struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

/// Buys one after the other, and looks at the stock through other instances before and after.
fn buy_until(stop: &AtomicBool, buyer: usize, balancer: &Balancer, sold: &[AtomicI64]) {
    let own: Vec<usize> = (5..=PRODUCTS).filter(|id| id % BUYERS == buyer).collect();
    let mut left = HashMap::new();
    for round in 0_usize.. {
        // In the end they all want what there is too little of.
        let last = stop.load(SeqCst);
        let id = if last || round % 4 == 3 { SHARED } else { own[round % own.len()] };
        let product = format!("/products/{id}");
        let look = |left: &HashMap<usize, i64>| {
            let Some(left) = left.get(&id) else { return };
            let one = balancer.send("GET", &product, "").json();
            let all = balancer.send("GET", "/products", "").json();
            for seen in [&one["stock"], &all["products"][id - 1]["stock"]] {
                let seen = seen.as_i64().expect("a stock");
                assert!(seen <= *left, "product {id}: {left} were left, then {seen} are seen");
            }
        };
        look(&left);
        // Asked again under the same key until there is an answer: bought once.
        let key = format!("Idempotency-Key: {buyer}-{round}\r\n");
        let answer = balancer.send("POST", &format!("{product}/purchase"), &key);
        let after = match answer.status {
            200 => {
                sold[id].fetch_add(1, Relaxed);
                answer.json()["product"]["stock"].as_i64()
            }
            400 if last => return,
            400 => answer.json()["available"].as_i64(),
            other => panic!("{other}: {answer:?}"),
        };
        left.insert(id, after.expect("a stock"));
        look(&left);
    }
}

#[test]
fn one_trace_goes_through_all_instances_to_the_sql() {
    let (Some(database), Some(cache)) = (Database::create(), Cache::start()) else { return };
    let directory = directory();
    let (trace, caller) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let parent = format!("traceparent: 00-{trace}-{caller}-01\r\n");
    let files: Vec<_> = (0..3).map(|number| directory.path().join(format!("{number}.jsonl"))).collect();
    let instances: Vec<Service> = files
        .iter()
        .map(|file| {
            let mut command = binary();
            command.args(["--cache", &cache.url()]).env("FLOWTRACE", "on").env("FLOWTRACE_OUTPUT", file);
            Service::start_on(command, database.url.as_ref())
        })
        .collect();
    let balancer = Balancer::new(instances.iter().map(|instance| instance.addr()));
    for _ in 0..3 {
        assert_eq!(balancer.send("POST", "/products/1/purchase", &parent).status, 200);
    }
    for instance in instances {
        instance.signal("TERM");
        assert_eq!(instance.finish().0.code(), Some(0));
    }
    let calls: Vec<Vec<Value>> =
        files.iter().map(|file| calls(&fs::read_to_string(file).expect("a trace"), trace)).collect();
    let mut spans: Vec<&str> = calls.iter().flatten().map(|call| text(call, "spanId")).collect();
    spans.push(caller);
    for calls in &calls {
        for call in calls {
            assert!(spans.contains(&text(call, "parentSpanId")), "{call} hangs in the air");
        }
        let sql = calls.iter().filter(|call| text(call, "function") == "lock_product");
        assert_eq!(sql.count(), 1, "one purchase an instance");
        let roots = calls.iter().filter(|call| text(call, "parentSpanId") == caller);
        assert_eq!(roots.count(), 1, "one request an instance");
    }
}

/// The calls of `trace` in a file.
fn calls(file: &str, trace: &str) -> Vec<Value> {
    let lines = file.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines.filter(|line| line["event"] == "ENTER" && line["traceId"] == trace).collect()
}

fn text<'a>(call: &'a Value, key: &str) -> &'a str {
    call[key].as_str().unwrap_or_else(|| panic!("no {key} in {call}"))
}
