//! Gaps are told of before they happen: once each, as an event, and all the time as a metric.

use std::time::Duration;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use opentelemetry::{KeyValue, global, metrics::Gauge};
use service::{event_log, lifecycle::Shutdown};
use sqlx::PgConnection;
use tracing::warn;

use super::{Standing, USUAL};
use crate::{
    domain::{
        directory::Directory,
        oncall::{Schedule, Span},
    },
    error::Error,
    events::encode,
    notifier::Notifier,
    store::on_call as store,
};

/// How long before it begins a gap is told of.
const BEFORE: TimeDelta = TimeDelta::days(14);

/// How far beyond that is looked for its end.
const BEYOND: TimeDelta = TimeDelta::days(46);

/// How long ago the beginning of one that goes on is looked for.
const BACK: TimeDelta = TimeDelta::days(31);

/// Real time between two looks.
const EVERY: Duration = Duration::from_secs(60);

/// What is measured of gaps.
struct Measures {
    uncovered: Gauge<f64>,
}

impl Measures {
    fn new() -> Self {
        let uncovered = global::meter("orderwatch.escalation-notifier")
            .f64_gauge("orderwatch.on_call.uncovered")
            .with_unit("s")
            .with_description("Time in the next 14 days in which nobody is on call by a schedule.")
            .build();
        Self { uncovered }
    }
}

impl Notifier {
    /// Looks for gaps until the service stops.
    ///
    /// # Errors
    ///
    /// Never: failures are waited out.
    pub(crate) async fn run_gaps(self, shutdown: Shutdown) -> Result<(), Error> {
        let measures = Measures::new();
        loop {
            match self.look_for_gaps().await {
                Ok(seen) => seen.iter().for_each(|seen| {
                    let attributes = [KeyValue::new("orderwatch.schedule", seen.schedule.clone())];
                    measures
                        .uncovered
                        .record(seen.uncovered.as_secs_f64(), &attributes);
                }),
                Err(error) => {
                    let error = service::error::chain(&error);
                    warn!(
                        error,
                        "cannot look for gaps of on-call schedules, trying again"
                    );
                }
            }
            if !shutdown.sleep(EVERY).await {
                return Ok(());
            }
        }
    }

    /// Tells of the gaps that begin within 14 days and were not told of yet, and says how much of
    /// that time each schedule leaves uncovered.
    ///
    /// # Errors
    ///
    /// The database failed; nothing was told of then.
    pub async fn look_for_gaps(&self) -> Result<Vec<Uncovered>, Error> {
        let mut transaction = self.inner.pool.begin().await?;
        let today = self.inner.clock.now().date_naive().and_time(NaiveTime::MIN);
        let since = today.and_utc() - BACK;
        let standing = Standing::read(self, &mut transaction, Some(since)).await?;
        let now = standing.now;
        let mut seen = Vec::new();
        let mut events = Vec::new();
        for schedule in standing.schedules("")? {
            let gaps = standing.gaps(
                schedule,
                standing.span(Some(since), Some(now + BEFORE + BEYOND))?,
            );
            let mut uncovered = TimeDelta::zero();
            for gap in gaps {
                let Some(ahead) = upcoming(gap, now) else {
                    continue;
                };
                uncovered += ahead.until() - ahead.from();
                if store::tell_of_gap(&mut transaction, &schedule.name, gap, now).await? {
                    warn!(
                        on_call.schedule = schedule.name,
                        on_call.gap_from = %gap.from(),
                        on_call.gap_until = %gap.until(),
                        "nobody is on call, or will be",
                    );
                    events.push(encode::on_call::gap_found(&schedule.name, gap, now));
                }
            }
            seen.push(Uncovered {
                schedule: schedule.name.clone(),
                uncovered: uncovered.to_std().unwrap_or_default(),
            });
        }
        event_log::append(&mut transaction, &events).await?;
        transaction.commit().await?;
        if !events.is_empty() {
            self.inner.relay.wake();
        }
        Ok(seen)
    }
}

/// What is to be said of the gaps of the next four weeks, one line a schedule.
///
/// # Errors
///
/// The database failed.
pub(crate) async fn warnings(
    conn: &mut PgConnection,
    directory: &Directory,
    now: DateTime<Utc>,
) -> Result<Vec<String>, Error> {
    let overrides = store::standing_in(conn, directory, now).await?;
    let Some(within) = Span::new(now, now + USUAL) else {
        return Ok(Vec::new());
    };
    let warning = |schedule: &Schedule| {
        let gaps = schedule.gaps(&overrides, within);
        let first = encode::on_call::during(*gaps.first()?);
        let others = match gaps.len() - 1 {
            0 => String::new(),
            count => format!(", nor at {count} other times of the next 28 days"),
        };
        let name = &schedule.name;
        Some(format!(
            "OnCallSchedule/{name}: nobody is on call {first}{others}"
        ))
    };
    Ok(directory.schedules.values().filter_map(warning).collect())
}

/// How much of the time to come a schedule leaves uncovered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncovered {
    /// The schedule, by name.
    pub schedule: String,
    /// Of the next 14 days.
    pub uncovered: Duration,
}

/// What of a gap lies in the time of which is told.
fn upcoming(gap: Span, now: DateTime<Utc>) -> Option<Span> {
    gap.common(Span::new(now, now + BEFORE)?)
}
