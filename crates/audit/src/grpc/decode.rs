//! Requests become questions.

use chrono::{DateTime, Utc};
use contracts::audit::v1::ListEntriesRequest;
use prost_types::Timestamp;

use crate::domain::{Filter, InvalidQuery, Key, instant};

impl TryFrom<ListEntriesRequest> for Filter {
    type Error = InvalidQuery;

    fn try_from(request: ListEntriesRequest) -> Result<Self, Self::Error> {
        Self {
            order_id: given(&request.order_id),
            ticket_id: given(&request.ticket_id),
            actor: given(&request.actor),
            type_prefix: Key::of(&request.r#type),
            from: bound("from", request.from)?,
            to: bound("to", request.to)?,
        }
        .checked()
    }
}

fn given(text: &str) -> Option<Key> {
    (!text.is_empty()).then(|| Key::of(text))
}

fn bound(
    field: &'static str,
    timestamp: Option<Timestamp>,
) -> Result<Option<DateTime<Utc>>, InvalidQuery> {
    let Some(timestamp) = timestamp else {
        return Ok(None);
    };
    instant(timestamp)
        .map(Some)
        .ok_or_else(|| InvalidQuery::new(field, "is outside of the years 1 to 9999"))
}
