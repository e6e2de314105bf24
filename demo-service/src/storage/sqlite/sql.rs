//! The SQL, and all that knows how the tables look. Runs on the database's own threads.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use flowtrace_runtime::trace;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, TransactionBehavior::Immediate};

use crate::{
    model::{Product, Purchase},
    money::Money,
    storage::{DatabaseError, IdempotencyKey, Order, matching},
};

/// How long to wait for another process that is writing.
const BUSY: Duration = Duration::from_secs(5);
/// How long to wait where `SQLite` itself does not.
const RETRY: Duration = Duration::from_millis(10);

/// The version this service reads and writes.
const VERSION: u32 = 3;

/// One step for each version of the format: the n-th leads to version n, which is kept in the file. A file of
/// version 0 is new.
pub(super) const MIGRATIONS: [&str; VERSION as usize] = [
    "
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
    ",
    // Answers under their idempotency keys; the order is kept to tell a retry from another order.
    "
        CREATE TABLE answers (
            key TEXT PRIMARY KEY,
            product_id INTEGER NOT NULL,
            quantity INTEGER NOT NULL,
            answer TEXT NOT NULL,
            answered_at INTEGER NOT NULL DEFAULT (unixepoch())
        ) STRICT;
        CREATE INDEX answers_by_age ON answers (answered_at);
    ",
    // What an earlier epoch has put into a shared cache is not used.
    "
        CREATE TABLE epoch (number INTEGER NOT NULL) STRICT;
        INSERT INTO epoch VALUES (0);
    ",
];

/// A connection to the file at `path`, which is made when it is not there.
pub(super) fn create(path: &Path) -> Result<Connection, DatabaseError> {
    connect(path, OpenFlags::SQLITE_OPEN_CREATE)
}

/// A connection to the file at `path`, which must be there.
pub(super) fn open(path: &Path) -> Result<Connection, DatabaseError> {
    connect(path, OpenFlags::empty())
}

fn connect(path: &Path, more: OpenFlags) -> Result<Connection, DatabaseError> {
    // Without SQLITE_OPEN_URI: a path is a path, whatever it begins with.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// Whether the file is sound and filled.
pub(super) fn verify(connection: &Connection) -> Result<(), DatabaseError> {
    check(connection)?;
    match version(connection)? {
        0 => Err(DatabaseError::Unusable("file is empty".to_owned())),
        VERSION => Ok(()),
        other => Err(foreign(other)),
    }
}

fn check(connection: &Connection) -> Result<(), DatabaseError> {
    let check: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if check == "ok" { Ok(()) } else { Err(DatabaseError::Unusable(format!("file is damaged: {check}"))) }
}

fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn foreign(version: u32) -> DatabaseError {
    DatabaseError::Unusable(format!("file has format {version}, not {VERSION}"))
}

/// Makes sure that the file is sound, writable and filled.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), DatabaseError> {
    let deadline = Instant::now() + BUSY;
    loop {
        match prepare_once(connection) {
            // The switch to WAL gives up at once, whatever the busy timeout, when another process is at it too.
            Err(error) if error.is_busy() && Instant::now() < deadline => {
                thread::sleep(RETRY);
            }
            outcome => return outcome,
        }
    }
}

