//! What an instance finds on a server, and what it must not find.

use std::{
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::Instant,
};

use redis::cmd;
use tempfile::{TempDir, tempdir};
use tokio::time::timeout;

use super::*;
use crate::{
    storage::Location,
    testing::{server, untraced},
};

const TTL: Duration = Duration::from_secs(60);

/// Several instances with one database and one cache; or nothing where there is no server.
struct Instances {
    url: String,
    database: Arc<DatabaseService>,
    _directory: TempDir,
}

impl Instances {
    async fn prepare() -> Option<Self> {
        let url = server("FLOWTRACE_TEST_REDIS")?;
        Some(Self::on(url).await)
    }

    async fn on(url: String) -> Self {
        untraced();
        let directory = tempdir().expect("a directory");
        let location = Location::File(directory.path().join("test.db"));
        let database = Arc::new(DatabaseService::open(&location).await.expect("a database"));
        Self { url, database, _directory: directory }
    }

    fn start(&self) -> Redis {
        Redis::new(self.url.as_str(), Arc::clone(&self.database)).expect("a cache")
    }
}

async fn found(cache: &Redis, key: &str) -> Option<String> {
    match cache.get(key).await.expect("an answer") {
        Found::Value(json) => Some(json),
        Found::Nothing(_) => None,
    }
}

async fn ticket(cache: &Redis, key: &str) -> Option<Ticket> {
    match cache.get(key).await.expect("an answer") {
        Found::Value(value) => panic!("{key} is there: {value}"),
        Found::Nothing(ticket) => ticket,
    }
}

async fn put(cache: &Redis, key: &str, value: &str) -> bool {
    let ticket = ticket(cache, key).await.expect("a ticket");
    cache.set(key, value.to_owned(), TTL, &ticket).await.expect("an answer")
}

#[tokio::test]
async fn what_one_keeps_all_find_until_one_deletes_it() {
    let Some(instances) = Instances::prepare().await else { return };
    let (one, two) = (instances.start(), instances.start());
    assert!(put(&one, "shared", "1").await);
    assert_eq!(found(&two, "shared").await.as_deref(), Some("1"));
    assert!(one.keys().await.expect("keys").contains(&"shared".to_owned()));
    let hold = Hold::new(0);
    assert!(two.delete("shared", &hold).await.expect("an answer"));
    assert!(!two.delete("shared", &hold).await.expect("an answer"));
    assert_eq!(found(&one, "shared").await, None);
}

