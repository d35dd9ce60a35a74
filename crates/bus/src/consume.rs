//! Pulling messages with explicit acknowledgements, and the watchdog that
//! rebuilds a consumer which has work pending and delivers nothing.

use std::time::{Duration, Instant};

use async_nats::jetstream::AckKind;
use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy, pull};
use bytes::Bytes;
use futures::{FutureExt, StreamExt};
use tokio::sync::watch;
use tracing::{debug, warn};

use crate::header::{self, Position};
use crate::{Bus, Error, MAX_MESSAGE_BYTES, Stream};

/// Least and most bytes that one consumer has outstanding: room for the largest
/// message, and far from the 64 MiB at which the server calls a connection slow.
const OUTSTANDING_BYTES: (usize, usize) = (4 * MAX_MESSAGE_BYTES, 16 * MAX_MESSAGE_BYTES);

/// How a durable consumer reads a stream.
#[derive(Clone, Debug)]
pub struct ConsumerOptions {
    /// The stream to read.
    pub stream: Stream,
    /// Durable name: replicas that share it share the work.
    pub durable: String,
    /// Subjects to receive; empty means all of the stream.
    pub subjects: Vec<String>,
    /// Most messages asked for at a time.
    pub max_messages: usize,
    /// Most bytes asked for at a time; kept between 4 and 16 MiB.
    pub max_bytes: usize,
    /// After how long an unacknowledged message is delivered again.
    pub ack_wait: Duration,
    /// How often the server says that it is still there.
    pub heartbeat: Duration,
}

impl ConsumerOptions {
    fn config(&self) -> pull::Config {
        pull::Config {
            durable_name: Some(self.durable.clone()),
            filter_subjects: if self.subjects.is_empty() {
                vec![self.stream.subjects()]
            } else {
                self.subjects.clone()
            },
            deliver_policy: DeliverPolicy::All,
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.ack_wait,
            max_ack_pending: 10_000,
            max_deliver: -1,
            ..pull::Config::default()
        }
    }
}

/// Messages of a durable consumer, as they come.
pub struct Deliveries {
    bus: Bus,
    options: ConsumerOptions,
    epoch: watch::Receiver<u64>,
    pulled: Option<Pulled>,
    failures: u32,
}

struct Pulled {
    consumer: Consumer<pull::Config>,
    messages: pull::Stream,
    last_delivery: Instant,
}

/// How a consumer stands on the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Messages that wait to be delivered.
    pub pending: u64,
    /// Messages delivered and not yet acknowledged, on all replicas.
    pub unacknowledged: usize,
}

impl Bus {
    /// Reads a stream through a durable consumer, which is made when missing.
    #[must_use]
    pub fn consume(&self, options: ConsumerOptions) -> Deliveries {
        Deliveries {
            bus: self.clone(),
            options,
            epoch: self.changes(),
            pulled: None,
            failures: 0,
        }
    }

    /// Tells how much a durable consumer has still to do.
    ///
    /// # Errors
    /// When the broker, the stream or the consumer is away.
    pub async fn backlog(&self, stream: Stream, durable: &str) -> Result<Backlog, Error> {
        let context = &self.shared.context;
        let consumer: Consumer<pull::Config> = context
            .get_consumer_from_stream(durable, stream.name())
            .await
            .map_err(|error| {
                self.failed(
                    format!("look up consumer {durable} of {}", stream.name()),
                    error,
                )
            })?;
        let info = consumer.cached_info();
        Ok(Backlog {
            pending: info.num_pending,
            unacknowledged: info.num_ack_pending,
        })
    }
}

impl Deliveries {
    /// Waits for the next message, rebuilding the consumer as often as needed.
    /// Safe to cancel: no message is lost with a dropped call.
    pub async fn next(&mut self) -> Delivery {
        loop {
            match self.step().await {
                Ok(Some(delivery)) => {
                    self.failures = 0;
                    return delivery;
                }
                Ok(None) => {}
                Err(error) => {
                    self.pulled = None;
                    self.failures = self.failures.saturating_add(1);
                    warn!(stream.name = self.options.stream.name(), consumer.name = self.options.durable, error = %error, "cannot pull messages, rebuilding the consumer");
                    self.bus.suspect();
                    let delay = Duration::from_millis(100 << self.failures.min(5));
                    let _ = tokio::time::timeout(delay, self.epoch.changed()).await;
                }
            }
        }
    }

    /// Takes a message that is here already, without waiting.
    pub fn next_if_ready(&mut self) -> Option<Delivery> {
        let pulled = self.pulled.as_mut()?;
        let message = pulled.messages.next().now_or_never()??.ok()?;
        pulled.last_delivery = Instant::now();
        Some(Delivery { message })
    }

    /// Gives back what was delivered here and not yet taken, so that another
    /// replica gets it at once.
    pub async fn release(mut self) {
        while let Some(delivery) = self.next_if_ready() {
            delivery.release(Duration::ZERO).await;
        }
    }

