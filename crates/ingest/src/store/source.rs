//! Sources and their journals' heads.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contracts::fact::v1::SourceRoster;
use contracts::facts::Declaration;
use order::{Span, System, Timestamp};
use sqlx::{PgConnection, PgPool};

/// One source as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) declaration: Declaration,
    pub(crate) watermark: Option<Timestamp>,
    /// Sequence of the newest batch of its journal.
    pub(crate) sequence: i64,
    pub(crate) facts: i64,
    pub(crate) last_fact_at: Option<Timestamp>,
}

struct Row {
    name: String,
    system: String,
    states_watermarks: bool,
    patience_micros: Option<i64>,
    late_after_micros: Option<i64>,
    watermark: Option<DateTime<Utc>>,
    sequence: i64,
    facts: i64,
    last_fact_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Source {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let damaged =
            |error: &dyn std::fmt::Display| sqlx::Error::Decode(format!("source: {error}").into());
        Ok(Self {
            declaration: Declaration {
                source: row.name.parse().map_err(|error| damaged(&error))?,
                system: row
                    .system
                    .parse::<System>()
                    .map_err(|error| damaged(&error))?,
                states_watermarks: row.states_watermarks,
                patience: row.patience_micros.map(Span::from_micros),
                late_after: row.late_after_micros.map(Span::from_micros),
            },
            watermark: row.watermark.map(Timestamp::from),
            sequence: row.sequence,
            facts: row.facts,
            last_fact_at: row.last_fact_at.map(Timestamp::from),
        })
    }
}

/// Locks sources until the transaction ends, always in one order.
pub(crate) async fn lock(
    connection: &mut PgConnection,
    names: &[String],
) -> Result<BTreeMap<String, Source>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT name, system, states_watermarks, patience_micros, late_after_micros, watermark, sequence, facts, last_fact_at
         FROM sources WHERE name = ANY($1) ORDER BY name FOR UPDATE",
        names,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| Ok((row.name.clone(), Source::try_from(row)?)))
        .collect()
}

/// Locks the list of sources until the transaction ends, if one of these is not in it or is to be
/// declared anew. It comes before any lock of a source: whoever declares is alone with it, so that
/// two who declare cannot wait for each other.
pub(crate) async fn lock_roster(
    connection: &mut PgConnection,
    names: &[String],
    anew: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT version FROM source_roster
         WHERE $2 OR EXISTS (SELECT FROM UNNEST($1::text[]) AS introduced (name)
                             WHERE NOT EXISTS (SELECT FROM sources WHERE sources.name = introduced.name))
         FOR UPDATE",
        names,
        anew,
    )
    .fetch_optional(connection)
    .await
    .map(drop)
}

/// Declares a source anew; returns it as it stands then. Where it is not to be replaced,
/// one that somebody else declared in between stays.
pub(crate) async fn declare(
    connection: &mut PgConnection,
    declaration: &Declaration,
    replaces: bool,
) -> Result<Source, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "INSERT INTO sources AS known (name, system, states_watermarks, patience_micros, late_after_micros)
         VALUES ($1, $2, $3, $4, $6)
         ON CONFLICT (name) DO UPDATE SET
             system = CASE WHEN $5 THEN excluded.system ELSE known.system END,
             states_watermarks = CASE WHEN $5 THEN excluded.states_watermarks ELSE known.states_watermarks END,
             patience_micros = CASE WHEN $5 THEN excluded.patience_micros ELSE known.patience_micros END,
             late_after_micros = CASE WHEN $5 THEN excluded.late_after_micros ELSE known.late_after_micros END
         RETURNING name, system, states_watermarks, patience_micros, late_after_micros, watermark, sequence, facts, last_fact_at",
        declaration.source.as_str(),
        declaration.system.as_str(),
        declaration.states_watermarks,
        declaration.patience.map(Span::micros),
        replaces,
        declaration.late_after.map(Span::micros),
    )
    .fetch_one(&mut *connection)
    .await?;
    sqlx::query!("UPDATE source_roster SET version = version + 1")
        .execute(connection)
        .await?;
    row.try_into()
}

