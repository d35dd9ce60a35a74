#![doc = include_str!("../README.md")]

pub mod activation;
pub mod candidates;
pub mod config;
pub mod domain;
pub mod error;
pub mod evaluation;
pub mod events;
pub mod gates;
pub mod grpc;
pub mod judgement;
pub mod lateness;
pub mod live;
pub mod preview;
pub mod rule_sets;
pub mod samples;
pub mod store;
pub mod timers;
pub mod wake;

use std::sync::Arc;
use std::time::Duration;

use contracts::ingest::v1::ingest_service_client::IngestServiceClient;
use contracts::rules::v1::condition_service_server::ConditionServiceServer;
use contracts::rules::v1::rule_service_server::RuleServiceServer;
use contracts::rules::v1::trial_service_server::TrialServiceServer;
use service::consume::{Stream, Subscription};
use service::runtime::{Context, Service, Starting};
use service::server::Server;
use sqlx::migrate::Migrator;

pub use config::Config;
pub use error::Error;

use activation::Activation;
use evaluation::Evaluation;
use grpc::Rules;
use grpc::trial::Trials;
use lateness::Lateness;
use preview::Previews;
use rule_sets::RuleSets;
use timers::Timers;
use wake::Wake;

/// Migrations of the service's own tables.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// What this service is.
pub static SERVICE: Service = Service {
    name: "rule-evaluation",
    schema: "rule_evaluation",
    port: 7402,
    migrator: &MIGRATOR,
};

/// How long a question to ingest may take.
const INGEST_TIMEOUT: Duration = Duration::from_secs(5);
/// Largest request and answer: a rule set with all its tables.
const MAX_MESSAGE: usize = 16 << 20;

/// Starts the service: facts, timers and gRPC.
///
/// # Errors
///
/// When an address is malformed or the listener's is taken.
pub fn start(context: Context, config: Config) -> Starting<Error> {
    Box::pin(async move {
        let rule_sets = Arc::new(RuleSets::default());
        let wake = Wake::default();
        let evaluation = Evaluation::new(
            context.database.clone(),
            context.clock.clone(),
            Arc::clone(&rule_sets),
            context.relay.clone(),
            wake.clone(),
            config.workers,
        );
        let subscription = Subscription {
            max_messages: config.batch_messages,
            max_bytes: config.batch_bytes,
            linger: config.linger,
            ..context.subscription(Stream::Facts, "ingest")
        };
        context.subscribe(subscription, evaluation.clone());
        let timers = Timers {
            evaluation: evaluation.clone(),
            database: context.database.clone(),
            clock: context.clock.clone(),
            wake: wake.clone(),
        };
        let shutdown = context.shutdown.clone();
        context.tasks.spawn("timers", async move {
            timers.run(shutdown).await;
            Ok::<(), Error>(())
        });
        let lateness = Lateness {
            database: context.database.clone(),
            clock: context.clock.clone(),
            rule_sets: Arc::clone(&rule_sets),
            relay: context.relay.clone(),
        };
        let shutdown = context.shutdown.clone();
        context.tasks.spawn("late sources", async move {
            lateness.run(shutdown).await;
            Ok::<(), Error>(())
        });
        let channel =
            service::client::channel(context.directory.endpoint("ingest"), INGEST_TIMEOUT)?;
        let trials = Trials {
            database: context.database.clone(),
            clock: context.clock.clone(),
            rule_sets: Arc::clone(&rule_sets),
            relay: context.relay.clone(),
            previews: Previews::new(
                context.database.clone(),
                context.clock.clone(),
                Arc::clone(&rule_sets),
                evaluation.live().clone(),
            ),
            shutdown: context.shutdown.clone(),
        };
        let trials = TrialServiceServer::new(trials)
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        let activation = Activation {
            database: context.database.clone(),
            clock: context.clock.clone(),
            rule_sets: Arc::clone(&rule_sets),
            relay: context.relay.clone(),
            wake,
        };
        let rules = Rules {
            database: context.database.clone(),
            rule_sets,
            evaluation,
            activation,
            shutdown: context.shutdown.clone(),
            ingest: IngestServiceClient::new(channel),
        };
        let conditions = ConditionServiceServer::new(rules.clone());
        let server = RuleServiceServer::new(rules)
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        let servers = Server::builder(&context)
            .add(server)
            .add(trials)
            .add(conditions);
        Ok(servers.start().await?)
    })
}
