//! `orderwatch silence`: tickets of which nobody is told for a while.

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use contracts::escalation::v1 as wire;

use crate::cli::{Actor, Global};
use crate::failure::Failure;
use crate::output;
use crate::progress::note;
use crate::resource::{HiddenTicket, Silence};
use crate::time::{self, parse_duration, parse_instant};

/// What to do.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Tell nobody of some tickets; what is kept back goes out afterwards, as
    /// long as it is still needed.
    Add(Box<Add>),
    /// List silences that are not over.
    List {
        /// Those that are over as well.
        #[arg(long)]
        over: bool,
    },
    /// End a silence now.
    End {
        /// Its id.
        id: String,
        /// Why.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        actor: Actor,
    },
}

#[derive(Debug, Args)]
struct Add {
    /// What must hold of a ticket, such as 'warehouse = WH-EAST' or
    /// 'severity < high'; several must all hold.
    #[arg(short, long = "matcher", required = true, value_name = "MATCHER")]
    matchers: Vec<String>,
    /// How long, such as 2h.
    #[arg(long = "for", value_name = "DURATION", value_parser = parse_duration,
          required_unless_present = "until", conflicts_with = "until")]
    long: Option<Duration>,
    /// Until when, RFC 3339.
    #[arg(long, value_parser = parse_instant)]
    until: Option<DateTime<Utc>>,
    /// Since when, RFC 3339 [default: now].
    #[arg(long, value_parser = parse_instant)]
    from: Option<DateTime<Utc>>,
    /// Why.
    #[arg(long)]
    reason: String,
    /// Only say what it would hide.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    actor: Actor,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Add(add) => self::add(global, *add).await,
        Verb::List { over } => list(global, over).await,
        Verb::End { id, reason, actor } => end(global, id, reason, actor.login()).await,
    }
}

async fn add(global: &Global, add: Add) -> Result<(), Failure> {
    let from = add.from.unwrap_or_else(Utc::now);
    let request = wire::CreateSilenceRequest {
        matchers: add.matchers,
        author: add.actor.login(),
        reason: add.reason,
        starts_at: add.from.map(time::timestamp),
        ends_at: add
            .until
            .or_else(|| add.long.map(|long| from + long))
            .map(time::timestamp),
        dry_run: add.dry_run,
    };
    let connection = global.connection();
    let answer = connection
        .silences()
        .call(request, async |mut client, request| {
            client.create_silence(request).await
        })
        .await?;
    let (tickets, notices) = (answer.total_tickets, answer.deliveries);
    let hides = if add.dry_run { "would hide" } else { "hides" };
    note(&format!(
        "{hides} {tickets} unresolved tickets, {notices} notices that wait to go out"
    ));
    if add.dry_run {
        let tickets: Vec<HiddenTicket> = answer.tickets.into_iter().map(Into::into).collect();
        return output::list(global.output, &tickets);
    }
    shown(global, answer.silence)
}

async fn list(global: &Global, over: bool) -> Result<(), Failure> {
    let connection = global.connection();
    let answer = connection
        .silences()
        .call(
            wire::ListSilencesRequest { over },
            async |mut client, request| client.list_silences(request).await,
        )
        .await?;
    shown(global, answer.silences)
}

async fn end(global: &Global, id: String, reason: String, actor: String) -> Result<(), Failure> {
    let connection = global.connection();
    let answer = connection
        .silences()
        .call(
            wire::EndSilenceRequest { id, actor, reason },
            async |mut client, request| client.end_silence(request).await,
        )
        .await?;
    shown(global, answer.silence)
}

fn shown(
    global: &Global,
    silences: impl IntoIterator<Item = wire::Silence>,
) -> Result<(), Failure> {
    let silences: Vec<Silence> = silences.into_iter().map(Silence::from).collect();
    output::list(global.output, &silences)
}
