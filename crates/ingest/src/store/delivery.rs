//! Which deliveries of webhooks were taken before.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use super::journal::Refusal;
use crate::domain::{Delivery, Intake};

/// Notes deliveries as taken; tells of each intake whether it was taken before. Those that
/// are refused are not.
pub(crate) async fn claim(
    connection: &mut PgConnection,
    intakes: &[Intake],
    refused: &[Option<Refusal>],
) -> Result<Vec<bool>, sqlx::Error> {
    let mut claims: Vec<&Delivery> = intakes
        .iter()
        .zip(refused)
        .filter(|(_, refusal)| refusal.is_none())
        .filter_map(|(intake, _)| intake.delivery.as_ref())
        .collect();
    if claims.is_empty() {
        return Ok(vec![false; intakes.len()]);
    }
    // One order for all replicas, so that none waits for another in a circle.
    claims.sort_by_key(|delivery| (&delivery.webhook, &delivery.id));
    let webhooks: Vec<String> = claims.iter().map(|claim| claim.webhook.clone()).collect();
    let ids: Vec<Vec<u8>> = claims.iter().map(|claim| claim.id.clone()).collect();
    let ends: Vec<DateTime<Utc>> = claims.iter().map(|claim| claim.forget_at.into()).collect();
    let fresh = sqlx::query!(
        "INSERT INTO webhook_deliveries (webhook, id, forget_at)
         SELECT * FROM UNNEST($1::text[], $2::bytea[], $3::timestamptz[])
         ON CONFLICT DO NOTHING RETURNING webhook, id",
        &webhooks,
        &ids,
        &ends,
    )
    .fetch_all(connection)
    .await?;
    let mut fresh: HashSet<(String, Vec<u8>)> =
        fresh.into_iter().map(|row| (row.webhook, row.id)).collect();
    // Of two in one transaction the first is taken.
    let is_known = |intake: &Intake| {
        let delivery = intake.delivery.as_ref();
        delivery.is_some_and(|one| !fresh.remove(&(one.webhook.clone(), one.id.clone())))
    };
    Ok(intakes.iter().map(is_known).collect())
}

/// Forgets deliveries that can no longer be sent again.
pub(crate) async fn forget_before(
    pool: &PgPool,
    instant: DateTime<Utc>,
) -> Result<u64, sqlx::Error> {
    sqlx::query!(
        "DELETE FROM webhook_deliveries WHERE forget_at < $1",
        instant
    )
    .execute(pool)
    .await
    .map(|done| done.rows_affected())
}
