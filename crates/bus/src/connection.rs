//! The connection to the broker, and the streams kept as declared.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use async_nats::jetstream::{self, ErrorCode, context::ContextBuilder};
use async_nats::{Client, Event, connection::State};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};

use crate::stream::is_as_declared;
use crate::{Error, Options, Stream};

/// How often the streams are looked after while nothing seems wrong.
const LOOK_AFTER: Duration = Duration::from_secs(10);

/// Oldest nats-server that neither is known to be vulnerable nor loses streams
/// (2.10.20 to 2.10.22 can) and has `sync_interval`.
const OLDEST: (u32, u32, u32) = (2, 10, 27);

/// A handle on the broker; cheap to clone.
#[derive(Clone)]
pub struct Bus {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) client: Client,
    pub(crate) context: jetstream::Context,
    pub(crate) options: Options,
    /// Counts how often the broker came back or its streams had to be made anew.
    epoch: watch::Sender<u64>,
    /// Wakes the keeper when a stream seems to be gone.
    suspicion: Arc<Notify>,
    /// When each stream was created, as last seen: one made anew is younger.
    created: Mutex<HashMap<Stream, SystemTime>>,
}

impl std::fmt::Debug for Bus {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Bus")
            .field("url", &self.shown_url())
            .finish_non_exhaustive()
    }
}

impl Bus {
    /// Connects, and converges the streams. A broker that is away is no error:
    /// it is said in the log with its address, and [`Bus::keep`] goes on trying.
    ///
    /// # Errors
    /// When the address or the credentials file is malformed.
    pub async fn connect(options: Options) -> Result<Self, Error> {
        let suspicion = Arc::new(Notify::new());
        let url = options.shown_url();
        let watched = (Arc::clone(&suspicion), url.clone());
        let client = options
            .connect_options()
            .await?
            .event_callback(move |event| {
                let (suspicion, url) = watched.clone();
                async move { note(&event, &suspicion, &url) }
            })
            .connect(options.addresses()?)
            .await
            .map_err(|source| Error::Connect { url, source })?;
        let context = ContextBuilder::new()
            .ack_timeout(options.ack_timeout)
            .timeout(options.ack_timeout)
            .build(client.clone());
        let shared = Shared {
            client,
            context,
            options,
            epoch: watch::Sender::new(0),
            suspicion,
            created: Mutex::default(),
        };
        let bus = Self {
            shared: Arc::new(shared),
        };
        bus.start().await;
        Ok(bus)
    }

    async fn start(&self) {
        let converged = match self.wait_connected(self.shared.options.first_wait).await {
            Ok(()) => {
                self.warn_of_old_server();
                self.converge().await.map(drop)
            }
            Err(error) => Err(error),
        };
        if let Err(error) = converged {
            error!(error = %error, "broker not usable yet, trying on");
            self.suspect();
        }
    }

    fn warn_of_old_server(&self) {
        let version = self.shared.client.server_info().version;
        if is_older(&version, OLDEST) {
            let (major, minor, patch) = OLDEST;
            warn!(
                nats.version = version,
                "nats-server is older than {major}.{minor}.{patch} and may lose streams, upgrade it"
            );
        }
    }

    /// The broker's address without its password.
    #[must_use]
    pub fn shown_url(&self) -> String {
        self.shared.options.shown_url()
    }

