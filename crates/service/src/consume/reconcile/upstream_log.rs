//! The log of an upstream, over gRPC.

use std::time::Duration;

use chrono::{DateTime, Utc};
use contracts::operations::v1 as wire;
use contracts::operations::v1::event_log_service_client::EventLogServiceClient;

use crate::Error;
use crate::client::{self, Traced};
use crate::consume::{Position, Received, Upstream};

/// Headers asked for at a time.
const PAGE: i32 = 1_000;

/// A client of one upstream's log.
pub(super) struct UpstreamLog {
    pub(super) upstream: Upstream,
    endpoint: String,
    client: EventLogServiceClient<Traced>,
    prefix: String,
}

/// An event as it is listed.
pub(super) struct Listed {
    pub(super) position: Position,
    pub(super) subject: String,
    pub(super) created_at: DateTime<Utc>,
}

impl UpstreamLog {
    /// Makes a client that lists events whose subject has that prefix.
    pub(super) fn new(upstream: Upstream, endpoint: &str, prefix: String) -> Result<Self, Error> {
        let channel = client::channel(endpoint, Duration::from_secs(20))?;
        let client = EventLogServiceClient::new(channel).max_decoding_message_size(16 << 20);
        Ok(Self {
            upstream,
            endpoint: endpoint.to_owned(),
            client,
            prefix,
        })
    }

    /// First characters of the subjects that it lists.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Lists what follows a place.
    pub(super) async fn list(&mut self, after: Position) -> Result<Vec<Listed>, Error> {
        let request = wire::ListEventsRequest {
            after: Some(asked(&after)),
            subject_prefix: self.prefix.clone(),
            limit: PAGE,
        };
        let answer = self
            .client
            .list_events(request)
            .await
            .map_err(|status| self.failed(status))?;
        let events = answer.into_inner().events.into_iter();
        Ok(events
            .filter_map(|event| {
                let created = event.created_at?;
                let nanos = u32::try_from(created.nanos).unwrap_or(0);
                Some(Listed {
                    position: placed(event.position?),
                    subject: event.subject,
                    created_at: DateTime::from_timestamp(created.seconds, nanos)?,
                })
            })
            .collect())
    }

    /// Fetches events whole; those that retention has dropped are left out, and
    /// the last ones when all are too large for one answer.
    pub(super) async fn get(&mut self, positions: &[Position]) -> Result<Vec<Received>, Error> {
        let positions = positions.iter().map(asked).collect();
        let answer = self
            .client
            .get_events(wire::GetEventsRequest { positions })
            .await;
        let events = answer
            .map_err(|status| self.failed(status))?
            .into_inner()
            .events;
        Ok(events
            .into_iter()
            .filter_map(|event| {
                let header = event.header?;
                Some(Received {
                    upstream: self.upstream.clone(),
                    position: placed(header.position?),
                    event_id: header.event_id,
                    subject: header.subject,
                    payload: event.payload.into(),
                    traceparent: (!event.traceparent.is_empty()).then_some(event.traceparent),
                })
            })
            .collect())
    }

    fn failed(&self, status: tonic::Status) -> Error {
        let (upstream, endpoint) = (self.upstream.name().to_owned(), self.endpoint.clone());
        Error::Upstream {
            upstream,
            endpoint,
            status: Box::new(status),
        }
    }
}

fn asked(position: &Position) -> wire::Position {
    wire::Position {
        transaction: position.transaction,
        sequence: position.sequence,
    }
}

fn placed(position: wire::Position) -> Position {
    Position {
        transaction: position.transaction,
        sequence: position.sequence,
    }
}
