//! What the database needs at least: the rows that deciding left, inserted again into tables of the
//! same shape, in transactions of as many tickets.

use std::time::Duration;

use sqlx::{AssertSqlSafe, PgPool};
use tokio::time::Instant;

use crate::BATCH;

/// Tables that deciding about a new ticket writes, each with what its rows are told apart by.
const TABLES: [(&str, &str); 3] = [
    ("escalation", "ticket_id"),
    ("delivery", "ticket_id"),
    ("inbox", "sequence::text"),
];

pub(crate) async fn measure(pool: &PgPool) -> Duration {
    let mut keys = Vec::new();
    for (table, key) in TABLES {
        let like = format!("create table bare_{table} (like {table} including all)");
        sqlx::query(AssertSqlSafe(like))
            .execute(pool)
            .await
            .unwrap();
        let all = format!("select {key} from {table} order by 1");
        let all: Vec<String> = sqlx::query_scalar(AssertSqlSafe(all))
            .fetch_all(pool)
            .await
            .unwrap();
        keys.push(all);
    }
    let begun = Instant::now();
    for batch in 0..keys[0].len().div_ceil(BATCH) {
        let mut transaction = pool.begin().await.unwrap();
        for ((table, key), keys) in TABLES.iter().zip(&keys) {
            let Some(keys) = keys.chunks(BATCH).nth(batch) else {
                continue;
            };
            let insert =
                format!("insert into bare_{table} select * from {table} where {key} = any($1)");
            let insert = sqlx::query(AssertSqlSafe(insert)).bind(keys);
            insert.execute(&mut *transaction).await.unwrap();
        }
        transaction.commit().await.unwrap();
    }
    begun.elapsed()
}