#[tokio::test]
async fn a_slow_reader_cannot_bring_back_what_was_sold_meanwhile() {
    let Some(instances) = Instances::prepare().await else { return };
    let (seller, reader) = (instances.start(), instances.start());
    let slow = ticket(&reader, "slow").await.expect("a ticket");
    let hold = seller.hold(&["slow"]).await.expect("a hold");
    assert!(!reader.set("slow", "old".to_owned(), TTL, &slow).await.expect("an answer"));
    seller.delete("slow", &hold).await.expect("an answer");
    assert!(!reader.set("slow", "old".to_owned(), TTL, &slow).await.expect("an answer"));
    assert!(put(&reader, "slow", "new").await, "a reader that began after the sale may");
    assert!(!reader.set("slow", "old".to_owned(), TTL, &slow).await.expect("an answer"));
    assert_eq!(found(&seller, "slow").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn nothing_is_kept_while_a_key_is_held() {
    let Some(instances) = Instances::prepare().await else { return };
    let (seller, reader) = (instances.start(), instances.start());
    put(&reader, "held", "old").await;
    let first = seller.hold(&["held", "other"]).await.expect("a hold");
    let second = seller.hold(&["held"]).await.expect("a hold");
    assert_eq!(ticket(&reader, "held").await, None);
    assert_eq!(ticket(&reader, "other").await, None);
    seller.delete("held", &first).await.expect("an answer");
    assert_eq!(ticket(&reader, "held").await, None, "the second sale is still under way");
    seller.delete("held", &second).await.expect("an answer");
    assert!(put(&reader, "held", "new").await);
    seller.delete("other", &first).await.expect("an answer");
}

#[tokio::test]
async fn an_entry_lives_for_its_time_and_a_hold_for_its_own() {
    let Some(instances) = Instances::prepare().await else { return };
    let cache = instances.start();
    put(&cache, "timed", "1").await;
    cache.hold(&["timed hold"]).await.expect("a hold");
    let client = Client::open(instances.url.as_str()).expect("a client");
    let mut connection = client.get_multiplexed_async_connection().await.expect("a connection");
    for (pattern, longest) in [("*:value:timed", 60), ("*:ticket:timed", 10), ("*:hold:timed hold", 60)] {
        let keys: Vec<String> =
            cmd("KEYS").arg(pattern).query_async(&mut connection).await.expect("an answer");
        assert_eq!(keys.len(), 1, "{pattern}");
        let left: i64 = cmd("TTL").arg(&keys[0]).query_async(&mut connection).await.expect("an answer");
        assert!((1..=longest).contains(&left), "{pattern}: {left}");
    }
}

#[tokio::test]
async fn what_an_earlier_epoch_kept_is_not_found_once_the_epoch_has_passed() {
    let Some(instances) = Instances::prepare().await else { return };
    let (cut_off, other) = (instances.start(), instances.start());
    put(&other, "epoch", "old").await;
    let slow = ticket(&other, "epoch, slow").await.expect("a ticket");
    // The seller cannot reach the cache; the sale has begun a new epoch.
    instances.database.begin_epoch().await.expect("a new epoch");
    cut_off.epoch_has_passed().await;
    assert_eq!(found(&other, "epoch").await, None);
    // A reader that began before the sale may still keep what it has read, and nobody finds it.
    other.set("epoch, slow", "old".to_owned(), TTL, &slow).await.expect("an answer");
    assert_eq!(found(&other, "epoch, slow").await, None);
    assert!(put(&other, "epoch", "new").await);
    assert_eq!(found(&other, "epoch").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_soon_given_up() {
    // Port 9 is kept for a service that nobody runs.
    let cache = Instances::on("redis://127.0.0.1:9".to_owned()).await.start();
    let begun = Instant::now();
    for _ in 0..1000 {
        assert!(cache.get("key").await.is_err());
        assert!(cache.hold(&["key"]).await.is_err());
    }
    // Not one by one, which would take minutes if each waited.
    assert!(begun.elapsed() < Duration::from_secs(30));
}

/// A server of the test's own, killed with it.
struct Own {
    child: Child,
    port: u16,
    directory: TempDir,
}

impl Own {
    async fn start() -> Option<Self> {
        server("FLOWTRACE_TEST_REDIS")?;
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let (port, directory) = (free.expect("a port").port(), tempdir().expect("a directory"));
        let child = Self::spawn(port, &directory).await;
        Some(Self { child, port, directory })
    }

    async fn spawn(port: u16, directory: &TempDir) -> Child {
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--port", &port.to_string(), "--dir"]);
        let child = command.arg(directory.path()).stdout(Stdio::null()).spawn().expect("a server");
        let listens = async {
            while TcpStream::connect(("127.0.0.1", port)).is_err() {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(30), listens).await.expect("the server listens");
        child
    }

    /// Kills the server, and starts it again with what it has saved.
    async fn restart(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("an end");
        self.child = Self::spawn(self.port, &self.directory).await;
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn what_a_server_had_saved_before_is_not_found_after_its_restart() {
    let Some(mut own) = Own::start().await else { return };
    let instances = Instances::on(format!("redis://127.0.0.1:{}", own.port)).await;
    let cache = instances.start();
    put(&cache, "saved", "old").await;
    let client = Client::open(instances.url.as_str()).expect("a client");
    let mut connection = client.get_multiplexed_async_connection().await.expect("a connection");
    cmd("SAVE").query_async::<()>(&mut connection).await.expect("saved");
    cache.delete("saved", &Hold::new(0)).await.expect("an answer");

    own.restart().await;
    let mut connection = client.get_multiplexed_async_connection().await.expect("a connection");
    let saved: Vec<String> =
        cmd("KEYS").arg("*:value:saved").query_async(&mut connection).await.expect("keys");
    assert_eq!(saved.len(), 1, "the server has it again");
    let answers = async {
        while cache.get("saved").await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(30), answers).await.expect("the cache answers again");
    assert_eq!(found(&cache, "saved").await, None);
    assert!(put(&cache, "saved", "new").await);
}