    async fn step(&mut self) -> Result<Option<Delivery>, Error> {
        if self.pulled.is_none() {
            let opened = self.open().await?;
            self.pulled = Some(opened);
        }
        let Some(pulled) = self.pulled.as_mut() else {
            return Ok(None);
        };
        let patience = self.options.heartbeat * 2;
        tokio::select! {
            biased;
            message = pulled.messages.next() => match message {
                Some(Ok(message)) => {
                    pulled.last_delivery = Instant::now();
                    Ok(Some(Delivery { message }))
                }
                Some(Err(error)) => Err(self.bus.failed("deliver messages".to_owned(), error)),
                None => Err(self.bus.failed("deliver messages".to_owned(), "the subscription ended")),
            },
            _ = self.epoch.changed() => {
                debug!(stream.name = self.options.stream.name(), "broker changed, rebuilding the consumer");
                self.pulled = None;
                Ok(None)
            }
            () = tokio::time::sleep(patience) => self.watch().await.map(|()| None),
        }
    }

    /// A consumer that has messages pending and delivered none for two
    /// heartbeats has stalled.
    async fn watch(&mut self) -> Result<(), Error> {
        let Some(pulled) = self.pulled.as_mut() else {
            return Ok(());
        };
        let asked = pulled
            .consumer
            .info()
            .await
            .map(|info| (info.num_pending, info.num_ack_pending));
        let (pending, unacknowledged) = asked.map_err(|error| {
            self.bus
                .failed(format!("look up consumer {}", self.options.durable), error)
        })?;
        let idle = pulled.last_delivery.elapsed();
        if pending > 0 && unacknowledged < 10_000 && idle >= self.options.heartbeat * 2 {
            let what = format!(
                "deliver {pending} pending messages of {}",
                self.options.stream.name()
            );
            return Err(self
                .bus
                .failed(what, format!("nothing came for {} ms", idle.as_millis())));
        }
        Ok(())
    }

    async fn open(&self) -> Result<Pulled, Error> {
        let context = &self.bus.shared.context;
        let consumer: Consumer<pull::Config> = context
            .create_consumer_on_stream(self.options.config(), self.options.stream.name())
            .await
            .map_err(|error| self.failed_to_open(error))?;
        let (least, most) = OUTSTANDING_BYTES;
        let messages = consumer
            .stream()
            .max_messages_per_batch(self.options.max_messages.max(2))
            .max_bytes_per_batch(self.options.max_bytes.clamp(least, most))
            .heartbeat(self.options.heartbeat)
            .expires(self.options.heartbeat * 6)
            .messages()
            .await
            .map_err(|error| self.failed_to_open(error))?;
        Ok(Pulled {
            consumer,
            messages,
            last_delivery: Instant::now(),
        })
    }

    fn failed_to_open<E: Into<Box<dyn std::error::Error + Send + Sync>>>(&self, error: E) -> Error {
        self.bus.failed(
            format!(
                "open consumer {} of {}",
                self.options.durable,
                self.options.stream.name()
            ),
            error,
        )
    }
}

/// A message that waits for its acknowledgement.
#[derive(Debug)]
pub struct Delivery {
    message: async_nats::jetstream::Message,
}

impl Delivery {
    /// Subject on which it was published.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.message.subject.as_str()
    }

    /// Encoded event.
    #[must_use]
    pub fn payload(&self) -> &Bytes {
        &self.message.payload
    }

    /// Natural key of the event.
    #[must_use]
    pub fn event_id(&self) -> &str {
        let headers = self.message.headers.as_ref();
        header::text(headers, header::EVENT_ID)
            .or_else(|| header::text(headers, header::MESSAGE_ID))
            .unwrap_or_default()
    }

    /// W3C trace context that it carries.
    #[must_use]
    pub fn traceparent(&self) -> Option<&str> {
        header::text(self.message.headers.as_ref(), header::TRACEPARENT)
    }

    /// Service in whose log the event stands, and its place there.
    ///
    /// # Errors
    /// [`Error::Unplaced`] when the headers do not say so.
    pub fn origin(&self) -> Result<(&str, Position), Error> {
        let headers = self.message.headers.as_ref();
        let service =
            header::text(headers, header::SERVICE).ok_or_else(|| self.unplaced(header::SERVICE))?;
        let position = header::text(headers, header::POSITION).and_then(|text| text.parse().ok());
        Ok((
            service,
            position.ok_or_else(|| self.unplaced(header::POSITION))?,
        ))
    }

    /// Sequence in its stream.
    #[must_use]
    pub fn stream_sequence(&self) -> u64 {
        self.message.info().map_or(0, |info| info.stream_sequence)
    }

    /// Bytes of payload, as they count against a batch.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.message.payload.len()
    }

    /// Acknowledges, and waits until the server has confirmed it.
    ///
    /// # Errors
    /// When the confirmation does not come: the message may be delivered again.
    pub async fn acknowledge(&self) -> Result<(), async_nats::Error> {
        self.message.double_ack().await
    }

    /// Gives the message back, to be delivered again after `delay`.
    pub async fn release(&self, delay: Duration) {
        let delay = (!delay.is_zero()).then_some(delay);
        if let Err(error) = self.message.ack_with(AckKind::Nak(delay)).await {
            debug!(error = %error, "cannot give a message back, it comes again by itself");
        }
    }

    /// Tells the server that the message is still being worked on.
    pub async fn prolong(&self) {
        if let Err(error) = self.message.ack_with(AckKind::Progress).await {
            debug!(error = %error, "cannot ask for more time, the message comes again");
        }
    }

    fn unplaced(&self, header: &'static str) -> Error {
        Error::Unplaced {
            subject: self.subject().to_owned(),
            sequence: self.stream_sequence(),
            header,
        }
    }
}
