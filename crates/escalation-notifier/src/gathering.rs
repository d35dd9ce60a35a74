//! Groups are told, each when its time has come.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::{delivery::DeliveryId, grouping::News, quiet::hours::Told},
    error::Error,
    holding::Quiet,
    notifier::{Notifier, Pass},
    store::{
        groups::{self, Due},
        ledger,
    },
};

/// Most groups of one transaction.
const BATCH: i64 = 50;

impl Notifier {
    /// Looks at the groups that are due by the clock, at most one batch.
    ///
    /// # Errors
    ///
    /// The database failed; nothing was changed then.
    pub async fn tell_due_groups(&self) -> Result<Pass, Error> {
        let inner = &self.inner;
        let now = inner.clock.now();
        let mut transaction = inner.pool.begin().await?;
        let due = groups::claim_due(&mut transaction, now, BATCH).await?;
        let done = due.len();
        if done == 0 {
            return Ok(Pass::default());
        }
        let set = inner.policies.in_force(&mut transaction).await?;
        let quiet = Quiet::at(&mut transaction, &set, now).await?;
        for group in due {
            flush(&mut transaction, group, &quiet, now).await?;
        }
        transaction.commit().await?;
        inner.decided();
        Ok(Pass { done, wait: None })
    }
}

async fn flush(
    conn: &mut PgConnection,
    due: Due,
    quiet: &Quiet<'_>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let Due { id, group, timing } = due;
    let was_empty = group.members.is_empty();
    let (group, news) = group.flush(now, timing);
    if let Some(News {
        open,
        is_repeated: true,
        ..
    }) = &news
    {
        let again = groups::again(conn, id, open).await?;
        ledger::add(conn, &again, now).await?;
        let again: Vec<(DeliveryId, Told<'_>)> =
            again.iter().map(|it| (it.id, it.told())).collect();
        let ids: Vec<DeliveryId> = again.iter().map(|(id, _)| *id).collect();
        groups::bundle(conn, id, Uuid::now_v7(), &ids).await?;
        quiet.keep(conn, &again).await?;
    }
    let waiting = groups::waiting(conn, id).await?;
    if !waiting.is_empty() {
        let told: Vec<(DeliveryId, Told<'_>)> =
            waiting.iter().map(|it| (it.id, it.told())).collect();
        let ids: Vec<DeliveryId> = waiting.iter().map(|it| it.id).collect();
        groups::bundle(conn, id, Uuid::now_v7(), &ids).await?;
        quiet.release(conn, &told).await?;
    } else if was_empty {
        // Whoever came back soon would have been told with the others.
        return Ok(groups::end(conn, id).await?);
    }
    Ok(groups::save(conn, id, &group).await?)
}
