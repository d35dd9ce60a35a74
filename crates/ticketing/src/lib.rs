#![doc = include_str!("../README.md")]

pub mod automation;
pub mod config;
pub mod desk;
pub mod domain;
pub mod error;
pub mod events;
pub mod facts;
pub mod grpc;
pub mod store;

use std::time::Duration;

use service::{
    consume::{Stream, Subscription},
    runtime::{Context, Service, Starting},
    server::Server,
};

pub use config::Config;
pub use error::Error;

use automation::Caller;
use desk::Desk;
use events::consume::Exceptions;
use facts::Facts;
use grpc::{
    AbsenceService, AbsenceServiceServer, BulkService, BulkServiceServer, EvidenceService,
    FigureService, FigureServiceServer, GroupService, GroupServiceServer, Streaming,
    TicketListService, TicketListServiceServer, TicketService, TicketServiceServer,
};

/// What this service is.
pub static SERVICE: Service = Service {
    name: "ticketing",
    schema: "ticketing",
    port: 7403,
    migrator: &store::MIGRATOR,
};

/// How long a question to rule evaluation may take.
const FACTS_TIMEOUT: Duration = Duration::from_secs(10);

/// Puts the built-in procedure in force when there is none, then starts taking
/// exceptions in, waking tickets, calling machines and serving people.
///
/// # Errors
/// When the database cannot be used, or the address is taken.
pub fn start(context: Context, config: Config) -> Starting<Error> {
    Box::pin(async move {
        let desk = Desk::new(
            context.database.clone(),
            context.clock.clone(),
            context.relay.clone(),
        );
        desk.install_built_in().await?;
        let keeper = desk::keep_time(desk.clone(), config.wakings, context.shutdown.clone());
        context.tasks.spawn("wakings", keeper);
        let bulks = desk::carry_out(desk.clone(), context.shutdown.clone());
        context.tasks.spawn("bulks", bulks);
        let gathering = desk::gather(desk.clone(), config.gathering, context.shutdown.clone());
        context.tasks.spawn("gathering", gathering);
        let caller = Caller::new(desk.clone(), context.bus.clone(), config.automation)?;
        let rules = context.directory.endpoint("rule-evaluation");
        let facts = Facts::new(service::client::channel(rules, FACTS_TIMEOUT)?);
        let asking = facts.clone().run(desk.clone(), context.shutdown.clone());
        context.tasks.spawn("facts", asking);
        let calls = caller.run(context.shutdown.clone());
        context.tasks.spawn("calls", calls);
        let follower = desk::follow_log(desk.clone(), context.shutdown.clone());
        context.tasks.spawn("event log", follower);
        let giver = desk::give_work(desk.clone(), context.shutdown.clone());
        context.tasks.spawn("dispatch", giver);
        let subscription = Subscription {
            max_messages: config.batch_events,
            ..context.subscription(Stream::Exceptions, "rule-evaluation")
        };
        context.subscribe(subscription, Exceptions::new(desk.clone()));
        let tickets = TicketServiceServer::new(TicketService::new(desk.clone(), facts));
        let streaming = Streaming {
            patience: config.reader_patience,
            shutdown: context.shutdown.clone(),
        };
        let lists = TicketListService::new(desk.clone(), streaming);
        let lists = TicketListServiceServer::new(lists);
        let bulks = BulkServiceServer::new(BulkService::new(desk.clone()));
        let absences = AbsenceServiceServer::new(AbsenceService::new(desk.clone()));
        let groups = GroupServiceServer::new(GroupService::new(desk.clone()));
        let figures = FigureServiceServer::new(FigureService::new(desk.clone()));
        let evidence = EvidenceService::new(desk, config.evidence).into_server();
        let server = Server::builder(&context);
        let server = server.add(tickets).add(lists).add(bulks).add(groups);
        let server = server.add(figures).add(absences).add(evidence);
        Ok(server.start().await?)
    })
}
