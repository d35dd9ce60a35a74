//! Figures of a stretch of time, from the ledger.

use chrono::TimeDelta;
use sqlx::PgConnection;

use crate::{domain::Instant, error::Error};

/// What happened between two instants, and how it stood at the second.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Tickets opened.
    pub opened: i64,
    /// Tickets resolved.
    pub resolved: i64,
    /// Of those, without any person.
    pub resolved_automatically: i64,
    /// Tickets open at the end.
    pub open: i64,
    /// Tickets that went past due.
    pub overdue: i64,
    /// Handings over by people.
    pub handed_over: i64,
    /// Of the tickets resolved: how long departments answered for each.
    pub handling: Option<Handling>,
    /// Mean from the opening to the first acknowledgement, of the tickets first
    /// acknowledged in this time.
    pub mean_response_time: Option<TimeDelta>,
}

/// How long departments answered for a ticket, rests left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handling {
    /// Arithmetic mean.
    pub mean: TimeDelta,
    /// Half took at most this long.
    pub median: TimeDelta,
    /// Nine of ten took at most this long.
    pub p90: TimeDelta,
}

/// Computes the figures of `[from, to)`.
///
/// # Errors
/// Those of the database.
pub async fn between(
    conn: &mut PgConnection,
    from: Instant,
    to: Instant,
) -> Result<Figures, Error> {
    let counts = sqlx::query!(
        r#"select
            count(*) filter (where opened_at >= $1) as "opened!",
            count(*) filter (where resolved_at >= $1 and resolved_at < $2) as "resolved!",
            count(*) filter (where resolved_at >= $1 and resolved_at < $2 and automatic)
                as "resolved_automatically!",
            count(*) filter (where resolved_at is null or resolved_at >= $2) as "open!",
            (extract(epoch from avg(first_acknowledged_at - opened_at)
                filter (where first_acknowledged_at >= $1 and first_acknowledged_at < $2))
                * 1000000)::bigint as response
        from tickets where opened_at < $2"#,
        from,
        to
    )
    .fetch_one(&mut *conn)
    .await?;
    let acts = sqlx::query!(
        r#"select
            count(distinct ticket_id) filter (where transition = 'overdue') as "overdue!",
            count(*) filter (where transition = 'handed-over') as "handed_over!"
        from ticket_transitions
        where transition in ('handed-over', 'overdue') and happened_at >= $1 and happened_at < $2"#,
        from,
        to
    )
    .fetch_one(&mut *conn)
    .await?;
    Ok(Figures {
        opened: counts.opened,
        resolved: counts.resolved,
        resolved_automatically: counts.resolved_automatically,
        open: counts.open,
        overdue: acts.overdue,
        handed_over: acts.handed_over,
        handling: handling(conn, from, to).await?,
        mean_response_time: counts.response.map(TimeDelta::microseconds),
    })
}

async fn handling(
    conn: &mut PgConnection,
    from: Instant,
    to: Instant,
) -> Result<Option<Handling>, Error> {
    let row = sqlx::query!(
        "with handled as (
            select extract(epoch from sum(ended_at - started_at)) * 1000000 as micros
            from ticket_ledger join tickets on tickets.id = ticket_id
            where state = 'resolved' and resolved_at >= $1 and resolved_at < $2
                and ticket_ledger.department is not null and ticket_ledger.pause is null
            group by ticket_id
        )
        select avg(micros)::bigint as mean,
            percentile_disc(0.5) within group (order by micros)::bigint as median,
            percentile_disc(0.9) within group (order by micros)::bigint as p90
        from handled",
        from,
        to
    )
    .fetch_one(conn)
    .await?;
    let delta = TimeDelta::microseconds;
    Ok(row
        .mean
        .zip(row.median)
        .zip(row.p90)
        .map(|((mean, median), p90)| Handling {
            mean: delta(mean),
            median: delta(median),
            p90: delta(p90),
        }))
}
