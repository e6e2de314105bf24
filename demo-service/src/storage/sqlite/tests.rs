//! The database on files of its own: filling, buying, restarting, refusing.

use std::{fs, sync::Arc, time::Duration};

use tempfile::{TempDir, tempdir};

use super::*;
use crate::{
    model::Receipt,
    money::Money,
    storage::{Asker, IdempotencyKey},
};

fn directory() -> TempDir {
    crate::testing::untraced();
    tempdir().expect("a directory")
}

async fn open(directory: &TempDir) -> Sqlite {
    Sqlite::open(&directory.path().join("test.db")).await.expect("a database")
}

/// Buys without hurry.
async fn buy(database: &Sqlite, product_id: i64, quantity: i64) -> Purchase {
    buy_as(database, None, product_id, quantity).await
}

async fn buy_as(database: &Sqlite, key: Option<&str>, product_id: i64, quantity: i64) -> Purchase {
    let key = key.map(|key| IdempotencyKey::parse(key).expect("a key"));
    let (asker, _waiting) = Asker::new(Duration::from_secs(30));
    database.sell(Order { product_id, quantity, key, asker }, false).await.expect("an answer")
}

/// Does to the file what the service itself never would.
fn tamper(directory: &TempDir, sql: &str) {
    let connection = Connection::open(directory.path().join("test.db")).expect("a connection");
    connection.execute_batch(sql).expect("SQL");
}

async fn stock(database: &Sqlite, id: i64) -> i64 {
    database.product(id).await.expect("an answer").expect("a product").stock
}

#[tokio::test]
async fn a_new_file_is_filled() {
    let directory = directory();
    let database = open(&directory).await;
    let all = database.products().await.expect("products");
    let expected = [
        (1, "Laptop", 99_999, 50),
        (2, "Mouse", 2999, 200),
        (3, "Keyboard", 7999, 150),
        (4, "Monitor", 29_999, 75),
    ];
    let expected = expected.map(|(id, name, cents, stock)| Product {
        id,
        name: name.to_owned(),
        price: Money::from_cents(cents),
        stock,
    });
    assert_eq!(all, expected);
    assert_eq!(database.product(5).await.expect("an answer"), None);
    assert_eq!(database.count().await.expect("a count"), 4);
}

#[tokio::test]
async fn it_is_filled_once() {
    let directory = directory();
    buy(&open(&directory).await, 1, 50).await;
    tamper(&directory, "DELETE FROM products WHERE id = 4");
    let again = open(&directory).await;
    assert_eq!(stock(&again, 1).await, 0);
    assert_eq!(again.product(4).await.expect("an answer"), None);
}

#[tokio::test]
async fn a_purchase_takes_what_it_sells_and_no_more() {
    let directory = directory();
    let database = open(&directory).await;
    let product = Product { id: 1, name: "Laptop".to_owned(), price: Money::from_cents(99_999), stock: 47 };
    let receipt = Receipt { success: true, product, quantity: 3, total: Money::from_cents(299_997) };
    assert_eq!(buy(&database, 1, 3).await, Purchase::Sold(receipt));
    let refused = buy(&database, 1, 48).await;
    assert_eq!(refused, Purchase::InsufficientStock { available: 47 });
    assert_eq!(buy(&database, 9, 1).await, Purchase::NoProduct);
    assert_eq!(stock(&database, 1).await, 47);
}

