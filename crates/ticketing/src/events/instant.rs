//! Instants on the wire: Protobuf timestamps, cut to the microsecond.

use chrono::{DateTime, SubsecRound, TimeDelta};

use crate::domain::Instant;

/// An instant as Protobuf writes it.
#[must_use]
pub fn to_wire(at: Instant) -> prost_types::Timestamp {
    let nanos = i32::try_from(at.timestamp_subsec_nanos()).unwrap_or_default();
    prost_types::Timestamp {
        seconds: at.timestamp(),
        nanos,
    }
}

/// The instant that Protobuf wrote; absent when it is out of range.
#[must_use]
pub fn from_wire(at: &prost_types::Timestamp) -> Option<Instant> {
    let nanos = u32::try_from(at.nanos).ok()?;
    DateTime::from_timestamp(at.seconds, nanos).map(|at| at.trunc_subsecs(6))
}

/// A duration as Protobuf writes it.
#[must_use]
pub fn span_to_wire(span: TimeDelta) -> prost_types::Duration {
    prost_types::Duration {
        seconds: span.num_seconds(),
        nanos: span.subsec_nanos(),
    }
}
