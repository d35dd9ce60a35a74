//! Messages that a consumer could not digest, kept on `orderwatch.dead.<service>`
//! with the headers that tell why, listed and replayed.

use std::time::SystemTime;

use async_nats::HeaderMap;
use async_nats::jetstream::stream::{DirectGetErrorKind, RawMessageErrorKind};
use bytes::Bytes;
use contracts::subject;

use crate::header::{self, Position};
use crate::{Bus, Error, Outgoing, Stream};

/// A message that was given up.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// Sequence in the dead letter stream: its handle.
    pub sequence: i64,
    /// Consumer that gave it up.
    pub consumer: String,
    /// Why, as the handler said it.
    pub cause: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was given up.
    pub dead_at: SystemTime,
    /// The message as it was published first.
    pub message: Outgoing,
}

/// Why a message is given up.
#[derive(Clone, Copy, Debug)]
pub struct Obituary<'a> {
    /// What the handler said.
    pub cause: &'a str,
    /// How often it was tried.
    pub attempts: u32,
}

/// The dead letters of one service.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    bus: Bus,
    service: String,
}

impl Bus {
    /// The dead letters of the consumer named `service`.
    #[must_use]
    pub fn dead_letters(&self, service: impl Into<String>) -> DeadLetters {
        DeadLetters {
            bus: self.clone(),
            service: service.into(),
        }
    }
}

impl DeadLetters {
    fn subject(&self) -> String {
        subject::under(subject::DEAD_LETTERS, &self.service)
    }

    /// Keeps a message with the cause of its death, and returns its sequence.
    ///
    /// # Errors
    /// When the broker does not acknowledge it.
    pub async fn bury(&self, message: &Outgoing, obituary: Obituary<'_>) -> Result<i64, Error> {
        let dead = Outgoing {
            subject: self.subject(),
            ..message.clone()
        };
        let attempts = obituary.attempts.to_string();
        let extra = [
            (header::EVENT_ID, message.event_id.as_str()),
            (header::SUBJECT, message.subject.as_str()),
            (header::CAUSE, obituary.cause),
            (header::ATTEMPTS, attempts.as_str()),
        ];
        // The id differs from death to death, so that a second death of the same
        // event within the duplicate window is kept too.
        let died = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_micros());
        let id = format!("dead-{}-{}-{died}", self.service, message.event_id);
        let sequence = self.bus.publish_as(&dead, &extra, &id).await?;
        Ok(i64::try_from(sequence).unwrap_or(i64::MAX))
    }

    /// Lists at most `limit` dead letters after a sequence.
    ///
    /// # Errors
    /// When the broker is away.
    pub async fn list(&self, after: i64, limit: usize) -> Result<Vec<DeadLetter>, Error> {
        let stream = self.stream().await?;
        let mut listed = Vec::new();
        let mut next = u64::try_from(after).unwrap_or(0) + 1;
        while listed.len() < limit {
            match stream
                .direct_get_next_for_subject(self.subject(), Some(next))
                .await
            {
                Ok(found) => {
                    next = found.sequence + 1;
                    let dead_at = SystemTime::from(found.time);
                    listed.push(self.read(
                        found.sequence,
                        dead_at,
                        &found.headers,
                        found.payload.clone(),
                    ));
                }
                Err(error) if error.kind() == DirectGetErrorKind::NotFound => break,
                Err(error) => return Err(self.bus.failed("list dead letters".to_owned(), error)),
            }
        }
        Ok(listed)
    }

    /// Fetches one dead letter.
    ///
    /// # Errors
    /// [`Error::NoDeadLetter`] when it is not there, another when the broker is away.
    pub async fn get(&self, sequence: i64) -> Result<DeadLetter, Error> {
        let missing = || Error::NoDeadLetter {
            sequence,
            service: self.service.clone(),
        };
        let asked = u64::try_from(sequence).map_err(|_| missing())?;
        let found = match self.stream().await?.get_raw_message(asked).await {
            Ok(found) => found,
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => {
                return Err(missing());
            }
            Err(error) => {
                return Err(self
                    .bus
                    .failed(format!("fetch dead letter {sequence}"), error));
            }
        };
        if found.subject.as_str() != self.subject() {
            return Err(missing());
        }
        Ok(self.read(
            asked,
            SystemTime::from(found.time),
            &found.headers,
            found.payload.clone(),
        ))
    }

    /// Publishes a dead letter on its first subject again, then removes it.
    ///
    /// # Errors
    /// When it is not there, or the broker does not acknowledge.
    pub async fn replay(&self, sequence: i64) -> Result<(), Error> {
        let letter = self.get(sequence).await?;
        let id = format!(
            "replay-{}-{sequence}-{}",
            self.service, letter.message.event_id
        );
        let extra = [(header::EVENT_ID, letter.message.event_id.as_str())];
        self.bus.publish_as(&letter.message, &extra, &id).await?;
        self.remove(sequence).await
    }

    /// Removes a dead letter.
    ///
    /// # Errors
    /// When the broker refuses.
    pub async fn remove(&self, sequence: i64) -> Result<(), Error> {
        let stream = self.stream().await?;
        let removed = stream
            .delete_message(u64::try_from(sequence).unwrap_or(0))
            .await;
        removed.map(drop).map_err(|error| {
            self.bus
                .failed(format!("remove dead letter {sequence}"), error)
        })
    }

    async fn stream(&self) -> Result<async_nats::jetstream::stream::Stream<()>, Error> {
        let name = Stream::DeadLetters.name();
        let found = self.bus.shared.context.get_stream_no_info(name).await;
        found.map_err(|error| self.bus.failed(format!("look up stream {name}"), error))
    }

    fn read(
        &self,
        sequence: u64,
        dead_at: SystemTime,
        headers: &HeaderMap,
        payload: Bytes,
    ) -> DeadLetter {
        let text = |name: &str| {
            header::text(Some(headers), name)
                .unwrap_or_default()
                .to_owned()
        };
        let message = Outgoing {
            subject: text(header::SUBJECT),
            event_id: text(header::EVENT_ID),
            service: text(header::SERVICE),
            position: text(header::POSITION)
                .parse::<Position>()
                .unwrap_or_default(),
            traceparent: header::text(Some(headers), header::TRACEPARENT).map(str::to_owned),
            payload,
        };
        DeadLetter {
            sequence: i64::try_from(sequence).unwrap_or(i64::MAX),
            consumer: self.service.clone(),
            cause: text(header::CAUSE),
            attempts: text(header::ATTEMPTS).parse().unwrap_or(0),
            dead_at,
            message,
        }
    }
}
