//! The tables, step by step.

use tokio_postgres::Client;

use crate::storage::DatabaseError;

/// One step for each version of the tables: the n-th leads to version n.
const STEPS: [&str; VERSION as usize] = [
    "
        CREATE TABLE products (
            id BIGINT PRIMARY KEY,
            name TEXT NOT NULL,
            price_cents BIGINT NOT NULL CHECK (price_cents >= 0),
            stock BIGINT NOT NULL CHECK (stock >= 0)
        );
        CREATE TABLE purchases (
            id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            product_id BIGINT NOT NULL REFERENCES products (id),
            quantity BIGINT NOT NULL CHECK (quantity > 0),
            total_cents BIGINT NOT NULL,
            purchased_at TIMESTAMPTZ NOT NULL DEFAULT now()
        );
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
            product_id BIGINT NOT NULL,
            quantity BIGINT NOT NULL,
            answer TEXT NOT NULL,
            answered_at TIMESTAMPTZ NOT NULL DEFAULT now()
        );
        CREATE INDEX answers_by_age ON answers (answered_at);
    ",
    // What an earlier epoch has put into a shared cache is not used.
    "
        CREATE TABLE epoch (number BIGINT NOT NULL);
        INSERT INTO epoch VALUES (0);
    ",
];

/// The version this service reads and writes.
const VERSION: i32 = 3;

/// Brings the tables to `VERSION`. Instances that start at once do so one after the other; to all but the first
/// nothing is left to do.
pub(super) async fn run(client: &mut Client) -> Result<(), DatabaseError> {
    let transaction = client.transaction().await?;
    // Released when the transaction ends. The number is this service's, and means nothing.
    transaction.batch_execute("SELECT pg_advisory_xact_lock(5270413987)").await?;
    transaction.batch_execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)").await?;
    let found = transaction.query_typed_opt("SELECT version FROM schema_version", &[]).await?;
    let found: i32 = found.map_or(Ok(0), |row| row.try_get(0))?;
    let steps = usize::try_from(found).ok().and_then(|found| STEPS.get(found..));
    let Some(steps) = steps else {
        let reason = format!("tables have version {found}, not {VERSION}");
        return Err(DatabaseError::Unusable(reason));
    };
    if steps.is_empty() {
        return Ok(());
    }
    for step in steps {
        transaction.batch_execute(step).await?;
    }
    let note = format!("DELETE FROM schema_version; INSERT INTO schema_version VALUES ({VERSION})");
    transaction.batch_execute(&note).await?;
    Ok(transaction.commit().await?)
}