/// Returns every declared source, as the transaction sees them.
pub(crate) async fn roster(connection: &mut PgConnection) -> Result<SourceRoster, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT roster.version AS "version!", name, system, states_watermarks, patience_micros,
               late_after_micros
           FROM source_roster AS roster CROSS JOIN sources ORDER BY name"#
    )
    .fetch_all(connection)
    .await?;
    let version = rows.first().map_or(0, |row| row.version);
    let sources = rows.into_iter().map(|row| {
        let row = Row {
            name: row.name,
            system: row.system,
            states_watermarks: row.states_watermarks,
            patience_micros: row.patience_micros,
            late_after_micros: row.late_after_micros,
            watermark: None,
            sequence: 0,
            facts: 0,
            last_fact_at: None,
        };
        Source::try_from(row).map(|source| (&source.declaration).into())
    });
    Ok(SourceRoster {
        version,
        sources: sources.collect::<Result<_, _>>()?,
    })
}

/// Returns the sequence of each locked source's oldest batch that the journal retains,
/// having noted the first of today. Midnight is taken a minute early, so that no batch is
/// given up that is still there.
pub(crate) async fn oldest_retained(
    connection: &mut PgConnection,
    names: &[String],
) -> Result<BTreeMap<String, i64>, sqlx::Error> {
    sqlx::query!(
        r#"WITH begun AS (
               INSERT INTO journal_days (source, day, first_sequence)
               SELECT name, ((clock_timestamp() + interval '1 minute') AT TIME ZONE 'UTC')::date, sequence + 1
               FROM sources WHERE name = ANY($1) ORDER BY name
               ON CONFLICT DO NOTHING
               RETURNING source, first_sequence
           )
           SELECT source AS "source!", min(first_sequence) AS "oldest!"
           FROM (SELECT source, first_sequence FROM journal_days WHERE source = ANY($1)
                 UNION ALL SELECT source, first_sequence FROM begun) AS days
           GROUP BY source"#,
        names,
    )
    .fetch_all(connection)
    .await
    .map(|rows| rows.into_iter().map(|row| (row.source, row.oldest)).collect())
}

/// Forgets days of the journal whose partition retention has dropped.
pub(crate) async fn forget_dropped_days(pool: &PgPool) -> Result<u64, sqlx::Error> {
    sqlx::query!(
        "DELETE FROM journal_days
         WHERE day < (clock_timestamp() AT TIME ZONE 'UTC')::date
           AND to_regclass('event_log_' || to_char(day, 'YYYYMMDD')) IS NULL"
    )
    .execute(pool)
    .await
    .map(|done| done.rows_affected())
}

/// Stores the heads of locked sources.
pub(crate) async fn save_heads(
    connection: &mut PgConnection,
    sources: &BTreeMap<String, Source>,
) -> Result<(), sqlx::Error> {
    let names: Vec<String> = sources.keys().cloned().collect();
    let column = |read: fn(&Source) -> i64| sources.values().map(read).collect::<Vec<i64>>();
    let instant = |read: fn(&Source) -> Option<Timestamp>| {
        sources
            .values()
            .map(|source| read(source).map(DateTime::<Utc>::from))
            .collect::<Vec<_>>()
    };
    sqlx::query!(
        "UPDATE sources SET sequence = new.sequence, facts = new.facts,
             watermark = new.watermark, last_fact_at = new.last_fact_at
         FROM UNNEST($1::text[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::timestamptz[])
             AS new (name, sequence, facts, watermark, last_fact_at)
         WHERE sources.name = new.name",
        &names,
        &column(|source| source.sequence),
        &column(|source| source.facts),
        &instant(|source| source.watermark) as &[Option<DateTime<Utc>>],
        &instant(|source| source.last_fact_at) as &[Option<DateTime<Utc>>],
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Which of these names no source was declared by.
pub(crate) async fn unknown(pool: &PgPool, names: &[String]) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT name AS "name!" FROM UNNEST($1::text[]) AS asked (name)
           WHERE NOT EXISTS (SELECT FROM sources WHERE sources.name = asked.name)"#,
        names,
    )
    .fetch_all(pool)
    .await
}
