//! How fresh sources are, for whoever asks: `ListSources` and metrics tell the same.

use chrono::{DateTime, Utc};
use contracts::fact::v1::{SourceDeclaration, WatermarkMode};
use contracts::ingest::v1 as wire;
use contracts::time::{duration, timestamp};
use order::{Span, Timestamp};
use sqlx::PgPool;

use crate::store::freshness::{self, Freshness};

/// Tells of every source that there is how fresh it is at an instant, by name.
pub(crate) async fn sources(
    pool: &PgPool,
    now: Timestamp,
) -> Result<Vec<wire::Source>, sqlx::Error> {
    let sources = freshness::list(pool).await?;
    Ok(sources
        .into_iter()
        .map(|source| told(source, now))
        .collect())
}

fn told(source: Freshness, now: Timestamp) -> wire::Source {
    let instant = |at: Option<DateTime<Utc>>| at.map(Timestamp::from);
    let span = |micros: Option<i64>| micros.map(Span::from_micros).map(duration);
    let mode = match source.states_watermarks {
        true => WatermarkMode::Stated,
        false => WatermarkMode::Live,
    };
    let watermark = instant(source.watermark);
    let lag = watermark.filter(|_| source.states_watermarks);
    wire::Source {
        declaration: Some(SourceDeclaration {
            source: source.name,
            system: source.system,
            mode: mode as i32,
            patience: span(source.patience_micros),
            late_after: span(source.late_after_micros),
        }),
        watermark: watermark.map(timestamp),
        lag: lag.map(|watermark| duration(now.since(watermark).max(Span::ZERO))),
        last_fact_at: instant(source.last_fact_at).map(timestamp),
        last_success_at: instant(source.last_success_at).map(timestamp),
        facts: source.facts,
        quarantined: source.quarantined,
        sequence: source.sequence,
        backlog: source.backlog,
        failing: source.failing.unwrap_or_default(),
        error_code: source.error_code.unwrap_or_default(),
        error: source.error.unwrap_or_default(),
    }
}
