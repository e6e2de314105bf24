//! The SQL, and all that knows how the tables look. Runs on the database's own threads.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use flowtrace_runtime::trace;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Row, TransactionBehavior::Immediate};

use super::DatabaseError;
use crate::{
    model::{Product, Purchase, Receipt},
    money::Money,
};

/// How long to wait for another process that is writing.
const BUSY: Duration = Duration::from_secs(5);
/// How long to wait where `SQLite` itself does not.
const RETRY: Duration = Duration::from_millis(10);

/// The version of `SCHEMA`, kept in the file; a file without has not been filled yet.
const VERSION: i64 = 1;

const SCHEMA: &str = "
    CREATE TABLE products (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        price_cents INTEGER NOT NULL CHECK (price_cents >= 0),
        stock INTEGER NOT NULL CHECK (stock >= 0)
    ) STRICT;
    CREATE TABLE purchases (
        id INTEGER PRIMARY KEY,
        product_id INTEGER NOT NULL REFERENCES products (id),
        quantity INTEGER NOT NULL CHECK (quantity > 0),
        total_cents INTEGER NOT NULL,
        purchased_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
    ) STRICT;
    INSERT INTO products (id, name, price_cents, stock) VALUES
        (1, 'Laptop', 99999, 50),
        (2, 'Mouse', 2999, 200),
        (3, 'Keyboard', 7999, 150),
        (4, 'Monitor', 29999, 75);
";

/// A connection to the file at `path`.
pub(crate) fn open(path: &Path) -> Result<Connection, DatabaseError> {
    // Without SQLITE_OPEN_URI: a path is a path, whatever it begins with.
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// Makes sure that the file is sound, writable and filled.
pub(crate) fn prepare(connection: &mut Connection) -> Result<(), DatabaseError> {
    let deadline = Instant::now() + BUSY;
    loop {
        match prepare_once(connection) {
            // The switch to WAL gives up at once, whatever the busy timeout, when another process is at it too.
            Err(DatabaseError::Sqlite(error))
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && Instant::now() < deadline =>
            {
                thread::sleep(RETRY);
            }
            outcome => return outcome,
        }
    }
}

fn prepare_once(connection: &mut Connection) -> Result<(), DatabaseError> {
    let check: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if check != "ok" {
        return Err(DatabaseError::Unusable(format!("file is damaged: {check}")));
    }
    // Readers and a writer then do not wait for each other.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let transaction = connection.transaction_with_behavior(Immediate)?;
    match transaction.pragma_query_value(None, "user_version", |row| row.get(0))? {
        0 => transaction.execute_batch(SCHEMA)?,
        VERSION => {}
        other => return Err(DatabaseError::Unusable(format!("file has format {other}, not {VERSION}"))),
    }
    // Written each time: a file that cannot be written is found out here and not by the first buyer.
    transaction.pragma_update(None, "user_version", VERSION)?;
    Ok(transaction.commit()?)
}

fn product(row: &Row<'_>) -> rusqlite::Result<Product> {
    let price = Money::from_cents(row.get("price_cents")?);
    Ok(Product { id: row.get("id")?, name: row.get("name")?, price, stock: row.get("stock")? })
}

#[trace(skip(connection))]
pub(crate) fn select_product(
    connection: &Connection,
    product_id: i64,
) -> Result<Option<Product>, DatabaseError> {
    let mut select =
        connection.prepare_cached("SELECT id, name, price_cents, stock FROM products WHERE id = ?1")?;
    Ok(select.query_row([product_id], product).optional()?)
}

#[trace(skip(connection))]
pub(crate) fn select_all(connection: &Connection) -> Result<Vec<Product>, DatabaseError> {
    let mut select =
        connection.prepare_cached("SELECT id, name, price_cents, stock FROM products ORDER BY id")?;
    let products = select.query_map([], product)?.collect::<Result<_, _>>()?;
    Ok(products)
}

/// Compares in Rust: `SQLite`'s own LIKE knows the case of ASCII letters alone.
#[trace(skip(connection))]
pub(crate) fn search(connection: &Connection, query: &str) -> Result<Vec<Product>, DatabaseError> {
    // Upper case, since some letters have two lower ones (σ and ς) and some become two (ß).
    let query = query.to_uppercase();
    let mut products = select_all(connection)?;
    products.retain(|product| product.name.to_uppercase().contains(&query));
    Ok(products)
}

/// One transaction; whatever returns early out of it rolls it back.
#[trace(skip(connection))]
pub(crate) fn sell(
    connection: &mut Connection,
    product_id: i64,
    quantity: i64,
) -> Result<Purchase, DatabaseError> {
    let transaction = connection.transaction_with_behavior(Immediate)?;
    let taken = transaction
        .prepare_cached(
            "UPDATE products SET stock = stock - ?2 WHERE id = ?1 AND stock >= ?2
             RETURNING id, name, price_cents, stock",
        )?
        .query_row([product_id, quantity], product)
        .optional()?;
    let Some(product) = taken else {
        let there = select_product(&transaction, product_id)?;
        return Ok(there.map_or(Purchase::NoProduct, |product| Purchase::InsufficientStock {
            available: product.stock,
        }));
    };
    let Some(total) = product.price.times(quantity) else { return Ok(Purchase::TotalTooLarge) };
    transaction
        .prepare_cached("INSERT INTO purchases (product_id, quantity, total_cents) VALUES (?1, ?2, ?3)")?
        .execute([product_id, quantity, total.cents()])?;
    transaction.commit()?;
    Ok(Purchase::Sold(Receipt { success: true, product, quantity, total }))
}

#[trace(skip(connection))]
pub(crate) fn count_products(connection: &Connection) -> Result<i64, DatabaseError> {
    Ok(connection.query_row("SELECT COUNT(*) FROM products", [], |row| row.get(0))?)
}
