//! The SQL for a server, and all that knows how its tables look.

use flowtrace_runtime::trace;
use tokio_postgres::{Client, Row, Transaction, types::Type};

use crate::{
    model::{Product, Purchase},
    money::Money,
    storage::{DatabaseError, IdempotencyKey, Order, matching},
};

fn product(row: &Row) -> Result<Product, tokio_postgres::Error> {
    let price = Money::from_cents(row.try_get("price_cents")?);
    Ok(Product { id: row.try_get("id")?, name: row.try_get("name")?, price, stock: row.try_get("stock")? })
}

#[trace(skip(client))]
pub(super) async fn select_product(
    client: &Client,
    product_id: i64,
) -> Result<Option<Product>, DatabaseError> {
    let select = "SELECT id, name, price_cents, stock FROM products WHERE id = $1";
    let row = client.query_typed_opt(select, &[(&product_id, Type::INT8)]).await?;
    Ok(row.as_ref().map(product).transpose()?)
}

#[trace(skip(client))]
pub(super) async fn select_all(client: &Client) -> Result<Vec<Product>, DatabaseError> {
    let select = "SELECT id, name, price_cents, stock FROM products ORDER BY id";
    let rows = client.query_typed(select, &[]).await?;
    Ok(rows.iter().map(product).collect::<Result<_, _>>()?)
}

#[trace(skip(client))]
pub(super) async fn search(client: &Client, query: &str) -> Result<Vec<Product>, DatabaseError> {
    Ok(matching(select_all(client).await?, query))
}

#[trace(skip(client))]
pub(super) async fn count_products(client: &Client) -> Result<i64, DatabaseError> {
    let row = client.query_typed_one("SELECT COUNT(*) FROM products", &[]).await?;
    Ok(row.try_get(0)?)
}

/// One transaction; whatever returns early out of it rolls it back.
#[trace(skip(client))]
pub(super) async fn sell(
    client: &mut Client,
    order: &Order,
    new_epoch: bool,
) -> Result<Purchase, DatabaseError> {
    let transaction = client.transaction().await?;
    let patience = order.asker.left()?.as_millis().max(1);
    transaction.batch_execute(&format!("SET LOCAL lock_timeout = {patience}")).await?;
    if let Some(key) = &order.key
        && let Some(answer) = select_answer(&transaction, key, order).await?
    {
        return Ok(answer);
    }
    let purchase = order.decide(lock_product(&transaction, order.product_id).await?);
    // The wait for the locks may have been longer than the asker's patience.
    order.asker.left()?;
    if let Purchase::Sold(receipt) = &purchase {
        transaction
            .execute_typed(
                "UPDATE products SET stock = $2 WHERE id = $1",
                &[(&order.product_id, Type::INT8), (&receipt.product.stock, Type::INT8)],
            )
            .await?;
        transaction
            .execute_typed(
                "INSERT INTO purchases (product_id, quantity, total_cents) VALUES ($1, $2, $3)",
                &[
                    (&order.product_id, Type::INT8),
                    (&order.quantity, Type::INT8),
                    (&receipt.total.cents(), Type::INT8),
                ],
            )
            .await?;
    }
    if let Some(key) = &order.key {
        insert_answer(&transaction, key, order, &purchase).await?;
    }
    // Last, since all sellers wait for each other here.
    if new_epoch {
        begin_epoch(transaction.client()).await?;
    }
    transaction.commit().await?;
    Ok(purchase)
}

#[trace(skip(client))]
pub(super) async fn select_epoch(client: &Client) -> Result<i64, DatabaseError> {
    Ok(client.query_typed_one("SELECT number FROM epoch", &[]).await?.try_get(0)?)
}

#[trace(skip(client))]
pub(super) async fn begin_epoch(client: &Client) -> Result<(), DatabaseError> {
    client.execute_typed("UPDATE epoch SET number = number + 1", &[]).await?;
    Ok(())
}

/// The product, which nobody else can sell until the transaction ends.
#[trace(skip(transaction))]
async fn lock_product(
    transaction: &Transaction<'_>,
    product_id: i64,
) -> Result<Option<Product>, DatabaseError> {
    let select = "SELECT id, name, price_cents, stock FROM products WHERE id = $1 FOR UPDATE";
    let row = transaction.query_typed_opt(select, &[(&product_id, Type::INT8)]).await?;
    Ok(row.as_ref().map(product).transpose()?)
}

/// What the first order under `key` was answered. Of two orders that come at once, the second waits here.
#[trace(skip(transaction))]
async fn select_answer(
    transaction: &Transaction<'_>,
    key: &IdempotencyKey,
    order: &Order,
) -> Result<Option<Purchase>, DatabaseError> {
    let text = key.as_str();
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
    transaction.execute_typed(lock, &[(&text, Type::TEXT)]).await?;
    let select = "SELECT product_id, quantity, answer FROM answers WHERE key = $1";
    let Some(row) = transaction.query_typed_opt(select, &[(&text, Type::TEXT)]).await? else {
        return Ok(None);
    };
    order.answer_again(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?).map(Some)
}

/// Keeps the answer for a day, and lets go of some that are older.
#[trace(skip(transaction))]
async fn insert_answer(
    transaction: &Transaction<'_>,
    key: &IdempotencyKey,
    order: &Order,
    answer: &Purchase,
) -> Result<(), DatabaseError> {
    transaction
        .execute_typed(
            "DELETE FROM answers WHERE key IN (
                SELECT key FROM answers WHERE answered_at < now() - interval '1 day'
                ORDER BY answered_at LIMIT 10 FOR UPDATE SKIP LOCKED
            )",
            &[],
        )
        .await?;
    transaction
        .execute_typed(
            "INSERT INTO answers (key, product_id, quantity, answer) VALUES ($1, $2, $3, $4)",
            &[
                (&key.as_str(), Type::TEXT),
                (&order.product_id, Type::INT8),
                (&order.quantity, Type::INT8),
                (&Order::keep(answer)?, Type::TEXT),
            ],
        )
        .await?;
    Ok(())
}
