//! Sources and how far they are complete.

use chrono::{DateTime, Utc};
use contracts::fact::v1::{SourceDeclaration, WatermarkMode};
use contracts::facts::Declaration;
use contracts::ingest::v1 as wire;
use contracts::time::{duration, timestamp};
use order::{SourceId, Span, Timestamp};
use service::telemetry;

use super::Ingest;
use crate::Error;
use crate::domain::{BadRequest, Intake, Introduction, no_later_than};
use crate::store::freshness::{self, Freshness};
use crate::store::journal::Outcome;

impl Ingest {
    pub(super) async fn declare(
        &self,
        request: wire::DeclareSourceRequest,
    ) -> Result<wire::DeclareSourceResponse, Error> {
        let declaration = request
            .declaration
            .ok_or_else(|| BadRequest::new("declaration", "is missing"))?;
        let declaration = Declaration::try_from(declaration)
            .map_err(|error| BadRequest::new("declaration", error))?;
        let introduction = Introduction {
            declaration,
            is_explicit: true,
        };
        let intake = Intake {
            introductions: vec![introduction],
            received_at: self.now(),
            traceparent: telemetry::traceparent(),
            ..Intake::default()
        };
        self.queue.wait(intake).await?;
        Ok(wire::DeclareSourceResponse {})
    }

    pub(super) async fn advance(
        &self,
        request: wire::AdvanceWatermarkRequest,
    ) -> Result<wire::AdvanceWatermarkResponse, Error> {
        let source: SourceId = request
            .source
            .parse()
            .map_err(|error| BadRequest::new("source", error))?;
        let watermark = request
            .watermark
            .ok_or_else(|| BadRequest::new("watermark", "is missing"))?;
        let watermark = no_later_than("watermark", &watermark, self.now())?;
        let intake = Intake {
            watermark: Some((source, watermark)),
            received_at: self.now(),
            traceparent: telemetry::traceparent(),
            ..Intake::default()
        };
        let in_force = match self.queue.wait(intake).await? {
            Outcome::Accepted { watermark } => watermark,
            Outcome::Duplicate { .. } | Outcome::Refused(_) => None,
        };
        Ok(wire::AdvanceWatermarkResponse {
            watermark: in_force.map(timestamp),
        })
    }

    pub(super) async fn sources(&self) -> Result<wire::ListSourcesResponse, Error> {
        let now = self.now();
        let sources = freshness::list(self.context.database.pool()).await?;
        let sources = sources.into_iter().map(|source| shown(source, now));
        Ok(wire::ListSourcesResponse {
            sources: sources.collect(),
        })
    }
}

fn shown(source: Freshness, now: Timestamp) -> wire::Source {
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
