//! The five services in this process, each kept running on its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use serde::de::DeserializeOwned;
use service::config::Faults;
use service::error::{Classified, ErrorKind, chain};
use service::lifecycle::Shutdown;
use service::runtime::{Context, Running};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tonic::Status;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::place::Place;
use crate::connection::{Connection, Service};
use crate::failure::Failure;

/// How long services may take until they answer.
const START: Duration = Duration::from_secs(60);
/// Pause before a service that ended is started again.
const RESTART: Duration = Duration::from_millis(500);

/// The running services.
pub(crate) struct Services {
    connection: Connection,
    stop: Shutdown,
    tasks: JoinSet<()>,
    failures: Mutex<mpsc::Receiver<Failure>>,
}

impl Services {
    /// Starts every service and keeps each running.
    pub(crate) fn start(place: &Arc<Place>) -> Self {
        let (sender, failures) = mpsc::channel(Service::ALL.len());
        let mut starting = Starting {
            place: Arc::clone(place),
            stop: Shutdown::new(),
            tasks: JoinSet::new(),
            failures: sender,
        };
        starting.every_service();
        Self {
            connection: Connection::new(place.server(), START),
            stop: starting.stop,
            tasks: starting.tasks,
            failures: Mutex::new(failures),
        }
    }

    /// Reaches them.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Waits until every service says that it serves.
    pub(crate) async fn healthy(&self) -> Result<(), Failure> {
        let connection = &self.connection;
        try_join_all(Service::ALL.map(|service| serves(connection, service)))
            .await
            .map(drop)
    }

    /// Waits until a service turns out not to start at all.
    pub(crate) async fn failed(&self) -> Failure {
        match self.failures.lock().await.recv().await {
            Some(failure) => failure,
            None => std::future::pending().await,
        }
    }

    /// Drains and stops every service.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn serves(connection: &Connection, service: Service) -> Result<(), Failure> {
    let client = connection.client(service, HealthClient::new);
    client
        .insist(
            HealthCheckRequest::default(),
            async |mut client, request| {
                let answer = client.check(request).await?;
                match answer.get_ref().status() {
                    ServingStatus::Serving => Ok(answer),
                    _ => Err(Status::unavailable("does not serve yet")),
                }
            },
        )
        .await
        .map(drop)
}

struct Starting {
    place: Arc<Place>,
    stop: Shutdown,
    tasks: JoinSet<()>,
    failures: mpsc::Sender<Failure>,
}

impl Starting {
    fn every_service(&mut self) {
        let key = format!("file:{}", self.place.personal_data_key.display());
        self.keep(Part {
            service: Service::Ingest,
            definition: &ingest::SERVICE,
            validate: Box::new(|mut raw: ingest::RawConfig, faults| {
                raw.outbound.open_this_machine();
                ingest::Config::validate(raw, faults)
            }),
            start: ingest::start,
        });
        self.keep(Part {
            service: Service::RuleEvaluation,
            definition: &rule_evaluation::SERVICE,
            validate: Box::new(|raw, faults| rule_evaluation::Config::validate(&raw, faults)),
            start: rule_evaluation::start,
        });
        self.keep(Part {
            service: Service::Ticketing,
            definition: &ticketing::SERVICE,
            validate: Box::new(|mut raw: ticketing::config::Raw, faults| {
                raw.automation.outbound.open_this_machine();
                ticketing::Config::validate(raw, faults)
            }),
            start: ticketing::start,
        });
        self.keep(Part {
            service: Service::EscalationNotifier,
            definition: &escalation_notifier::SERVICE,
            validate: Box::new(move |mut raw: escalation_notifier::config::Raw, faults| {
                raw.personal_data.key.get_or_insert_with(|| key.clone());
                escalation_notifier::Config::validate(raw, faults)
            }),
            start: escalation_notifier::start,
        });
        self.keep(Part {
            service: Service::Audit,
            definition: &audit::SERVICE,
            validate: Box::new(audit::Config::validate),
            start: audit::start,
        });
    }

    fn keep<R, C, E, S, F>(&mut self, part: Part<R, C, S>)
    where
        R: DeserializeOwned + 'static,
        C: Send + 'static,
        E: Classified + Send,
        S: Fn(Context, C) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Running, E>> + Send,
    {
        let (place, stop) = (Arc::clone(&self.place), self.stop.clone());
        let failures = self.failures.clone();
        self.tasks.spawn(async move {
            if let Err(failure) = part.keep(&place, &stop).await {
                let _ = failures.send(failure).await;
            }
        });
    }
}

/// Makes settings of what is written.
type Validate<R, C> = Box<dyn Fn(R, &mut Faults) -> C + Send + Sync>;

/// One service: what it is, and how it is configured and started.
struct Part<R, C, S> {
    service: Service,
    definition: &'static service::runtime::Service,
    validate: Validate<R, C>,
    start: S,
}

impl<R, C, E, S, F> Part<R, C, S>
where
    R: DeserializeOwned,
    E: Classified + Send,
    S: Fn(Context, C) -> F,
    F: Future<Output = Result<Running, E>>,
    C: Send,
{
    /// Keeps the service running until it is told to stop. What cannot be
    /// started at first is a failure; what ran once is started again, however
    /// often it ends.
    async fn keep(&self, place: &Place, stop: &Shutdown) -> Result<(), Failure> {
        let begun = Instant::now();
        let mut ran = false;
        while !stop.is_cancelled() {
            let launched = tokio::select! {
                launched = self.launch(place, stop) => launched,
                () = stop.cancelled() => return Ok(()),
            };
            let name = self.service.name();
            match launched {
                Ok(running) => {
                    ran = true;
                    if let Err(error) = running.wait().await {
                        tracing::warn!(service.name = name, error = %error, "service ended and is started again");
                    }
                }
                Err(refusal) if !ran && (!refusal.retryable || begun.elapsed() > START) => {
                    return Err(refusal.failure);
                }
                Err(refusal) => {
                    tracing::warn!(
                        service.name = name,
                        error = refusal.failure.what(),
                        "service cannot start yet"
                    );
                }
            }
            stop.sleep(RESTART).await;
        }
        Ok(())
    }

    async fn launch(&self, place: &Place, stop: &Shutdown) -> Result<Running, Refusal> {
        let loaded = place
            .load(self.service, &*self.validate)
            .map_err(|errors| self.refusal(&service::Error::Config(errors)))?;
        let clock = loaded.settings.clock.clock();
        let context = Context::start(self.definition, loaded.settings, clock, stop.child())
            .await
            .map_err(|error| self.refusal(&error))?;
        (self.start)(context, loaded.own)
            .await
            .map_err(|error| self.refusal(&error))
    }

    fn refusal(&self, error: &impl Classified) -> Refusal {
        let what = format!("{} cannot start: {}", self.service, chain(error));
        let failure = Failure::new(error.kind().into(), what).detail(error.code());
        // A server that dies under a start shows as a fault of any kind.
        let retryable = error.is_retryable() || error.kind() == ErrorKind::Internal;
        Refusal { failure, retryable }
    }
}

/// Why a service did not start.
struct Refusal {
    failure: Failure,
    /// Whether it may start later without anybody changing anything.
    retryable: bool,
}
