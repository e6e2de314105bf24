//! The engine on a server: made by three at once, never oversold, asked again.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use super::*;
use crate::{
    storage::{Asker, DatabaseService, IdempotencyKey},
    testing::{server, untraced},
};

/// A database of its own on the tests' server, or nothing where there is none.
async fn database() -> Option<tokio_postgres::Config> {
    untraced();
    let mut config: tokio_postgres::Config =
        server("FLOWTRACE_TEST_POSTGRES")?.parse().expect("the URL of a server");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_nanos();
    let name = format!("unit_{now}");
    execute(&config, &format!("CREATE DATABASE {name}")).await;
    config.dbname(name);
    Some(config)
}

async fn execute(config: &tokio_postgres::Config, sql: &str) {
    client(config).await.batch_execute(sql).await.expect("SQL");
}

async fn client(config: &tokio_postgres::Config) -> tokio_postgres::Client {
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    client
}

async fn open(config: &tokio_postgres::Config) -> Arc<Postgres> {
    Arc::new(Postgres::open(config.clone()).await.expect("a database"))
}

async fn buy(database: &Postgres, key: Option<&str>, product_id: i64, quantity: i64) -> Purchase {
    let key = key.map(|key| IdempotencyKey::parse(key).expect("a key"));
    let (asker, _waiting) = Asker::new(Duration::from_secs(30));
    database.sell(Order { product_id, quantity, key, asker }, false).await.expect("an answer")
}

async fn stock(database: &Postgres, id: i64) -> i64 {
    database.product(id).await.expect("an answer").expect("a product").stock
}

#[tokio::test]
async fn it_answers_as_the_embedded_one() {
    let Some(config) = database().await else { return };
    let database = open(&config).await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("test.db");
    let embedded = crate::storage::sqlite::Sqlite::open(&path).await.expect("a database");
    let embedded: &dyn Storage = &embedded;
    for (id, quantity) in [(1, 3), (1, 48), (9, 1), (2, 200), (2, 1), (3, i64::MAX)] {
        let order = |asker| Order { product_id: id, quantity, key: None, asker };
        let (asker, _waiting) = Asker::new(Duration::from_secs(30));
        let expected = embedded.sell(order(asker.clone()), false).await.expect("an answer");
        assert_eq!(database.sell(order(asker), false).await.expect("an answer"), expected);
        let expected = embedded.product(id).await.expect("an answer");
        assert_eq!(database.product(id).await.expect("an answer"), expected);
    }
    let expected = embedded.products().await.expect("products");
    assert_eq!(database.products().await.expect("products"), expected);
    assert_eq!(database.search("MO").await.expect("products").len(), 2);
    assert_eq!(database.count().await.expect("a count"), 4);
    execute(&config, &format!("UPDATE products SET stock = {} WHERE id = 1", i64::MAX)).await;
    assert_eq!(buy(&database, None, 1, i64::MAX).await, Purchase::TotalTooLarge);
}

