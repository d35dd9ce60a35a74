//! Groups are told, each when its time has come.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::{delivery::DeliveryId, grouping::News, quiet::hours::Told},
    error::Error,
    holding::Quiet,
    notifier::{Notifier, Pass},
    store::{
        groups::{self, Bundled, Due},
        ledger,
    },
};

/// Most groups of one transaction.
const BATCH: i64 = 200;

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
        flush(&mut transaction, due, &quiet, now).await?;
        transaction.commit().await?;
        inner.decided();
        Ok(Pass { done, wait: None })
    }
}

/// Looks at groups: what waits of each goes out in one message, all of it at once.
async fn flush(
    conn: &mut PgConnection,
    due: Vec<Due>,
    quiet: &Quiet<'_>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let ids: Vec<Uuid> = due.iter().map(|group| group.id).collect();
    let waiting = groups::waiting(conn, &ids).await?;
    let told: BTreeMap<Uuid, Uuid> = waiting
        .iter()
        .map(|(group, _)| (*group, Uuid::now_v7()))
        .collect();
    let (mut kept, mut ended) = (Vec::new(), Vec::new());
    for Due { id, group, timing } in due {
        let was_empty = group.members.is_empty();
        let (group, news) = group.flush(now, timing);
        if let Some(News {
            open,
            is_repeated: true,
            ..
        }) = &news
        {
            tell_again(conn, (id, open), quiet, now).await?;
        }
        match was_empty && !told.contains_key(&id) {
            // Whoever came back soon would have been told with the others.
            true => ended.push(id),
            false => kept.push((id, group)),
        }
    }
    let bundled: Vec<Bundled> = waiting
        .iter()
        .filter_map(|(group, it)| Some((*group, *told.get(group)?, it.id)))
        .collect();
    groups::bundle(conn, &bundled).await?;
    let waiting: Vec<(DeliveryId, Told<'_>)> =
        waiting.iter().map(|(_, it)| (it.id, it.told())).collect();
    quiet.release(conn, &waiting).await?;
    groups::end(conn, &ended).await?;
    Ok(groups::save(conn, &kept).await?)
}

/// Tells what was told of the open tickets of a group once more, in one message.
async fn tell_again(
    conn: &mut PgConnection,
    (group, open): (Uuid, &[String]),
    quiet: &Quiet<'_>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let again = groups::again(conn, group, open).await?;
    ledger::add(conn, &again, now).await?;
    let bundle = Uuid::now_v7();
    let bundled: Vec<Bundled> = again.iter().map(|it| (group, bundle, it.id)).collect();
    groups::bundle(conn, &bundled).await?;
    let again: Vec<(DeliveryId, Told<'_>)> = again.iter().map(|it| (it.id, it.told())).collect();
    quiet.keep(conn, &again).await
}
