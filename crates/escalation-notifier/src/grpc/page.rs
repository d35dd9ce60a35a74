//! Pages and their tokens.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{error::Error, store::pages::DeliveryRow};

const USUAL: i64 = 100;
const AT_MOST: i32 = 1_000;

/// Rows of a page: 0 means a hundred, more than a thousand means that.
pub(super) fn size(asked: i32) -> Result<i64, Error> {
    match asked {
        0 => Ok(USUAL),
        1.. => Ok(i64::from(asked.min(AT_MOST))),
        _ => Err(Error::Request {
            field: "page_size",
            expected: "expected 0 to 1000",
        }),
    }
}

/// Token of the page after these rows; empty when they are the last.
pub(super) fn next<T>(rows: &[T], size: i64, token: impl Fn(&T) -> String) -> String {
    let full = i64::try_from(rows.len()).is_ok_and(|count| count >= size);
    rows.last().filter(|_| full).map(token).unwrap_or_default()
}

pub(super) fn token_of(row: &DeliveryRow) -> String {
    format!("{}.{}", row.created_at.timestamp_micros(), row.id)
}

pub(super) fn delivery_token(token: &str) -> Result<Option<(DateTime<Utc>, Uuid)>, Error> {
    if token.is_empty() {
        return Ok(None);
    }
    let read = || {
        let (micros, id) = token.split_once('.')?;
        Some((
            DateTime::from_timestamp_micros(micros.parse().ok()?)?,
            id.parse().ok()?,
        ))
    };
    read().map(Some).ok_or(Error::Request {
        field: "page_token",
        expected: "expected the next_page_token of an earlier answer",
    })
}