fn prepare_once(connection: &mut Connection) -> Result<(), DatabaseError> {
    check(connection)?;
    // Readers and a writer then do not wait for each other.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let transaction = connection.transaction_with_behavior(Immediate)?;
    let found = version(&transaction)?;
    for step in MIGRATIONS.get(found as usize..).ok_or_else(|| foreign(found))? {
        transaction.execute_batch(step)?;
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
pub(super) fn select_product(
    connection: &Connection,
    product_id: i64,
) -> Result<Option<Product>, DatabaseError> {
    let mut select =
        connection.prepare_cached("SELECT id, name, price_cents, stock FROM products WHERE id = ?1")?;
    Ok(select.query_row([product_id], product).optional()?)
}

#[trace(skip(connection))]
pub(super) fn select_all(connection: &Connection) -> Result<Vec<Product>, DatabaseError> {
    let mut select =
        connection.prepare_cached("SELECT id, name, price_cents, stock FROM products ORDER BY id")?;
    let products = select.query_map([], product)?.collect::<Result<_, _>>()?;
    Ok(products)
}

#[trace(skip(connection))]
pub(super) fn search(connection: &Connection, query: &str) -> Result<Vec<Product>, DatabaseError> {
    Ok(matching(select_all(connection)?, query))
}

/// One transaction; whatever returns early out of it rolls it back.
#[trace(skip(connection))]
pub(super) fn sell(
    connection: &mut Connection,
    order: &Order,
    new_epoch: bool,
) -> Result<Purchase, DatabaseError> {
    connection.busy_timeout(order.asker.left()?)?;
    let transaction = connection.transaction_with_behavior(Immediate)?;
    // The wait for another process may have been longer than the asker's patience.
    order.asker.left()?;
    if let Some(key) = &order.key
        && let Some(answer) = select_answer(&transaction, key, order)?
    {
        return Ok(answer);
    }
    let purchase = order.decide(select_product(&transaction, order.product_id)?);
    if let Purchase::Sold(receipt) = &purchase {
        transaction
            .prepare_cached("UPDATE products SET stock = ?2 WHERE id = ?1")?
            .execute([order.product_id, receipt.product.stock])?;
        transaction
            .prepare_cached("INSERT INTO purchases (product_id, quantity, total_cents) VALUES (?1, ?2, ?3)")?
            .execute([order.product_id, order.quantity, receipt.total.cents()])?;
    }
    if let Some(key) = &order.key {
        insert_answer(&transaction, key, order, &purchase)?;
    }
    if new_epoch {
        begin_epoch(&transaction)?;
    }
    transaction.commit()?;
    Ok(purchase)
}

#[trace(skip(connection))]
pub(super) fn select_epoch(connection: &Connection) -> Result<i64, DatabaseError> {
    Ok(connection.prepare_cached("SELECT number FROM epoch")?.query_row([], |row| row.get(0))?)
}

#[trace(skip(connection))]
pub(super) fn begin_epoch(connection: &Connection) -> Result<(), DatabaseError> {
    connection.execute("UPDATE epoch SET number = number + 1", [])?;
    Ok(())
}

/// What the first order under `key` was answered.
#[trace(skip(connection))]
fn select_answer(
    connection: &Connection,
    key: &IdempotencyKey,
    order: &Order,
) -> Result<Option<Purchase>, DatabaseError> {
    let mut select =
        connection.prepare_cached("SELECT product_id, quantity, answer FROM answers WHERE key = ?1")?;
    let first = select.query_row([key.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    let first: Option<(i64, i64, String)> = first.optional()?;
    first.map(|(product_id, quantity, answer)| order.answer_again(product_id, quantity, &answer)).transpose()
}

/// Keeps the answer for a day, and lets go of some that are older.
#[trace(skip(connection))]
fn insert_answer(
    connection: &Connection,
    key: &IdempotencyKey,
    order: &Order,
    answer: &Purchase,
) -> Result<(), DatabaseError> {
    connection
        .prepare_cached(
            "DELETE FROM answers WHERE key IN
             (SELECT key FROM answers WHERE answered_at < unixepoch() - 86400 ORDER BY answered_at LIMIT 10)",
        )?
        .execute([])?;
    connection
        .prepare_cached("INSERT INTO answers (key, product_id, quantity, answer) VALUES (?1, ?2, ?3, ?4)")?
        .execute((key.as_str(), order.product_id, order.quantity, Order::keep(answer)?))?;
    Ok(())
}

#[trace(skip(connection))]
pub(super) fn count_products(connection: &Connection) -> Result<i64, DatabaseError> {
    Ok(connection.query_row("SELECT COUNT(*) FROM products", [], |row| row.get(0))?)
}
