//! `orderwatch dead-letters`: messages that a service could not digest.

use clap::{Args, Subcommand};
use contracts::operations::v1::{ListDeadLettersRequest, ReplayDeadLettersRequest};

use crate::cli::Global;
use crate::connection::{Connection, Service};
use crate::failure::Failure;
use crate::output;
use crate::progress::note;
use crate::resource::DeadLetter;

/// How many letters one page asks for.
const PAGE: i32 = 500;

/// What to do.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// List them with the reason of each.
    List(Filter),
    /// Deliver them once more.
    Replay {
        #[command(flatten)]
        filter: Filter,
        /// Their sequences; none means all of the services selected.
        sequences: Vec<i64>,
    },
}

/// Whose letters.
#[derive(Debug, Args)]
pub(crate) struct Filter {
    /// Only of this service [default: all].
    #[arg(long, value_parser = service)]
    service: Option<Service>,
}

impl Filter {
    fn services(&self) -> Vec<Service> {
        self.service
            .map_or_else(|| Service::ALL.to_vec(), |only| vec![only])
    }
}

fn service(name: &str) -> Result<Service, String> {
    Service::ALL
        .into_iter()
        .find(|service| service.name() == name)
        .ok_or_else(|| {
            let names: Vec<&str> = Service::ALL.iter().map(|service| service.name()).collect();
            format!("expected one of {}", names.join(", "))
        })
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    match arguments.act {
        Act::List(filter) => list(global, &filter).await,
        Act::Replay { filter, sequences } => replay(global, &filter, &sequences).await,
    }
}

pub(crate) async fn list(global: &Global, filter: &Filter) -> Result<(), Failure> {
    let connection = global.connection();
    let mut letters = Vec::new();
    for service in filter.services() {
        letters.extend(of_service(&connection, service).await?);
    }
    output::list(global.output, &letters)
}

async fn of_service(connection: &Connection, service: Service) -> Result<Vec<DeadLetter>, Failure> {
    let client = connection.dead_letters(service);
    let mut letters = Vec::new();
    let mut after_sequence = 0;
    loop {
        let request = ListDeadLettersRequest {
            after_sequence,
            limit: PAGE,
        };
        let page = client
            .call(request, async |mut client, request| {
                client.list_dead_letters(request).await
            })
            .await?
            .dead_letters;
        let Some(last) = page.last() else {
            return Ok(letters);
        };
        after_sequence = last.sequence;
        letters.extend(
            page.into_iter()
                .map(|letter| DeadLetter::of(service, letter)),
        );
    }
}

async fn replay(global: &Global, filter: &Filter, sequences: &[i64]) -> Result<(), Failure> {
    if !sequences.is_empty() && filter.service.is_none() {
        return Err(
            Failure::invalid("sequences count for each service on its own")
                .remedy("name the service with --service"),
        );
    }
    let connection = global.connection();
    for service in filter.services() {
        let request = ReplayDeadLettersRequest {
            sequences: sequences.to_vec(),
        };
        let answer = connection
            .dead_letters(service)
            .call(request, async |mut client, request| {
                client.replay_dead_letters(request).await
            })
            .await?;
        note(&format!(
            "{service}: {} dead letters replayed",
            answer.replayed
        ));
    }
    Ok(())
}
