//! Sources and how far they are complete.

use contracts::facts::Declaration;
use contracts::ingest::v1 as wire;
use contracts::time::timestamp;
use order::SourceId;
use service::telemetry;

use super::Ingest;
use crate::Error;
use crate::domain::{BadRequest, Intake, Introduction, no_later_than};
use crate::freshness;
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
        let sources = freshness::sources(self.context.database.pool(), self.now()).await?;
        Ok(wire::ListSourcesResponse { sources })
    }
}
