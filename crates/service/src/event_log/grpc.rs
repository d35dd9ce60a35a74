//! `EventLogService` over the schema's own log.

use chrono::{DateTime, Utc};
use contracts::operations::v1 as wire;
use tonic::{Request, Response, Status};

use super::{Header, Logged, get, list};
use crate::consume::Position;
use crate::database::Database;
use crate::error::{FieldViolation, status};

/// Most payload bytes of one answer, below the 4 MiB that clients take by default.
const ANSWER_BYTES: usize = 3 << 20;
const MOST_LISTED: i32 = 10_000;
const MOST_FETCHED: usize = 500;

/// Serves the log of one schema.
pub(crate) struct EventLogServer {
    pub(crate) database: Database,
}

#[derive(Debug, thiserror::Error)]
#[error("{field} {description}")]
struct InvalidRequest {
    field: &'static str,
    description: String,
}

impl crate::error::Classified for InvalidRequest {
    fn kind(&self) -> crate::error::ErrorKind {
        crate::error::ErrorKind::InvalidArgument
    }

    fn code(&self) -> &'static str {
        "OW-EVENT-LOG-REQUEST"
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        vec![FieldViolation::new(self.field, &self.description)]
    }
}

#[tonic::async_trait]
impl wire::event_log_service_server::EventLogService for EventLogServer {
    async fn list_events(
        &self,
        request: Request<wire::ListEventsRequest>,
    ) -> Result<Response<wire::ListEventsResponse>, Status> {
        let request = request.into_inner();
        let limit = match request.limit {
            0 => 1_000,
            limit @ 1..=MOST_LISTED => limit,
            limit => {
                let description =
                    format!("is {limit}; expected 1 to {MOST_LISTED}, or 0 for 1,000");
                return Err(status(&InvalidRequest {
                    field: "limit",
                    description,
                }));
            }
        };
        let after = request.after.map(position).unwrap_or_default();
        let listed = list(
            self.database.pool(),
            after,
            &request.subject_prefix,
            i64::from(limit),
        )
        .await;
        let events = listed
            .map_err(|error| status(&error))?
            .into_iter()
            .map(wire_header)
            .collect();
        Ok(Response::new(wire::ListEventsResponse { events }))
    }

    /// Answers as many of the events as fit one message, at least one.
    async fn get_events(
        &self,
        request: Request<wire::GetEventsRequest>,
    ) -> Result<Response<wire::GetEventsResponse>, Status> {
        let positions: Vec<Position> = request
            .into_inner()
            .positions
            .into_iter()
            .map(position)
            .collect();
        if positions.len() > MOST_FETCHED {
            let description = format!(
                "has {} entries; at most {MOST_FETCHED} are answered at a time",
                positions.len()
            );
            return Err(status(&InvalidRequest {
                field: "positions",
                description,
            }));
        }
        let mut events = Vec::new();
        let mut bytes = 0;
        // Small steps, so that a request for many large events loads few of them.
        for some in positions.chunks(32) {
            let logged = get(self.database.pool(), some)
                .await
                .map_err(|error| status(&error))?;
            for event in logged {
                bytes += event.payload.len();
                if bytes > ANSWER_BYTES && !events.is_empty() {
                    return Ok(Response::new(wire::GetEventsResponse { events }));
                }
                events.push(wire_event(event));
            }
        }
        Ok(Response::new(wire::GetEventsResponse { events }))
    }
}

fn position(position: wire::Position) -> Position {
    Position {
        transaction: position.transaction,
        sequence: position.sequence,
    }
}

fn wire_position(position: Position) -> wire::Position {
    wire::Position {
        transaction: position.transaction,
        sequence: position.sequence,
    }
}

fn wire_header(header: Header) -> wire::EventHeader {
    wire::EventHeader {
        position: Some(wire_position(header.position)),
        event_id: header.event_id,
        subject: header.subject,
        created_at: Some(timestamp(header.created_at)),
    }
}

fn wire_event(event: Logged) -> wire::LoggedEvent {
    let Logged {
        position,
        event_id,
        subject,
        payload,
        traceparent,
        created_at,
    } = event;
    wire::LoggedEvent {
        header: Some(wire_header(Header {
            position,
            event_id,
            subject,
            created_at,
        })),
        payload: payload.to_vec(),
        traceparent: traceparent.unwrap_or_default(),
    }
}

/// The instant as protobuf has it.
pub(crate) fn timestamp(instant: DateTime<Utc>) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: instant.timestamp(),
        nanos: i32::try_from(instant.timestamp_subsec_nanos()).unwrap_or(0),
    }
}