#[tokio::test(flavor = "multi_thread")]
async fn three_that_start_at_once_fill_it_once_and_never_oversell() {
    let Some(config) = database().await else { return };
    let (one, two, three) = tokio::join!(open(&config), open(&config), open(&config));
    let services = [one, two, three];
    let buyers: Vec<_> = (0..200)
        .map(|buyer| {
            let database = Arc::clone(&services[buyer % 3]);
            tokio::spawn(async move { buy(&database, None, 4, 1).await })
        })
        .collect();
    let mut sold = 0;
    for buyer in buyers {
        match buyer.await.expect("a buyer") {
            Purchase::Sold(_) => sold += 1,
            other => assert_eq!(other, Purchase::InsufficientStock { available: 0 }),
        }
    }
    assert_eq!((sold, stock(&services[0], 4).await), (75, 0));
    let recorded = "SELECT SUM(quantity)::BIGINT FROM purchases WHERE product_id = 4";
    let row = client(&config).await.query_one(recorded, &[]).await.expect("a sum");
    assert_eq!(row.get::<_, i64>(0), 75);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_gets_the_first_answer_even_at_once_and_elsewhere() {
    let Some(config) = database().await else { return };
    let services = [open(&config).await, open(&config).await];
    let buyers: Vec<_> = (0..20)
        .map(|buyer| {
            let database = Arc::clone(&services[buyer % 2]);
            tokio::spawn(async move { buy(&database, Some("key"), 1, 2).await })
        })
        .collect();
    let first = buy(&services[0], Some("key"), 1, 2).await;
    for buyer in buyers {
        assert_eq!(buyer.await.expect("a buyer"), first);
    }
    assert_eq!(stock(&services[0], 1).await, 48);
    assert_eq!(buy(&services[1], Some("key"), 1, 3).await, Purchase::KeyReused);

    let refused = buy(&services[0], Some("refused"), 1, 1000).await;
    buy(&services[0], None, 1, 1).await;
    assert_eq!(buy(&services[1], Some("refused"), 1, 1000).await, refused);

    execute(&config, "UPDATE answers SET answered_at = answered_at - interval '1 day' WHERE key = 'key'")
        .await;
    buy(&services[0], Some("another"), 1, 1).await;
    buy(&services[0], Some("key"), 1, 2).await;
    assert_eq!(stock(&services[0], 1).await, 44, "after a day the key is free");
}

#[tokio::test]
async fn nothing_is_sold_to_who_is_gone_or_out_of_time() {
    let Some(config) = database().await else { return };
    let database = open(&config).await;
    let mut other = client(&config).await;
    for gone in [true, false] {
        let lock = other.transaction().await.expect("a transaction");
        lock.batch_execute("SELECT 1 FROM products FOR UPDATE").await.expect("the lock");
        let (asker, waiting) = Asker::new(Duration::from_millis(if gone { 30_000 } else { 200 }));
        let sale = tokio::spawn({
            let database = Arc::clone(&database);
            let order = Order { product_id: 1, quantity: 1, key: None, asker };
            async move { database.sell(order, false).await }
        });
        if gone {
            drop(waiting);
            lock.rollback().await.expect("unlocked");
            let error = sale.await.expect("an end").expect_err("no sale");
            assert!(matches!(error, DatabaseError::Abandoned), "{error}");
        } else {
            let error = sale.await.expect("an end").expect_err("no sale");
            assert!(error.retry_after().is_some() && error.to_string().contains("lock"), "{error}");
        }
    }
    assert_eq!(stock(&database, 1).await, 50);
}

#[tokio::test]
async fn an_epoch_begins_with_the_sale_or_not_at_all() {
    let Some(config) = database().await else { return };
    let database = open(&config).await;
    let sell = async |quantity, new_epoch| {
        let (asker, _waiting) = Asker::new(Duration::from_secs(30));
        let order = Order { product_id: 1, quantity, key: None, asker };
        database.sell(order, new_epoch).await.expect("an answer");
        database.epoch().await.expect("a number")
    };
    assert_eq!((sell(1, false).await, sell(1, true).await), (0, 1));
    database.begin_epoch().await.expect("a new epoch");
    assert_eq!(database.epoch().await.expect("a number"), 2);
}

#[tokio::test]
async fn a_lost_connection_is_made_anew() {
    let Some(config) = database().await else { return };
    let database = open(&config).await;
    assert_eq!(stock(&database, 1).await, 50);
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'demo-service'
               AND datname = current_database()";
    execute(&config, end).await;
    // The end may be noticed by the question only.
    if let Err(error) = database.product(1).await {
        assert!(error.retry_after().is_some(), "{error}");
    }
    assert_eq!(stock(&database, 1).await, 50);
}

#[tokio::test]
async fn a_server_that_accepts_and_says_nothing_is_not_waited_for_for_ever() {
    untraced();
    // The system accepts for it.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = silent.local_addr().expect("an address");
    let config = format!("postgres://tests@{addr}/tests?connect_timeout=1").parse().expect("a URL");
    let opening = timeout(Duration::from_secs(30), Postgres::open(config)).await;
    let error = opening.expect("an end").expect_err("no database");
    assert_eq!(error.to_string(), "database does not answer");
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_not_ready() {
    let Some(config) = database().await else { return };
    let database = DatabaseService::over(Postgres::open(config.clone()).await.expect("a database"));
    database.ready().await.expect("ready");
    let mut other = client(&config).await;
    let lock = other.transaction().await.expect("a transaction");
    lock.batch_execute("LOCK TABLE products IN ACCESS EXCLUSIVE MODE").await.expect("the lock");
    let error = database.ready().await.expect_err("not ready");
    assert_eq!(error.to_string(), "database does not answer");
    lock.rollback().await.expect("unlocked");
    database.ready().await.expect("ready again");
}

#[tokio::test]
async fn tables_of_a_later_version_are_refused() {
    let Some(config) = database().await else { return };
    open(&config).await;
    execute(&config, "UPDATE schema_version SET version = 99").await;
    let refusal = Postgres::open(config).await.expect_err("a refusal");
    assert!(refusal.to_string().contains("version 99"), "{refusal}");
}
