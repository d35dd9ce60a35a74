//! Figures by scenario, department, warehouse, person, hour or category. What each means is in
//! FIGURES.md; each reads no more than what the stretch of time holds.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use sqlx::PgConnection;

use crate::{
    domain::report::{Figures, PushBacks, Spread, Wish},
    error::Error,
};

/// Figures by the key of their group.
pub type Groups = BTreeMap<String, Figures>;

/// Most push-backs that are told of: pairs of departments a week.
const PAIRS: i64 = 1_000;

/// How long the things of one group took, in microseconds, and how many were in time.
struct Timed {
    key: String,
    count: i64,
    mean: i64,
    median: i64,
    p90: i64,
    longest: i64,
    kept: i64,
}

impl From<&Timed> for Spread {
    fn from(timed: &Timed) -> Self {
        Self {
            count: timed.count,
            mean: TimeDelta::microseconds(timed.mean),
            median: TimeDelta::microseconds(timed.median),
            p90: TimeDelta::microseconds(timed.p90),
            longest: TimeDelta::microseconds(timed.longest),
        }
    }
}

/// Computes the figures of every group that has any.
///
/// # Errors
/// Those of the database.
pub async fn groups(conn: &mut PgConnection, wish: &Wish) -> Result<Groups, Error> {
    let mut groups = Groups::new();
    count(conn, wish, &mut groups).await?;
    measure(conn, wish, &mut groups).await?;
    Ok(groups)
}

/// Reads what is counted.
async fn count(conn: &mut PgConnection, wish: &Wish, groups: &mut Groups) -> Result<(), Error> {
    let (by, zone, from, to) = (wish.grouping.as_str(), &wish.zone, wish.from, wish.to);
    let opened = sqlx::query_file!("src/store/report/opened.sql", by, zone, from, to);
    for row in opened.fetch_all(&mut *conn).await? {
        groups.entry(row.key).or_default().opened = row.opened;
    }
    let resolved = sqlx::query_file!("src/store/report/resolved.sql", by, zone, from, to);
    for row in resolved.fetch_all(&mut *conn).await? {
        let figures = groups.entry(row.key).or_default();
        (figures.resolved, figures.automatic) = (row.resolved, row.automatic);
        figures.resolutions.kept = row.kept;
    }
    let steps = sqlx::query_file!("src/store/report/steps.sql", by, zone, from, to);
    for row in steps.fetch_all(&mut *conn).await? {
        groups.entry(row.key).or_default().steps.kept = row.kept;
    }
    let missed = sqlx::query_file!("src/store/report/missed.sql", by, zone, from, to);
    for row in missed.fetch_all(conn).await? {
        let figures = groups.entry(row.key).or_default();
        figures.responses.missed = row.response;
        figures.steps.missed = row.step;
        figures.resolutions.missed = row.resolution;
    }
    Ok(())
}

/// Reads what is measured.
async fn measure(conn: &mut PgConnection, wish: &Wish, groups: &mut Groups) -> Result<(), Error> {
    let (by, zone, from, to) = (wish.grouping.as_str(), &wish.zone, wish.from, wish.to);
    let handling = sqlx::query_file_as!(Timed, "src/store/report/handling.sql", by, zone, from, to);
    for row in handling.fetch_all(&mut *conn).await? {
        let handling = Spread::from(&row);
        groups.entry(row.key).or_default().handling = handling;
    }
    let response = sqlx::query_file_as!(Timed, "src/store/report/response.sql", by, zone, from, to);
    for row in response.fetch_all(&mut *conn).await? {
        let response = Spread::from(&row);
        let figures = groups.entry(row.key).or_default();
        (figures.response, figures.responses.kept) = (response, row.kept);
    }
    let backlog = sqlx::query_file_as!(Timed, "src/store/report/backlog.sql", by, zone, to);
    for row in backlog.fetch_all(conn).await? {
        let backlog = Spread::from(&row);
        groups.entry(row.key).or_default().backlog = backlog;
    }
    Ok(())
}

/// Counts push-backs by week and pair of departments, the first weeks first.
///
/// # Errors
/// Those of the database.
pub async fn push_backs(conn: &mut PgConnection, wish: &Wish) -> Result<Vec<PushBacks>, Error> {
    let (zone, from, to) = (&wish.zone, wish.from, wish.to);
    let pairs = sqlx::query_file_as!(
        PushBacks,
        "src/store/report/push_backs.sql",
        zone,
        from,
        to,
        PAIRS
    );
    Ok(pairs.fetch_all(conn).await?)
}

/// The same wish a week earlier, by the clock on the wall of its zone.
///
/// # Errors
/// Those of the database.
pub async fn week_before(conn: &mut PgConnection, wish: &Wish) -> Result<Wish, Error> {
    let earlier = sqlx::query!(
        r#"select ($1::timestamptz at time zone $3 - interval '7 days') at time zone $3 as "from!",
            ($2::timestamptz at time zone $3 - interval '7 days') at time zone $3 as "to!""#,
        wish.from,
        wish.to,
        wish.zone
    );
    let earlier = earlier.fetch_one(conn).await?;
    Ok(Wish {
        from: earlier.from,
        to: earlier.to,
        ..wish.clone()
    })
}
