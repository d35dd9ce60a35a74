//! Reading bodies, within limits.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::outcome::{Outcome, Unavailable, Unread};

/// What bodies may take.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    /// KiB that all of them may take at once.
    pub(super) room: Arc<Semaphore>,
    /// Longest that one may take to arrive.
    pub(super) read_timeout: Duration,
}

/// A body, and the room that it takes as long as it is there.
pub(super) struct Taken {
    pub(super) bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

impl Limits {
    /// Reads a body of so many bytes at most.
    pub(super) async fn read(
        &self,
        headers: &HeaderMap,
        body: Body,
        most: u64,
    ) -> Result<Taken, Outcome> {
        if is_encoded(headers) {
            return Err(Outcome::Unread(Unread::Encoded));
        }
        if declared(headers).is_some_and(|declared| declared > most) {
            return Err(Outcome::Unread(Unread::TooLarge));
        }
        let whole = self.whole(body, most);
        let read = tokio::time::timeout(self.read_timeout, whole).await;
        read.unwrap_or(Err(Outcome::Unread(Unread::TooSlow)))
    }

    async fn whole(&self, mut body: Body, most: u64) -> Result<Taken, Outcome> {
        let mut bytes = BytesMut::new();
        let mut room: Option<OwnedSemaphorePermit> = None;
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame
                .map_err(|_| Outcome::Unread(Unread::Broken))?
                .into_data()
            else {
                continue;
            };
            if (bytes.len() + data.len()) as u64 > most {
                return Err(Outcome::Unread(Unread::TooLarge));
            }
            bytes.extend_from_slice(&data);
            let more = bytes.len().div_ceil(1024) - held(room.as_ref());
            let more = Arc::clone(&self.room)
                .try_acquire_many_owned(u32::try_from(more).unwrap_or(u32::MAX))
                .map_err(|_| Outcome::Unavailable(Unavailable::Room))?;
            match &mut room {
                Some(room) => room.merge(more),
                None => room = Some(more),
            }
        }
        Ok(Taken {
            bytes: bytes.freeze(),
            _room: room,
        })
    }
}

fn held(room: Option<&OwnedSemaphorePermit>) -> usize {
    room.map_or(0, OwnedSemaphorePermit::num_permits)
}

fn declared(headers: &HeaderMap) -> Option<u64> {
    let length = headers.get(header::CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

fn is_encoded(headers: &HeaderMap) -> bool {
    let encoding = headers.get(header::CONTENT_ENCODING);
    encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}
