//! The settings that every service has.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{Faults, Interval};
use crate::clock::Clock;

/// Settings that every service has. The doc comments are the reference.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The gRPC server.
    pub server: ServerSettings,
    /// The database.
    pub postgres: PostgresSettings,
    /// The broker.
    pub nats: NatsSettings,
    /// Logs, traces and metrics.
    pub telemetry: TelemetrySettings,
    /// The clock.
    pub clock: ClockSettings,
    /// Where the other services are: `ingest = "http://ingest:7401"`. Those
    /// left out are expected on this machine at their own ports.
    pub endpoints: BTreeMap<String, String>,
    /// The event log.
    pub event_log: EventLogSettings,
    /// How the service stops.
    pub shutdown: ShutdownSettings,
}

/// `[server]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSettings {
    /// Address to listen on; by default the service's own port on 127.0.0.1.
    pub listen: Option<SocketAddr>,
    /// Longest that a request may take. Default 30s.
    pub request_timeout: Interval,
    /// Whether gRPC reflection is served; switch it off in production. Default true.
    pub reflection: bool,
}

/// `[postgres]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PostgresSettings {
    /// `postgres://user:password@host:port/database`. A secret.
    pub url: SecretString,
    /// Most connections of this service. Default 10.
    pub max_connections: u32,
    /// How long the start waits for the database. Default 30s.
    pub start_timeout: Interval,
    /// How long a caller waits for a free connection. Default 10s.
    pub acquire_timeout: Interval,
}

/// `[nats]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NatsSettings {
    /// `nats://host:port`, or several separated by commas.
    pub url: String,
    /// Token to log in with. A secret.
    pub token: Option<SecretString>,
    /// User to log in as.
    pub user: Option<String>,
    /// The user's password. A secret.
    pub password: Option<SecretString>,
    /// `.creds` file to log in with.
    pub credentials_file: Option<PathBuf>,
    /// Copies of each stream: 3 on a cluster. Default 1.
    pub replicas: usize,
    /// Most MiB of the facts stream. Default 2048.
    pub facts_mib: i64,
    /// Most MiB of each other stream. Default 512.
    pub events_mib: i64,
}

/// Shape of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people: one line an event.
    #[default]
    Text,
    /// For collectors: one JSON object an event.
    Json,
}

/// `[telemetry]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetrySettings {
    /// `text` or `json`. Default text.
    pub format: LogFormat,
    /// Filter directives of tracing-subscriber. Default `info`.
    pub filter: String,
    /// OTLP endpoint (gRPC) to send traces and metrics to, such as `http://collector:4317`.
    pub otlp_endpoint: Option<String>,
    /// How often metrics are sent, 1s to 1h. Default 60s.
    pub metrics_every: Interval,
    /// Share of traces that are sent, 0 to 1. Default 1.
    pub sample_ratio: f64,
}

/// `[clock]`; without `speed` the clock shows the wall's time.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClockSettings {
    /// How many times as fast as the wall it runs.
    pub speed: Option<f64>,
    /// What it shows at `anchor`, RFC 3339.
    pub start: Option<DateTime<Utc>>,
    /// Instant of the wall clock at which it shows `start`, RFC 3339.
    pub anchor: Option<DateTime<Utc>>,
}

/// `[event_log]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventLogSettings {
    /// How many days events are kept. Default 30.
    pub retention_days: u16,
    /// How often consumers reconcile with their upstream's log. Default 60s.
    pub reconcile_every: Interval,
}

/// `[shutdown]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShutdownSettings {
    /// How long running work may take to end. Default 20s.
    pub deadline: Interval,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: None,
            request_timeout: Interval::seconds(30),
            reflection: true,
        }
    }
}

impl Default for PostgresSettings {
    fn default() -> Self {
        Self {
            url: SecretString::from("postgres://orderwatch@127.0.0.1:5432/orderwatch"),
            max_connections: 10,
            start_timeout: Interval::seconds(30),
            acquire_timeout: Interval::seconds(10),
        }
    }
}

