//! The five services in this process.

use std::path::PathBuf;
use std::time::Duration;

use chrono::SecondsFormat;
use futures::future::try_join_all;
use tonic::Status;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::directory::ScaledClock;
use super::ports::Ports;
use crate::connection::{Connection, Server, Service};
use crate::failure::Failure;

/// How long services may take until they answer.
const START: Duration = Duration::from_secs(60);

/// Where the services find each other and what they stand on.
pub(crate) struct Place {
    pub(crate) ports: Ports,
    pub(crate) postgres_url: String,
    pub(crate) nats_url: String,
    pub(crate) clock: Option<ScaledClock>,
    pub(crate) config: Option<PathBuf>,
}

impl Place {
    /// Reaches the services.
    pub(crate) fn connection(&self) -> Connection {
        Connection::new(Server::at_base(self.ports.base()), START)
    }

    /// The environment of one service: ours, with what this place decides.
    fn environment(&self, service: Service) -> Vec<(String, String)> {
        let mut variables: Vec<(String, String)> =
            std::env::vars().filter(|(name, _)| name.starts_with("ORDERWATCH__")).collect();
        let mut set = |key: &str, value: String| {
            let name = format!("ORDERWATCH__{key}");
            variables.retain(|(other, _)| !other.eq_ignore_ascii_case(&name));
            variables.push((name, value));
        };
        set("SERVER__LISTEN", format!("127.0.0.1:{}", self.ports.of(service)));
        set("POSTGRES__URL", self.postgres_url.clone());
        set("NATS__URL", self.nats_url.clone());
        for other in Service::ALL {
            let key = other.name().to_uppercase().replace('-', "_");
            let address = format!("http://127.0.0.1:{}", self.ports.of(other));
            set(&format!("ENDPOINTS__{key}"), address);
        }
        if let Some(clock) = &self.clock {
            set("CLOCK__SPEED", clock.speed.to_string());
            set("CLOCK__START", clock.start.to_rfc3339_opts(SecondsFormat::AutoSi, true));
            set("CLOCK__ANCHOR", clock.anchor.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        }
        variables
    }
}

/// The running services.
pub(crate) struct Services {}

impl Services {
    /// Starts every service.
    pub(crate) async fn start(place: &Place) -> Result<Self, Failure> {
        for service in Service::ALL {
            let _ = (place.environment(service), &place.config);
        }
        Ok(Self {})
    }

    /// Waits until every service says that it serves.
    pub(crate) async fn healthy(&self, connection: &Connection) -> Result<(), Failure> {
        try_join_all(Service::ALL.map(|service| serves(connection, service))).await.map(drop)
    }

    /// Waits until a service fails for good.
    pub(crate) async fn failed(&self) -> Failure {
        std::future::pending().await
    }

    /// Drains and stops every service.
    pub(crate) async fn stop(self) {}
}

async fn serves(connection: &Connection, service: Service) -> Result<(), Failure> {
    let client = HealthClient::new(connection.channel(service));
    connection
        .insist(service, &client, HealthCheckRequest::default(), async |mut client, request| {
            let answer = client.check(request).await?;
            match answer.get_ref().status() {
                ServingStatus::Serving => Ok(answer),
                _ => Err(Status::unavailable("does not serve yet")),
            }
        })
        .await
        .map(drop)
}
