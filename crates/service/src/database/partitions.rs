//! Partitions of the event log: made ahead of time, dropped beyond retention.

use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use sqlx::{AssertSqlSafe, Executor, PgConnection};
use tracing::{info, warn};

use super::{Database, lock};
use crate::Error;
use crate::lifecycle::Shutdown;

/// How many days after today have their partition already.
const DAYS_AHEAD: i64 = 3;

const PREFIX: &str = "event_log_";

impl Database {
    /// Makes the partitions of the next days and drops those beyond retention.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn maintain_partitions(&self, retention_days: u16) -> Result<(), Error> {
        let mut transaction = self.pool().begin().await?;
        lock(
            &mut transaction,
            &format!("orderwatch.partitions.{}", self.schema()),
        )
        .await?;
        let today = sqlx::query_scalar!(
            r#"SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date AS "today!""#
        )
        .fetch_one(&mut *transaction)
        .await?;
        let existing = existing(&mut transaction, self.schema()).await?;
        for day in (0..=DAYS_AHEAD).map(|ahead| today + TimeDelta::days(ahead)) {
            if !existing.contains(&day) {
                transaction.execute(AssertSqlSafe(creation(day))).await?;
            }
        }
        let oldest = today - TimeDelta::days(i64::from(retention_days));
        for day in existing.into_iter().filter(|day| *day < oldest) {
            transaction
                .execute(AssertSqlSafe(format!("DROP TABLE {}", name(day))))
                .await?;
            info!(
                database.schema = self.schema(),
                partition.name = name(day),
                "dropped a partition beyond retention"
            );
        }
        Ok(transaction.commit().await?)
    }

    /// Looks after the partitions each hour until the service stops.
    pub(crate) async fn keep_partitions(
        self,
        retention_days: u16,
        shutdown: Shutdown,
    ) -> Result<(), Error> {
        while shutdown.sleep(Duration::from_secs(3_600)).await {
            if let Err(error) = self.maintain_partitions(retention_days).await {
                warn!(error = %error, "cannot look after the partitions, trying again in an hour");
            }
        }
        Ok(())
    }
}

async fn existing(
    connection: &mut PgConnection,
    schema: &str,
) -> Result<Vec<NaiveDate>, sqlx::Error> {
    let names = sqlx::query_scalar!(
        r#"SELECT child.relname::text AS "name!"
           FROM pg_inherits
           JOIN pg_class AS child ON child.oid = inhrelid
           JOIN pg_class AS parent ON parent.oid = inhparent
           JOIN pg_namespace AS space ON space.oid = parent.relnamespace
           WHERE parent.relname = 'event_log' AND space.nspname = $1"#,
        schema
    )
    .fetch_all(connection)
    .await?;
    Ok(names
        .iter()
        .filter_map(|name| NaiveDate::parse_from_str(name.strip_prefix(PREFIX)?, "%Y%m%d").ok())
        .collect())
}

fn name(day: NaiveDate) -> String {
    format!("{PREFIX}{}", day.format("%Y%m%d"))
}

fn creation(day: NaiveDate) -> String {
    let next = day + TimeDelta::days(1);
    format!(
        "CREATE TABLE {} PARTITION OF event_log FOR VALUES FROM ('{day} 00:00:00+00') TO ('{next} 00:00:00+00')",
        name(day)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_holds_one_day_of_universal_time() {
        let day = NaiveDate::from_ymd_opt(2026, 12, 31).unwrap();
        assert_eq!(
            creation(day),
            "CREATE TABLE event_log_20261231 PARTITION OF event_log \
             FOR VALUES FROM ('2026-12-31 00:00:00+00') TO ('2027-01-01 00:00:00+00')"
        );
    }
}
