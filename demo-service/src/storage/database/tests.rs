//! The database on files of its own: filling, buying, restarting, refusing.

use std::fs;

use tempfile::{TempDir, tempdir};

use super::*;
use crate::{model::Receipt, money::Money};

fn directory() -> TempDir {
    crate::untraced();
    tempdir().expect("a directory")
}

async fn open(directory: &TempDir) -> DatabaseService {
    DatabaseService::open(&directory.path().join("test.db")).await.expect("a database")
}

fn order(product_id: i64, quantity: i64) -> Order {
    Order { product_id, quantity, key: None }
}

/// Does to the file what the service itself never would.
fn tamper(directory: &TempDir, sql: &str) {
    let connection = Connection::open(directory.path().join("test.db")).expect("a connection");
    connection.execute_batch(sql).expect("SQL");
}

async fn stock(database: &DatabaseService, id: i64) -> i64 {
    database.get_product(id).await.expect("an answer").expect("a product").stock
}

#[tokio::test]
async fn a_new_file_is_filled() {
    let directory = directory();
    let database = open(&directory).await;
    let all = database.get_all_products().await.expect("products");
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
    assert_eq!(database.get_product(5).await.expect("an answer"), None);
    assert_eq!(database.stats().await.expect("stats"), DatabaseStats { total_products: 4, total_queries: 2 });
}

#[tokio::test]
async fn it_is_filled_once() {
    let directory = directory();
    open(&directory).await.purchase(order(1, 50)).await.expect("an answer");
    tamper(&directory, "DELETE FROM products WHERE id = 4");
    let again = open(&directory).await;
    assert_eq!(stock(&again, 1).await, 0);
    assert_eq!(again.get_product(4).await.expect("an answer"), None);
}

#[tokio::test]
async fn a_purchase_takes_what_it_sells_and_no_more() {
    let directory = directory();
    let database = open(&directory).await;
    let product = Product { id: 1, name: "Laptop".to_owned(), price: Money::from_cents(99_999), stock: 47 };
    let receipt = Receipt { success: true, product, quantity: 3, total: Money::from_cents(299_997) };
    assert_eq!(database.purchase(order(1, 3)).await.expect("an answer"), Purchase::Sold(receipt));
    let refused = database.purchase(order(1, 48)).await.expect("an answer");
    assert_eq!(refused, Purchase::InsufficientStock { available: 47 });
    assert_eq!(database.purchase(order(9, 1)).await.expect("an answer"), Purchase::NoProduct);
    assert_eq!(stock(&database, 1).await, 47);
}

#[tokio::test]
async fn a_total_that_overflows_sells_nothing() {
    let directory = directory();
    let database = open(&directory).await;
    tamper(&directory, &format!("UPDATE products SET stock = {} WHERE id = 1", i64::MAX));
    assert_eq!(database.purchase(order(1, i64::MAX)).await.expect("an answer"), Purchase::TotalTooLarge);
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
            tokio::spawn(async move { database.purchase(order(4, 1)).await.expect("an answer") })
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
        let found = database.search_products(query).await.expect("an answer");
        assert_eq!(found.iter().map(|product| product.id).collect::<Vec<_>>(), ids, "{query}");
    }
}

#[tokio::test]
async fn unusable_files_are_refused() {
    let directory = directory();
    let path = directory.path().join("test.db");
    let refusal = async || DatabaseService::open(&path).await.expect_err("a refusal").to_string();

    fs::write(&path, "no database at all, though a file with quite some text in it").expect("a file");
    assert!(refusal().await.contains("not a database"));

    fs::remove_file(&path).expect("removed");
    tamper(&directory, "PRAGMA user_version = 7");
    assert!(refusal().await.contains("format 7"));

    let nowhere = directory.path().join("no/such/directory.db");
    assert!(DatabaseService::open(&nowhere).await.is_err());
    assert!(DatabaseService::open(directory.path()).await.is_err());
}

#[tokio::test]
async fn a_panic_costs_its_own_question_alone() {
    let directory = directory();
    let database = open(&directory).await;
    let broken = database.writer.run::<()>(|_| panic!("on purpose")).await;
    assert!(matches!(broken, Err(DatabaseError::Worker(_))));
    assert!(matches!(database.purchase(order(1, 1)).await, Ok(Purchase::Sold(_))));
}