#[tokio::test]
async fn a_total_that_overflows_sells_nothing() {
    let directory = directory();
    let database = open(&directory).await;
    tamper(&directory, &format!("UPDATE products SET stock = {} WHERE id = 1", i64::MAX));
    assert_eq!(buy(&database, 1, i64::MAX).await, Purchase::TotalTooLarge);
    assert_eq!(stock(&database, 1).await, i64::MAX);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_buyers_never_oversell() {
    let directory = directory();
    // Two services, as two processes on one file are.
    let services = [Arc::new(open(&directory).await), Arc::new(open(&directory).await)];
    let buyers: Vec<_> = (0..200)
        .map(|buyer| {
            let database = Arc::clone(&services[buyer % 2]);
            tokio::spawn(async move { buy(&database, 4, 1).await })
        })
        .collect();
    let mut sold = 0;
    for buyer in buyers {
        match buyer.await.expect("a buyer") {
            Purchase::Sold(_) => sold += 1,
            other => assert_eq!(other, Purchase::InsufficientStock { available: 0 }),
        }
    }
    assert_eq!(sold, 75);
    assert_eq!(stock(&services[0], 4).await, 0);
    let connection = Connection::open(directory.path().join("test.db")).expect("a connection");
    let recorded: i64 = connection
        .query_row("SELECT SUM(quantity) FROM purchases WHERE product_id = 4", [], |row| row.get(0))
        .expect("a sum");
    assert_eq!(recorded, 75);
}

#[tokio::test]
async fn search_knows_no_case() {
    let directory = directory();
    let database = open(&directory).await;
    tamper(&directory, "INSERT INTO products VALUES (5, 'Größe Ω Σίσυφος', 1, 1)");
    for (query, ids) in [
        ("LAP", vec![1]),
        ("mo", vec![2, 4]),
        ("GRÖSSE", vec![5]),
        ("ΣΊΣΥΦΟΣ", vec![5]),
        ("%", vec![]),
        ("_", vec![]),
    ] {
        let found = database.search(query).await.expect("an answer");
        assert_eq!(found.iter().map(|product| product.id).collect::<Vec<_>>(), ids, "{query}");
    }
}

#[tokio::test]
async fn unusable_files_are_refused() {
    let directory = directory();
    let path = directory.path().join("test.db");
    let refusal = async || Sqlite::open(&path).await.expect_err("a refusal").to_string();

    fs::write(&path, "no database at all, though a file with quite some text in it").expect("a file");
    assert!(refusal().await.contains("not a database"));

    fs::remove_file(&path).expect("removed");
    tamper(&directory, "PRAGMA user_version = 7");
    assert!(refusal().await.contains("format 7"));

    let nowhere = directory.path().join("no/such/directory.db");
    assert!(Sqlite::open(&nowhere).await.is_err());
    assert!(Sqlite::open(directory.path()).await.is_err());
}

#[tokio::test]
async fn a_panic_costs_its_own_question_alone() {
    let directory = directory();
    let database = open(&directory).await;
    let broken =
        run::<()>(database.writer.get().await.expect("a connection"), |_| panic!("on purpose")).await;
    assert!(matches!(broken, Err(DatabaseError::Worker(_))));
    assert!(matches!(buy(&database, 1, 1).await, Purchase::Sold(_)));
}

#[tokio::test]
async fn a_retry_gets_the_first_answer_and_buys_nothing() {
    let directory = directory();
    let database = open(&directory).await;
    for (id, quantity) in [(1, 10), (1, 1000), (9, 1)] {
        let key = format!("{id}-{quantity}");
        let first = buy_as(&database, Some(&key), id, quantity).await;
        buy(&database, 1, 5).await;
        assert_eq!(buy_as(&open(&directory).await, Some(&key), id, quantity).await, first);
        assert_eq!(buy_as(&database, Some(&key), id, quantity + 1).await, Purchase::KeyReused);
        assert_eq!(buy_as(&database, Some(&key), id + 1, quantity).await, Purchase::KeyReused);
    }
    assert_eq!(stock(&database, 1).await, 50 - 10 - 3 * 5);
}

#[tokio::test]
async fn a_key_is_kept_for_a_day() {
    let directory = directory();
    let database = open(&directory).await;
    buy_as(&database, Some("today"), 1, 1).await;
    buy_as(&database, Some("earlier"), 1, 1).await;
    tamper(&directory, "UPDATE answers SET answered_at = answered_at - 86401 WHERE key = 'earlier'");
    // Each kept answer makes room for itself.
    buy_as(&database, Some("another"), 1, 1).await;
    buy_as(&database, Some("today"), 1, 1).await;
    assert_eq!(stock(&database, 1).await, 47);
    buy_as(&database, Some("earlier"), 1, 1).await;
    assert_eq!(stock(&database, 1).await, 46);
}

#[tokio::test]
async fn nothing_is_sold_to_who_is_gone_or_out_of_time() {
    let directory = directory();
    let database = open(&directory).await;
    let other = Connection::open(directory.path().join("test.db")).expect("a connection");
    for (patience, gone) in [(Duration::from_secs(30), true), (Duration::from_millis(100), false)] {
        other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
        let (asker, waiting) = Asker::new(patience);
        let order = Order { product_id: 1, quantity: 1, key: None, asker };
        let sale = async {
            if gone {
                drop(waiting);
            }
            database.sell(order, false).await
        };
        let error = sale.await.expect_err("no sale");
        assert_eq!(matches!(error, DatabaseError::Abandoned), gone, "{error}");
        assert!(error.retry_after().is_some(), "{error}");
        other.execute_batch("ROLLBACK").expect("unlocked");
    }
    assert_eq!(stock(&database, 1).await, 50);
}

#[tokio::test]
async fn the_queue_is_left_in_time() {
    let directory = directory();
    let database = open(&directory).await;
    // The one before does not come to an end.
    let _turn = database.writer.get().await.expect("a connection");
    let (asker, _waiting) = Asker::new(Duration::from_millis(100));
    let late = database.sell(Order { product_id: 1, quantity: 1, key: None, asker }, false).await;
    assert!(matches!(late, Err(DatabaseError::TooLate)));
}

#[tokio::test]
async fn a_file_of_an_earlier_version_is_brought_up_to_date() {
    let directory = directory();
    tamper(&directory, sql::MIGRATIONS[0]);
    tamper(&directory, "PRAGMA user_version = 1; UPDATE products SET stock = 7 WHERE id = 1");
    let database = open(&directory).await;
    assert_eq!(stock(&database, 1).await, 7);
    let first = buy_as(&database, Some("key"), 1, 1).await;
    assert_eq!(buy_as(&database, Some("key"), 1, 1).await, first);
}

#[tokio::test]
async fn a_file_that_goes_away_is_missed_and_found_again() {
    let directory = directory();
    let path = directory.path().join("test.db");
    let database = open(&directory).await;
    assert_eq!(stock(&database, 1).await, 50);
    buy(&database, 1, 1).await;
    let refused = async || {
        let (asker, _waiting) = Asker::new(Duration::from_secs(30));
        let sale = database.sell(Order { product_id: 1, quantity: 1, key: None, asker }, false).await;
        for error in [sale.expect_err("no sale"), database.product(1).await.expect_err("no answer")] {
            assert!(error.retry_after().is_some(), "{error}");
        }
    };

    let elsewhere = directory.path().join("moved.db");
    fs::rename(&path, &elsewhere).expect("moved");
    refused().await;
    assert!(!path.exists(), "no other file takes its place");
    fs::rename(&elsewhere, &path).expect("moved back");
    assert_eq!(stock(&database, 1).await, 49);

    tamper(&directory, "PRAGMA wal_checkpoint(TRUNCATE)");
    let whole = fs::read(&path).expect("a file");
    for cut in [0, 100, whole.len() as u64 / 2] {
        fs::OpenOptions::new().write(true).open(&path).expect("a file").set_len(cut).expect("cut");
        refused().await;
        fs::write(&path, &whole).expect("restored");
        assert_eq!(stock(&database, 1).await, 49, "after a cut to {cut}");
    }
    buy(&database, 1, 1).await;
    assert_eq!(stock(&database, 1).await, 48);
}
