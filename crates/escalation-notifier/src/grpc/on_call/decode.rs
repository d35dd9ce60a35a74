//! What is asked of on-call schedules.

use chrono::{DateTime, Utc};
use contracts::escalation::v1::{AddOverrideRequest, WithdrawOverrideRequest};
use prost_types::Timestamp;
use uuid::Uuid;

use crate::{
    error::Error,
    grpc::brief,
    on_call::{Said, StandIn},
};

pub(super) fn instant(
    field: &'static str,
    wire: Option<Timestamp>,
) -> Result<Option<DateTime<Utc>>, Error> {
    let Some(Timestamp { seconds, nanos }) = wire else {
        return Ok(None);
    };
    // Beyond these years the wall clocks of the zones end.
    let read = u32::try_from(nanos)
        .ok()
        .and_then(|nanos| DateTime::from_timestamp(seconds, nanos))
        .filter(|at| (0..253_000_000_000).contains(&at.timestamp()));
    read.map(Some).ok_or(Error::Request {
        field,
        expected: "expected an instant from 1970 to 9986",
    })
}

pub(super) fn stand_in(request: AddOverrideRequest) -> Result<StandIn, Error> {
    let until = instant("until", request.until)?.ok_or(Error::Request {
        field: "until",
        expected: "expected when it is over",
    })?;
    Ok(StandIn {
        schedule: given(
            "schedule",
            request.schedule,
            "expected the schedule, by name",
        )?,
        person: given("person", request.person, "expected who stands in, by name")?,
        from: instant("from", request.from)?,
        until,
        by: said(request.actor, request.reason)?,
    })
}

pub(super) fn withdrawal(request: WithdrawOverrideRequest) -> Result<(Uuid, Said), Error> {
    let id = request.id.parse().map_err(|_| Error::Request {
        field: "id",
        expected: "expected the id of an override",
    })?;
    Ok((id, said(request.actor, request.reason)?))
}

fn said(actor: String, reason: String) -> Result<Said, Error> {
    Ok(Said {
        actor: given("actor", actor, "expected who says this")?,
        reason: given("reason", reason, "expected why")?,
    })
}

fn given(field: &'static str, text: String, expected: &'static str) -> Result<String, Error> {
    if text.trim().is_empty() {
        return Err(Error::Request { field, expected });
    }
    brief(field, &text)?;
    Ok(text)
}
