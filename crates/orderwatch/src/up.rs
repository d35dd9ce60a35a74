//! `orderwatch up`: every service in one process, with a private PostgreSQL
//! and nats-server beside it when no address is given.
//!
//! The parts in the order in which they come up: the data directory is locked,
//! ports are chosen, the private servers start and are kept running, the
//! services start on them, the defaults are applied where there is nothing yet,
//! and one line on standard output says `ready`. They go down the other way.

mod account;
mod binaries;
mod child;
mod defaults;
mod directory;
mod nats;
mod place;
mod ports;
mod postgres;
mod process;
mod servers;
mod services;

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::connection::Service;
use crate::failure::{Exit, Failure};
use crate::output;
use crate::progress::note;

pub(crate) use defaults::rules as default_rules;
use directory::{Directory, Memory, ScaledClock};
use place::Place;
use ports::{Ports, Private};
use postgres::Installation;
use servers::Servers;
use services::Services;

/// What `up` is told.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where everything is kept between starts.
    pub data_dir: PathBuf,
    /// Port below those of the services; free ones are found if none is given.
    pub port_base: Option<u16>,
    /// What the clock shows at the first start (now if nothing is said), and
    /// how many seconds pass for it in one real second.
    pub clock: Option<(Option<DateTime<Utc>>, f64)>,
    /// Configuration file of the services.
    pub config: Option<PathBuf>,
    /// A PostgreSQL to use instead of a private one.
    pub postgres_url: Option<String>,
    /// A nats-server to use instead of a private one.
    pub nats_url: Option<String>,
}

/// Runs until SIGINT, SIGTERM or SIGHUP; a second signal does not wait.
///
/// # Errors
///
/// Anything that keeps it from coming up, or a service that fails for good.
pub async fn run(options: Options) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let settings = place::telemetry(options.config.as_deref())?;
    let _telemetry = service::telemetry::install(&settings, "orderwatch")
        .map_err(|error| Failure::new(Exit::InvalidArgument, error.to_string()))?;
    let directory = Directory::open(&options.data_dir)?;
    let instance = tokio::select! {
        started = Instance::start(&directory, &options) => started?,
        () = signals.next() => return Ok(()),
    };
    output::line(&instance.ready_line(&directory))?;
    let failure = tokio::select! {
        failure = instance.services.failed() => Some(failure),
        () = signals.next() => None,
    };
    note("stopping");
    tokio::select! {
        () = instance.stop() => {}
        () = signals.next() => note("stopped at once"),
    }
    failure.map_or(Ok(()), Err)
}

/// Everything that runs.
struct Instance {
    servers: Servers,
    services: Services,
    ports: Ports,
}

impl Instance {
    async fn start(directory: &Directory, options: &Options) -> Result<Self, Failure> {
        let installation = match options.postgres_url {
            Some(_) => None,
            None => Some(Installation::find(directory).await?),
        };
        nats::stop_orphan(directory).await;
        let (ports, memory) = recall(directory, options)?;
        let servers = Servers::start(directory, installation, ports, options).await?;
        let place = Arc::new(Place {
            ports,
            postgres_url: servers.postgres_url().to_owned(),
            nats_url: servers.nats_url().to_owned(),
            clock: memory.clock,
            config: options.config.clone(),
            personal_data_key: directory.personal_data_key()?,
        });
        match Self::serve(&place).await {
            Ok(services) => Ok(Self {
                servers,
                services,
                ports,
            }),
            Err(failure) => {
                servers.stop().await;
                Err(failure)
            }
        }
    }

    async fn serve(place: &Arc<Place>) -> Result<Services, Failure> {
        note("starting the services");
        let services = Services::start(place);
        let ready = async {
            services.healthy().await?;
            defaults::apply(services.connection()).await
        };
        let outcome = tokio::select! {
            outcome = ready => outcome,
            failure = services.failed() => Err(failure),
        };
        match outcome {
            Ok(()) => Ok(services),
            Err(failure) => {
                services.stop().await;
                Err(failure)
            }
        }
    }

    async fn stop(self) {
        self.services.stop().await;
        self.servers.stop().await;
    }

    /// One line for programs that wait for it, and for people.
    fn ready_line(&self, directory: &Directory) -> String {
        let mut line = format!("ready server=http://127.0.0.1:{}", self.ports.base());
        for service in Service::ALL {
            line.push_str(&format!(" {service}=127.0.0.1:{}", self.ports.of(service)));
        }
        line.push_str(&format!(
            " postgres={} nats={} data-dir={}",
            servers::without_secrets(self.servers.postgres_url()),
            servers::without_secrets(self.servers.nats_url()),
            directory.path().display()
        ));
        line
    }
}

/// Chooses ports and clock as they were at the last start, unless told
/// otherwise, and remembers them.
fn recall(directory: &Directory, options: &Options) -> Result<(Ports, Memory), Failure> {
    let mut memory = directory.recall();
    let private = Private {
        postgres: options.postgres_url.is_none(),
        nats: options.nats_url.is_none(),
    };
    let ports = Ports::choose(options.port_base, memory.port_base, private)?;
    memory.port_base = Some(ports.base());
    memory.clock = options.clock.map(|(start, speed)| match memory.clock {
        Some(clock) if start.is_none_or(|start| clock.start == start) && clock.speed == speed => {
            clock
        }
        _ => {
            let anchor = Utc::now();
            ScaledClock {
                start: start.unwrap_or(anchor),
                anchor,
                speed,
            }
        }
    });
    directory.remember(&memory)?;
    Ok((ports, memory))
}

/// The signals that stop us.
struct Signals([Signal; 3]);

impl Signals {
    fn listen() -> Result<Self, Failure> {
        let listen = |kind| {
            signal(kind).map_err(|error| {
                Failure::new(Exit::Internal, format!("cannot listen to signals: {error}"))
            })
        };
        Ok(Self([
            listen(SignalKind::interrupt())?,
            listen(SignalKind::terminate())?,
            listen(SignalKind::hangup())?,
        ]))
    }

    async fn next(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
