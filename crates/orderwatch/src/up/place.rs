//! Where the services find each other and what they stand on.

use std::path::{Path, PathBuf};

use chrono::SecondsFormat;
use serde::de::{DeserializeOwned, IgnoredAny};
use service::config::{ConfigErrors, Faults, Loaded, TelemetrySettings, load_with};

use super::directory::ScaledClock;
use super::ports::Ports;
use crate::connection::{Server, Service};
use crate::failure::Failure;

/// Which events are logged.
const FILTER: &str = "ORDERWATCH__TELEMETRY__FILTER";

/// What one `up` decides for all its services.
pub(crate) struct Place {
    pub(crate) ports: Ports,
    pub(crate) postgres_url: String,
    pub(crate) nats_url: String,
    pub(crate) clock: Option<ScaledClock>,
    pub(crate) config: Option<PathBuf>,
    /// Where the key is kept that personal data is sealed with, unless the settings say.
    pub(crate) personal_data_key: PathBuf,
}

impl Place {
    /// Where the services are.
    pub(crate) fn server(&self) -> Server {
        Server::at_base(self.ports.base())
    }

    /// Loads the configuration of one service: the file, the environment, and
    /// over both what this place decides.
    pub(crate) fn load<R: DeserializeOwned, C>(
        &self,
        service: Service,
        validate: impl FnOnce(R, &mut Faults) -> C,
    ) -> Result<Loaded<C>, ConfigErrors> {
        load_with(
            service.name(),
            self.config.as_deref(),
            self.environment(service),
            validate,
        )
    }

    fn environment(&self, service: Service) -> Vec<(String, String)> {
        let mut variables: Vec<(String, String)> = std::env::vars().collect();
        let mut set = |key: &str, value: String| {
            let name = format!("ORDERWATCH__{key}");
            variables.retain(|(other, _)| !other.eq_ignore_ascii_case(&name));
            variables.push((name, value));
        };
        set(
            "SERVER__LISTEN",
            format!("127.0.0.1:{}", self.ports.of(service)),
        );
        set("POSTGRES__URL", self.postgres_url.clone());
        set("NATS__URL", self.nats_url.clone());
        for other in Service::ALL {
            let key = other.name().to_uppercase().replace('-', "_");
            let address = format!("http://127.0.0.1:{}", self.ports.of(other));
            set(&format!("ENDPOINTS__{key}"), address);
        }
        if let Some(clock) = &self.clock {
            set("CLOCK__SPEED", clock.speed.to_string());
            set(
                "CLOCK__START",
                clock.start.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            );
            set(
                "CLOCK__ANCHOR",
                clock.anchor.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            );
        }
        variables
    }
}

/// What the logs of all services look like, and where traces go. Unless told
/// otherwise only warnings are logged: this is a terminal, not a collector.
pub(crate) fn telemetry(config: Option<&Path>) -> Result<TelemetrySettings, Failure> {
    let mut environment: Vec<(String, String)> = std::env::vars().collect();
    if config.is_none() && std::env::var_os(FILTER).is_none() {
        environment.push((FILTER.to_owned(), "warn".to_owned()));
    }
    load_with("audit", config, environment, |_: IgnoredAny, _| ())
        .map(|loaded| loaded.settings.telemetry)
        .map_err(|errors| {
            Failure::invalid(errors.to_string())
                .remedy("correct the settings named, then start again")
        })
}
