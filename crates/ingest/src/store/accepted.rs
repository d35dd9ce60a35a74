//! Which batches were accepted before.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use crate::domain::{BatchKey, Intake};

/// What is known of a batch that was accepted before.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) digest: Vec<u8>,
    pub(crate) facts: i32,
}

/// Notes batches as accepted; returns those that had been before.
pub(crate) async fn claim(
    connection: &mut PgConnection,
    intakes: &[&Intake],
) -> Result<HashMap<BatchKey, Known>, sqlx::Error> {
    let mut claims: Vec<_> = intakes
        .iter()
        .filter_map(|intake| intake.key.as_ref().map(|key| (key, *intake)))
        .collect();
    if claims.is_empty() {
        return Ok(HashMap::new());
    }
    // One order for all replicas, so that none waits for another in a circle.
    claims.sort_by_key(|(key, _)| *key);
    let origins: Vec<String> = claims.iter().map(|(key, _)| key.origin.clone()).collect();
    let batches: Vec<String> = claims.iter().map(|(key, _)| key.batch_id.clone()).collect();
    let digests: Vec<Vec<u8>> = claims
        .iter()
        .map(|(_, intake)| intake.digest.clone())
        .collect();
    let facts: Vec<i32> = claims
        .iter()
        .map(|(_, intake)| count(intake.facts()))
        .collect();
    let fresh = sqlx::query!(
        "INSERT INTO accepted_batches (origin, batch_id, digest, facts)
         SELECT * FROM UNNEST($1::text[], $2::text[], $3::bytea[], $4::int[])
         ON CONFLICT DO NOTHING RETURNING origin, batch_id",
        &origins,
        &batches,
        &digests,
        &facts,
    )
    .fetch_all(&mut *connection)
    .await?;
    if fresh.len() == claims.len() {
        return Ok(HashMap::new());
    }
    let fresh: HashSet<_> = fresh
        .into_iter()
        .map(|row| (row.origin, row.batch_id))
        .collect();
    let known = sqlx::query!(
        r#"SELECT accepted.origin, accepted.batch_id, accepted.digest, accepted.facts
           FROM UNNEST($1::text[], $2::text[]) AS asked (origin, batch_id)
           JOIN accepted_batches AS accepted USING (origin, batch_id)"#,
        &origins,
        &batches,
    )
    .fetch_all(connection)
    .await?;
    let known = known.into_iter().map(|row| {
        let key = BatchKey {
            origin: row.origin,
            batch_id: row.batch_id,
        };
        let digest = row.digest;
        (
            key,
            Known {
                digest,
                facts: row.facts,
            },
        )
    });
    Ok(known
        .filter(|(key, _)| !fresh.contains(&(key.origin.clone(), key.batch_id.clone())))
        .collect())
}

/// Forgets batches that nobody will send again.
pub(crate) async fn forget_before(
    pool: &PgPool,
    instant: DateTime<Utc>,
) -> Result<u64, sqlx::Error> {
    sqlx::query!(
        "DELETE FROM accepted_batches WHERE accepted_at < $1",
        instant
    )
    .execute(pool)
    .await
    .map(|done| done.rows_affected())
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
