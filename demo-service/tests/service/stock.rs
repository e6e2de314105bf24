//! The stock: never oversold, never forgotten, whoever buys.

use std::{path::Path, thread};

use rusqlite::Connection;

use crate::{
    client::{Answer, Client},
    harness::{Service, binary, directory},
};

/// What is left of a product, and what was sold of it.
fn left_and_sold(database: &Path, product_id: i64) -> (i64, i64) {
    let connection = Connection::open(database).expect("a connection");
    connection
        .query_row(
            "SELECT stock, (SELECT COALESCE(SUM(quantity), 0) FROM purchases WHERE product_id = ?1)
             FROM products WHERE id = ?1",
            [product_id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .expect("a row")
}

/// Sends the same purchase `buyers` times at once, to one service after the other; how many got it.
fn buy(services: &[Client], buyers: usize, target: &str) -> usize {
    thread::scope(|scope| {
        let buyers: Vec<_> = (0..buyers)
            .map(|buyer| {
                scope.spawn(move || {
                    let answer = services[buyer % services.len()].send("POST", target);
                    let sold = answer.status == 200;
                    if !sold {
                        answer.is_error(400, "Insufficient stock");
                    }
                    usize::from(sold)
                })
            })
            .collect();
        buyers.into_iter().map(|buyer| buyer.join().expect("a buyer")).sum()
    })
}

#[test]
fn two_hundred_buyers_never_oversell() {
    let service = Service::start();
    // 75 monitors, two a buyer: the last one stays.
    assert_eq!(buy(&[*service], 200, "/products/4/purchase?quantity=2"), 37);
    assert_eq!(service.get("/products/4").json()["stock"], 1);
    assert_eq!(left_and_sold(&service.database(), 4), (1, 74));
}

#[test]
fn two_services_on_one_file_never_oversell() {
    let directory = directory();
    let path = directory.path().join("test.db");
    // Started at once: one of them fills the file, the other waits.
    let (one, two) = thread::scope(|scope| {
        let one = scope.spawn(|| Service::start_on(binary(), &path));
        (Service::start_on(binary(), &path), one.join().expect("the other"))
    });
    assert_eq!(buy(&[*one, *two], 100, "/products/1/purchase"), 50);
    assert_eq!(left_and_sold(&path, 1), (0, 50));
}

#[test]
fn a_restart_keeps_the_stock() {
    let directory = directory();
    let path = directory.path().join("test.db");
    let service = Service::start_on(binary(), &path);
    assert_eq!(service.send("POST", "/products/2/purchase?quantity=5").status, 200);
    // Killed: what was answered is kept nevertheless.
    drop(service);
    let service = Service::start_on(binary(), &path);
    assert_eq!(service.get("/products/2").json()["stock"], 195);
    assert_eq!(service.get("/products").json()["count"], 4);
    assert_eq!(left_and_sold(&path, 2), (195, 5));
}

#[test]
fn a_refusal_brings_the_stock_up_to_date() {
    let directory = directory();
    let path = directory.path().join("test.db");
    let (seller, other) = (Service::start_on(binary(), &path), Service::start_on(binary(), &path));
    // Each has a cache of its own.
    assert_eq!(other.get("/products/1").json()["stock"], 50);
    assert_eq!(seller.send("POST", "/products/1/purchase?quantity=10").status, 200);
    let refused = other.send("POST", "/products/1/purchase?quantity=41");
    assert_eq!((refused.status, &refused.json()["available"]), (400, &40.into()));
    assert_eq!(other.get("/products/1").json()["stock"], 40);
}

#[test]
fn what_is_answered_with_an_error_is_not_sold() {
    let service = Service::start();
    let lock = Connection::open(service.database()).expect("a connection");
    lock.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let client = *service;
    thread::scope(|scope| {
        for _ in 0..9 {
            scope.spawn(move || {
                let answer = client.send("POST", "/products/1/purchase");
                answer.is_error(503, "Service too busy");
                assert_eq!(answer.header("retry-after"), Some("1"));
            });
        }
    });
    lock.execute_batch("ROLLBACK").expect("unlocked");
    assert_eq!(service.send("POST", "/products/1/purchase").json()["product"]["stock"], 49);
    assert_eq!(left_and_sold(&service.database(), 1), (49, 1));
}

#[test]
fn a_retry_gets_the_first_answer() {
    let service = Service::start();
    let buy = |quantity: u32, key: &str| {
        let head = format!("POST /products/1/purchase?quantity={quantity} HTTP/1.1\r\nHost: test\r\n");
        let head = format!("{head}Connection: close\r\nIdempotency-Key: {key}\r\n\r\n");
        Answer::parse(&service.raw(head.as_bytes()))
    };
    let (sold, refused) = (buy(2, "one"), buy(1000, "two"));
    assert_eq!((sold.status, refused.status), (200, 400));
    service.send("POST", "/products/1/purchase");
    assert_eq!(buy(2, "one").body, sold.body);
    // The log shows that the two are one sale.
    for _ in 0..2 {
        service.wait_for(r#"[INFO] Purchase product_id=1 quantity=2 idempotency_key="one" total=1999.98"#);
    }
    assert_eq!(buy(1000, "two").body, refused.body);
    buy(3, "one").is_error(422, "Idempotency-Key was used for another purchase");
    assert_eq!(left_and_sold(&service.database(), 1), (47, 3));
}
