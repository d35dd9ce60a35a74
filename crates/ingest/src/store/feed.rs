//! Feeds: who runs them, how far they are read, how they do.

mod lease;
mod status;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use order::{SourceId, Timestamp};
use sqlx::PgConnection;

use super::journal::Outcome;
use crate::domain::{FeedKey, Intake, Lease, Progress};

pub(crate) use lease::{Claimed, checkpoint, claim, next_due, renew, take};
pub(crate) use status::{Ended, Status, end, list, prevent};

/// The feeds whose runs write in one transaction, locked until it ends.
#[derive(Debug, Default)]
pub(crate) struct Held {
    fences: HashMap<FeedKey, i64>,
    /// Through when each feed of a source is complete, none when it never was.
    complete: BTreeMap<String, BTreeMap<FeedKey, Option<Timestamp>>>,
}

impl Held {
    /// Returns whether a lease is still in force.
    pub(crate) fn is_held(&self, lease: &Lease) -> bool {
        self.fences.get(&lease.feed) == Some(&lease.fence)
    }

    /// Notes that a feed is complete; returns through when its sources are: a source that is
    /// fed by several is as complete as the last of them.
    pub(crate) fn complete(&mut self, progress: &Progress) -> Vec<(SourceId, Timestamp)> {
        let conclusion = progress.conclusion.as_ref();
        let Some(watermark) = conclusion.and_then(|conclusion| conclusion.watermark) else {
            return Vec::new();
        };
        let feed = &progress.lease.feed;
        let mut stated = Vec::new();
        for source in &progress.sources {
            let feeds = self.complete.entry(source.to_string()).or_default();
            feeds.insert(feed.clone(), Some(watermark));
            if let Some(Some(least)) = feeds.values().min() {
                stated.push((source.clone(), *least));
            }
        }
        stated
    }
}

/// Locks the feeds whose runs write, in one order, once their sources are locked.
pub(crate) async fn hold(
    connection: &mut PgConnection,
    intakes: &[Intake],
) -> Result<Held, sqlx::Error> {
    let runs: Vec<&Progress> = intakes
        .iter()
        .filter_map(|intake| intake.progress.as_ref())
        .collect();
    let mut held = Held::default();
    if runs.is_empty() {
        return Ok(held);
    }
    let feeds = runs.iter().map(|progress| &progress.lease.feed);
    let (connectors, datasets): (Vec<String>, Vec<String>) = feeds
        .map(|feed| (feed.connector.clone(), feed.dataset.clone()))
        .unzip();
    let rows = sqlx::query!(
        "SELECT connector, dataset, fence FROM feeds
         WHERE (connector, dataset) IN (SELECT * FROM UNNEST($1::text[], $2::text[]))
         ORDER BY connector, dataset FOR UPDATE",
        &connectors,
        &datasets,
    )
    .fetch_all(&mut *connection)
    .await?;
    for row in rows {
        held.fences
            .insert(key(row.connector, row.dataset), row.fence);
    }
    let sources = runs.iter().flat_map(|progress| &progress.sources);
    let sources: Vec<String> = sources.map(ToString::to_string).collect();
    let rows = sqlx::query!(
        r#"SELECT source AS "source!", connector, dataset, complete_through
           FROM feeds CROSS JOIN UNNEST(sources) AS source
           WHERE sources && $1::text[] AND source = ANY($1) AND kind IN ('poll', 'query')"#,
        &sources,
    )
    .fetch_all(connection)
    .await?;
    for row in rows {
        let feeds = held.complete.entry(row.source).or_default();
        let through = row.complete_through.map(Timestamp::from);
        feeds.insert(key(row.connector, row.dataset), through);
    }
    Ok(held)
}

/// Stores how far feeds are read, with what they brought.
pub(crate) async fn save(
    connection: &mut PgConnection,
    held: &Held,
    intakes: &[Intake],
    outcomes: &[Outcome],
) -> Result<(), sqlx::Error> {
    for (intake, outcome) in intakes.iter().zip(outcomes) {
        let Some(progress) = &intake.progress else {
            continue;
        };
        if !held.is_held(&progress.lease) {
            continue;
        }
        let is_new = matches!(outcome, Outcome::Accepted { .. });
        let counted = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let facts = if is_new { intake.facts() } else { 0 };
        let quarantined = if is_new { intake.quarantine.len() } else { 0 };
        let concluded = progress.conclusion.as_ref();
        let instant = |at: Timestamp| DateTime::<Utc>::from(at);
        sqlx::query!(
            "UPDATE feeds SET
                 through = GREATEST(through, $4),
                 number = GREATEST(number, $5),
                 complete_through = GREATEST(complete_through, $6),
                 notice = CASE WHEN $7 THEN $8 ELSE notice END,
                 records = records + $9, facts = facts + $10, quarantined = quarantined + $11
             WHERE connector = $1 AND dataset = $2 AND fence = $3",
            progress.lease.feed.connector,
            progress.lease.feed.dataset,
            progress.lease.fence,
            concluded.map(|concluded| instant(concluded.checkpoint.through)),
            concluded.and_then(|concluded| concluded.checkpoint.number),
            concluded.and_then(|concluded| concluded.watermark.map(instant)),
            concluded.is_some(),
            concluded
                .and_then(|concluded| concluded.notice.as_ref())
                .map(ToString::to_string)
                .unwrap_or_default(),
            counted(progress.records),
            counted(facts),
            counted(quarantined),
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

pub(super) fn key(connector: String, dataset: String) -> FeedKey {
    FeedKey { connector, dataset }
}