impl Default for NatsSettings {
    fn default() -> Self {
        Self {
            url: "nats://127.0.0.1:4222".to_owned(),
            token: None,
            user: None,
            password: None,
            credentials_file: None,
            replicas: 1,
            facts_mib: 2_048,
            events_mib: 512,
        }
    }
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            filter: "info".to_owned(),
            otlp_endpoint: None,
            metrics_every: Interval::seconds(60),
            sample_ratio: 1.0,
        }
    }
}

impl Default for EventLogSettings {
    fn default() -> Self {
        Self {
            retention_days: 30,
            reconcile_every: Interval::seconds(60),
        }
    }
}

impl Default for ShutdownSettings {
    fn default() -> Self {
        Self {
            deadline: Interval::seconds(20),
        }
    }
}

impl Settings {
    /// Notes what is wrong with values that have the right type.
    pub fn check(&self, faults: &mut Faults) {
        let postgres = url::Url::parse(self.postgres.url.expose_secret());
        if !postgres.is_ok_and(|url| matches!(url.scheme(), "postgres" | "postgresql")) {
            faults.add(
                "postgres.url",
                "is no database address; expected postgres://user:password@host:port/database",
            );
        }
        if self.postgres.max_connections < 4 {
            faults.add(
                "postgres.max_connections",
                "is below 4, the least that a service needs",
            );
        }
        let shape =
            "is no broker address; expected nats://host:port, or several separated by commas";
        if self
            .nats
            .url
            .split(',')
            .any(|one| url::Url::parse(one.trim()).is_err())
        {
            faults.add("nats.url", shape);
        }
        if self.nats.user.is_some() != self.nats.password.is_some() {
            faults.add(
                "nats.password",
                "user and password belong together; one is missing",
            );
        }
        for (name, endpoint) in &self.endpoints {
            let valid =
                url::Url::parse(endpoint).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
            if !valid {
                faults.add(
                    format!("endpoints.{name}"),
                    format!("{endpoint:?} is no address; expected http://host:port"),
                );
            }
        }
        if self
            .clock
            .speed
            .is_some_and(|speed| !speed.is_finite() || speed <= 0.0)
        {
            faults.add("clock.speed", "must be above 0");
        }
        let retention = self.event_log.retention_days;
        faults.within("event_log.retention_days", retention, 1..=u16::MAX);
        let sample_ratio = self.telemetry.sample_ratio;
        faults.within("telemetry.sample_ratio", sample_ratio, 0.0..=1.0);
        let metrics_every = self.telemetry.metrics_every;
        let range = Interval::seconds(1)..=Interval::seconds(3_600);
        faults.within("telemetry.metrics_every", metrics_every, range);
    }

    /// The address to listen on, for a service whose own port is `port`.
    #[must_use]
    pub fn listen(&self, port: u16) -> SocketAddr {
        self.server
            .listen
            .unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    }

    /// How the broker is reached by the service of that name.
    #[must_use]
    pub fn bus_options(&self, service: &str) -> bus::Options {
        let nats = &self.nats;
        let credentials = match (
            &nats.token,
            &nats.user,
            &nats.password,
            &nats.credentials_file,
        ) {
            (_, _, _, Some(path)) => bus::Credentials::File(path.clone()),
            (_, Some(user), Some(password), _) => bus::Credentials::Password {
                user: user.clone(),
                password: password.clone(),
            },
            (Some(token), ..) => bus::Credentials::Token(token.clone()),
            _ => bus::Credentials::None,
        };
        bus::Options {
            credentials,
            replicas: nats.replicas,
            facts_bytes: nats.facts_mib << 20,
            events_bytes: nats.events_mib << 20,
            ..bus::Options::new(&nats.url, service)
        }
    }
}

impl ClockSettings {
    /// Makes the clock; a scaled one without anchor starts now.
    #[must_use]
    pub fn clock(&self) -> Clock {
        match self.speed {
            None => Clock::wall(),
            Some(speed) => {
                let now = Utc::now();
                Clock::scaled(self.start.unwrap_or(now), self.anchor.unwrap_or(now), speed)
            }
        }
    }
}
