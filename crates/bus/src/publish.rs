//! Publishing with pipelined acknowledgements.

use async_nats::HeaderMap;
use async_nats::jetstream::context::{PublishAckFuture, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use bytes::Bytes;
use futures::future::join_all;

use crate::{Bus, Position, header};

/// A message to publish.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Subject, such as `orderwatch.tickets.opened`.
    pub subject: String,
    /// Natural key of the event; becomes `Nats-Msg-Id`.
    pub event_id: String,
    /// Service in whose log the event stands.
    pub service: String,
    /// Its place in that log.
    pub position: Position,
    /// W3C trace context of the transaction that wrote it.
    pub traceparent: Option<String>,
    /// Encoded event.
    pub payload: Bytes,
}

impl Outgoing {
    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::SERVICE, self.service.as_str());
        headers.insert(header::POSITION, self.position.to_string().as_str());
        if let Some(traceparent) = &self.traceparent {
            headers.insert(header::TRACEPARENT, header::one_line(traceparent).as_str());
        }
        headers
    }
}

/// Why a message is not known to be stored.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The broker will never take it: trying again is pointless.
    #[error(
        "the message {event_id} on {subject} has {bytes} bytes with its headers, more than the broker takes ({limit}); send smaller batches, or raise max_payload of nats-server"
    )]
    TooLarge {
        /// Natural key of the event.
        event_id: String,
        /// Subject it was meant for.
        subject: String,
        /// Its size.
        bytes: usize,
        /// The broker's limit.
        limit: usize,
    },
    /// Its acknowledgement did not arrive, so its fate is unknown: publish it
    /// again under the same id.
    #[error(
        "the broker at {url} did not acknowledge the message {event_id} on {subject}: {source}"
    )]
    Unacknowledged {
        /// The address without its password.
        url: String,
        /// Natural key of the event.
        event_id: String,
        /// Subject it was meant for.
        subject: String,
        /// What went wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl PublishError {
    /// Whether publishing the same message again may succeed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unacknowledged { .. })
    }
}

impl Bus {
    /// Publishes all messages at once and waits for their acknowledgements,
    /// each at most [`Options::ack_timeout`](crate::Options::ack_timeout). The
    /// answers, sequences in the stream, stand in the order of the messages.
    pub async fn publish(&self, messages: &[Outgoing]) -> Vec<Result<u64, PublishError>> {
        let mut sent = Vec::with_capacity(messages.len());
        for message in messages {
            sent.push(
                self.send(message, message.headers(), &message.event_id)
                    .await,
            );
        }
        let acknowledged = sent
            .into_iter()
            .zip(messages)
            .map(|(sent, message)| self.acknowledged(sent, message));
        join_all(acknowledged).await
    }

    /// Publishes one message under headers and an id of its own.
    pub(crate) async fn publish_as(
        &self,
        message: &Outgoing,
        extra: &[(&str, &str)],
        id: &str,
    ) -> Result<u64, PublishError> {
        let mut headers = message.headers();
        for (name, value) in extra {
            headers.insert(*name, header::one_line(value).as_str());
        }
        let sent = self.send(message, headers, id).await;
        self.acknowledged(sent, message).await
    }

    async fn send(
        &self,
        message: &Outgoing,
        headers: HeaderMap,
        id: &str,
    ) -> Result<PublishAckFuture, PublishError> {
        // 256 bytes stand for the headers, which are short.
        let (bytes, limit) = (message.payload.len() + 256, self.max_message_bytes());
        if bytes > limit {
            return Err(self.too_large(message));
        }
        let publish = PublishMessage::build()
            .payload(message.payload.clone())
            .headers(headers)
            .message_id(header::one_line(id));
        let sent = self
            .shared
            .context
            .send_publish(message.subject.clone(), publish)
            .await;
        sent.map_err(|error| self.not_published(message, error))
    }

    async fn acknowledged(
        &self,
        sent: Result<PublishAckFuture, PublishError>,
        message: &Outgoing,
    ) -> Result<u64, PublishError> {
        sent?
            .await
            .map(|ack| ack.sequence)
            .map_err(|error| self.not_published(message, error))
    }

    fn not_published(
        &self,
        message: &Outgoing,
        error: async_nats::jetstream::context::PublishError,
    ) -> PublishError {
        match error.kind() {
            PublishErrorKind::MaxPayloadExceeded => return self.too_large(message),
            PublishErrorKind::StreamNotFound => self.suspect(),
            _ => {}
        }
        PublishError::Unacknowledged {
            url: self.shown_url(),
            event_id: message.event_id.clone(),
            subject: message.subject.clone(),
            source: Box::new(error),
        }
    }

    fn too_large(&self, message: &Outgoing) -> PublishError {
        PublishError::TooLarge {
            event_id: message.event_id.clone(),
            subject: message.subject.clone(),
            bytes: message.payload.len() + 256,
            limit: self.max_message_bytes(),
        }
    }
}