    /// Whether the connection stands at this moment.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.shared.client.connection_state() == State::Connected
    }

    /// Waits until the connection stands.
    ///
    /// # Errors
    /// [`Error::Unreachable`] after `patience`.
    pub async fn wait_connected(&self, patience: Duration) -> Result<(), Error> {
        let started = Instant::now();
        while !self.is_connected() {
            if started.elapsed() >= patience {
                return Err(Error::Unreachable {
                    url: self.shown_url(),
                    waited: patience,
                });
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Largest payload plus headers that the connected server takes, in bytes;
    /// the declared limit while none is connected.
    #[must_use]
    pub fn max_message_bytes(&self) -> usize {
        match self.shared.client.server_info().max_payload {
            0 => crate::MAX_MESSAGE_BYTES,
            bytes => bytes.min(crate::MAX_MESSAGE_BYTES),
        }
    }

    /// Tells when the broker came back, or had lost streams that were made anew:
    /// the moment to reconcile.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.epoch.subscribe()
    }

    /// When a stream was created, as last seen. What was published before is
    /// not in it: the broker has lost it, or it is younger than the publication.
    #[must_use]
    pub fn created_at(&self, stream: Stream) -> Option<SystemTime> {
        self.shared
            .created
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&stream)
            .copied()
    }

    /// Makes the streams as declared, and returns those that were not there, or
    /// were made anew (by whomever) since they were last looked at.
    ///
    /// # Errors
    /// When the broker refuses or does not answer.
    pub async fn converge(&self) -> Result<Vec<Stream>, Error> {
        let mut renewed = Vec::new();
        for stream in Stream::ALL {
            let created = self.converge_one(stream).await?;
            let mut known = self
                .shared
                .created
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if known.insert(stream, created) != Some(created) {
                renewed.push(stream);
            }
        }
        Ok(renewed)
    }

    /// Makes one stream as declared, and tells when it was created.
    async fn converge_one(&self, stream: Stream) -> Result<SystemTime, Error> {
        let declared = stream.config(&self.shared.options);
        let context = &self.shared.context;
        match context.get_stream(stream.name()).await {
            Ok(found) => {
                let info = found.cached_info();
                if !is_as_declared(&info.config, &declared) {
                    info!(
                        stream.name = stream.name(),
                        "stream differs from its declaration, updating it"
                    );
                    let updated = context.update_stream(&declared).await;
                    updated.map_err(|source| {
                        self.failed(format!("update stream {}", stream.name()), source)
                    })?;
                }
                Ok(SystemTime::from(info.created))
            }
            Err(error) if is_stream_missing(&error) => {
                let created = context.create_stream(declared).await;
                let created = created.map_err(|source| {
                    self.failed(format!("create stream {}", stream.name()), source)
                })?;
                info!(stream.name = stream.name(), "created a stream");
                Ok(SystemTime::from(created.cached_info().created))
            }
            Err(error) => Err(self.failed(format!("look up stream {}", stream.name()), error)),
        }
    }

    /// Keeps the streams as declared until `stop`: at each reconnect, at each
    /// suspicion and every ten seconds.
    pub async fn keep(&self, stop: CancellationToken) {
        let mut was_connected = self.is_connected();
        let mut delay = LOOK_AFTER;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.shared.suspicion.notified() => {}
                () = tokio::time::sleep(delay) => {}
            }
            let connected = self.is_connected();
            let came_back = connected && !was_connected;
            was_connected = connected;
            delay = if connected {
                self.look_after(came_back).await
            } else {
                Duration::from_millis(500)
            };
        }
    }

    async fn look_after(&self, came_back: bool) -> Duration {
        match self.converge().await {
            Ok(renewed) => {
                if !renewed.is_empty() {
                    let names: Vec<_> = renewed.iter().map(|stream| stream.name()).collect();
                    warn!(stream.names = ?names, "streams are new on the broker, what they held is delivered by reconciliation");
                }
                if came_back || !renewed.is_empty() {
                    self.shared.epoch.send_modify(|epoch| *epoch += 1);
                }
                LOOK_AFTER
            }
            Err(error) => {
                warn!(error = %error, "cannot look after the streams, trying again");
                Duration::from_secs(1)
            }
        }
    }

    /// Has the streams looked after at once.
    pub fn suspect(&self) {
        self.shared.suspicion.notify_one();
    }

    pub(crate) fn failed<E>(&self, what: String, source: E) -> Error
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        Error::JetStream {
            url: self.shown_url(),
            what,
            source: source.into(),
        }
    }

    /// Sends what is buffered and closes the connection.
    pub async fn close(&self) {
        if let Err(error) = self.shared.client.drain().await {
            debug!(error = %error, "connection was closed already");
        }
    }
}

fn is_stream_missing(error: &jetstream::context::GetStreamError) -> bool {
    use jetstream::context::GetStreamErrorKind;
    matches!(error.kind(), GetStreamErrorKind::JetStream(answer) if answer.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

fn note(event: &Event, suspicion: &Notify, url: &str) {
    match event {
        Event::Connected => {
            info!(nats.url = url, "connected to the broker");
            suspicion.notify_one();
        }
        Event::Disconnected => {
            warn!(
                nats.url = url,
                "connection to the broker lost, reconnecting"
            );
            suspicion.notify_one();
        }
        Event::ServerError(error) => {
            warn!(nats.url = url, error = %error, "the broker refused something");
        }
        Event::ClientError(error) => {
            warn!(nats.url = url, error = %error, "cannot reach the broker; check nats.url and that nats-server runs with -js");
        }
        Event::SlowConsumer(id) => warn!(
            nats.url = url,
            subscription.id = id,
            "messages arrive faster than they are taken"
        ),
        other => debug!(nats.url = url, event = %other, "connection changed"),
    }
}

/// Whether a version text is below another; one that does not read is not.
fn is_older(version: &str, than: (u32, u32, u32)) -> bool {
    let release = version.split('-').next().unwrap_or(version);
    let parts: Vec<u32> = release
        .split('.')
        .filter_map(|part| part.parse().ok())
        .collect();
    matches!(parts[..], [major, minor, patch] if (major, minor, patch) < than)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number_and_not_by_letter() {
        assert!(is_older("2.9.30", OLDEST) && is_older("2.10.9", OLDEST));
        assert!(
            !is_older("2.10.27", OLDEST)
                && !is_older("2.15.0-dev", OLDEST)
                && !is_older("", OLDEST)
        );
    }
}
