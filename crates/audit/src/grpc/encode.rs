//! Entries become messages.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use contracts::audit::v1 as wire;
use contracts::event::v1::Event;
use prost::Message;
use prost_types::Timestamp;

use crate::domain::{Entry, Key, Unreadable};

/// The whole entry.
pub(super) fn entry(entry: &Entry) -> Result<wire::Entry, Unreadable> {
    Ok(wire::Entry {
        position: entry.position,
        service: entry.happening.service.as_str().to_owned(),
        event: Some(event(
            &entry.happening.payload,
            entry.happening.service.as_str(),
        )?),
        recorded_at: Some(timestamp(entry.recorded_at)),
        digest: entry.digest.to_hex(),
    })
}

/// The entry as the trail of one order shows it: a batch about hundreds of orders names this one.
pub(super) fn entry_about(whole: &Entry, order_id: &Key) -> Result<wire::Entry, Unreadable> {
    let mut encoded = entry(whole)?;
    if let Some(event) = &mut encoded.event {
        event.order_ids.retain(|id| Key::of(id) == *order_id);
    }
    Ok(encoded)
}

fn event(payload: &Bytes, service: &str) -> Result<Event, Unreadable> {
    Event::decode(payload.clone()).map_err(|source| Unreadable::Encoding {
        service: service.to_owned(),
        source,
    })
}

fn timestamp(instant: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: instant.timestamp(),
        nanos: i32::try_from(instant.timestamp_subsec_nanos()).unwrap_or_default(),
    }
}
