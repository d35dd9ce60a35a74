//! Keeps the archive's index in order beside the journal: seals what was journalled lately,
//! joins what was sealed of days that are over, and indexes what a version without an index
//! has journalled.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use service::error::chain;
use service::lifecycle::Shutdown;
use service::runtime::Context;
use sqlx::PgPool;
use tracing::{info, warn};

use crate::Error;
use crate::domain::{Indexed, Segment, keys_of};
use crate::store::archive::rows::{self, Range};
use crate::store::archive::{self, backlog, segments, tail};

/// How often it looks for something to do.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Most pairs of a segment, about; of a finished day, segments of up to half are joined.
const SEGMENT_ENTRIES: i32 = 2_000_000;
/// Transactions that may wait until they are sealed, however little each has brought.
const WAITING_ROWS: i64 = 20_000;
/// How long transactions that are under way may take to end.
const SETTLE_WITHIN: Duration = Duration::from_secs(20);

/// Looks after the index until the service stops.
pub(crate) async fn keep(context: Context, seal_entries: i64) -> Result<(), Error> {
    let keeper = Keeper {
        pool: context.database.pool().clone(),
        shutdown: context.shutdown.clone(),
        seal_entries,
    };
    loop {
        if let Err(error) = keeper.alone().await {
            warn!(error = %chain(&error), "cannot look after the archive, trying again");
        }
        if !context.shutdown.sleep(LOOK_EVERY).await {
            return Ok(());
        }
    }
}

/// Waits until nothing more can be journalled at an instant that has passed; returns it.
pub(crate) async fn settled(pool: &PgPool, shutdown: &Shutdown) -> Result<DateTime<Utc>, Error> {
    let asked = archive::horizon(pool).await?;
    let mut horizon = asked;
    let (mut waited, mut pause) = (Duration::ZERO, Duration::from_millis(2));
    while horizon.oldest < asked.next {
        if waited > SETTLE_WITHIN {
            return Err(Error::ArchiveUnsettled);
        }
        if !shutdown.sleep(pause).await {
            return Err(Error::AnswerCut);
        }
        waited += pause;
        pause = (pause * 2).min(Duration::from_millis(200));
        horizon = archive::horizon(pool).await?;
    }
    Ok(asked.at)
}

struct Keeper {
    pool: PgPool,
    shutdown: Shutdown,
    seal_entries: i64,
}

impl Keeper {
    /// Does all that there is to do, if no other replica does.
    async fn alone(&self) -> Result<(), Error> {
        let mut connection = self.pool.acquire().await?;
        if !archive::lock(&mut connection).await? {
            return Ok(());
        }
        let done = self.round().await;
        if archive::unlock(&mut connection).await.is_err() {
            // The lock ends with its connection.
            connection.close_on_drop();
        }
        done
    }

    async fn round(&self) -> Result<(), Error> {
        self.seal().await?;
        self.join().await?;
        self.catch_up().await
    }

    async fn seal(&self) -> Result<(), Error> {
        for waiting in tail::waiting(&self.pool).await? {
            let is_much = waiting.entries >= self.seal_entries || waiting.rows >= WAITING_ROWS;
            if !is_much && !waiting.is_over {
                continue;
            }
            let mut transaction = self.pool.begin().await?;
            let most = i64::from(SEGMENT_ENTRIES);
            let entries = tail::take(&mut transaction, waiting.day, most).await?;
            if let Some(segment) = packed(entries).await? {
                segments::write(&mut transaction, waiting.day, &segment).await?;
            }
            transaction.commit().await?;
        }
        Ok(())
    }

    async fn join(&self) -> Result<(), Error> {
        let small = SEGMENT_ENTRIES / 2;
        for day in segments::scattered(&self.pool, small).await? {
            let mut transaction = self.pool.begin().await?;
            let most = i64::from(SEGMENT_ENTRIES);
            let entries = segments::take(&mut transaction, day, small, most).await?;
            if let Some(segment) = packed(entries).await? {
                segments::write(&mut transaction, day, &segment).await?;
            }
            transaction.commit().await?;
        }
        Ok(())
    }

    async fn catch_up(&self) -> Result<(), Error> {
        for day in backlog::days(&self.pool).await? {
            let since = settled(&self.pool, &self.shutdown).await?;
            let range = Range {
                from: day.begins,
                to: day.ends.min(since),
                subjects: Vec::new(),
            };
            let Some(batches) = self.index(day.day, &range).await? else {
                return Ok(());
            };
            backlog::indexed(&self.pool, day.day, since).await?;
            if batches > 0 {
                info!(archive.day = %day.day, archive.batches = batches, "indexed a day of the journal");
            }
        }
        Ok(())
    }

    /// Indexes the rows of a day that are not; returns how many that were, or none when the
    /// service stops before the end.
    async fn index(&self, day: NaiveDate, range: &Range) -> Result<Option<usize>, Error> {
        let known = self.known(day).await?;
        let (mut entries, mut batches) = (Vec::new(), 0);
        let mut after = range.start();
        loop {
            if self.shutdown.is_cancelled() {
                return Ok(None);
            }
            let page = rows::page(&self.pool, range, after).await?;
            let Some(last) = page.last() else { break };
            after = last.place;
            for row in page {
                if known.contains(&row.place.id) {
                    continue;
                }
                let what = format!("journal row {}", row.place.id);
                let keys = keys_of(Bytes::from(row.payload));
                let keys = keys.map_err(|_| Error::DamagedArchive { what })?;
                let place = row.place;
                entries.extend(keys.into_iter().map(|key| Indexed { key, place }));
                batches += 1;
            }
            if entries.len() >= SEGMENT_ENTRIES as usize {
                self.write(day, std::mem::take(&mut entries)).await?;
            }
        }
        self.write(day, entries).await?;
        Ok(Some(batches))
    }

    async fn write(&self, day: NaiveDate, entries: Vec<Indexed>) -> Result<(), Error> {
        if let Some(segment) = packed(entries).await? {
            let mut transaction = self.pool.begin().await?;
            segments::write(&mut transaction, day, &segment).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    /// Ids of the journal rows of a day that the index knows of.
    async fn known(&self, day: NaiveDate) -> Result<HashSet<i64>, Error> {
        let waiting = tail::journal_ids(&self.pool, day).await?;
        let mut known: HashSet<i64> = waiting.into_iter().collect();
        let mut connection = self.pool.acquire().await?;
        for segment in segments::of_day(&self.pool, day).await? {
            let pairs = segments::pairs(&mut connection, &[segment]).await?;
            known.extend(pairs.iter().map(|pair| pair.place.id));
        }
        Ok(known)
    }
}

/// Packs pairs beside the requests that are being answered.
async fn packed(entries: Vec<Indexed>) -> Result<Option<Segment>, Error> {
    tokio::task::spawn_blocking(move || Segment::pack(entries))
        .await
        .map_err(|error| Error::Worker(error.to_string()))
}
