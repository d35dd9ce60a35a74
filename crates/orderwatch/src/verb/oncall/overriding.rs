//! `orderwatch oncall override`: somebody stands in.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use contracts::escalation::v1 as wire;

use crate::cli::{Actor, Global};
use crate::failure::Failure;
use crate::output;
use crate::resource::Override;
use crate::time::{self, parse_instant};

/// What to do.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Have somebody stand in for whoever the schedule says.
    Add {
        /// The schedule.
        schedule: String,
        /// Who stands in, by name in the directory.
        #[arg(value_name = "NAME")]
        person: String,
        /// From when on, RFC 3339; now unless given.
        #[arg(long, value_parser = parse_instant)]
        from: Option<DateTime<Utc>>,
        /// Until when, RFC 3339.
        #[arg(long, value_parser = parse_instant)]
        until: DateTime<Utc>,
        /// Why.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        actor: Actor,
    },
    /// List who stands in, or will.
    List {
        /// Only by this schedule.
        #[arg(value_name = "SCHEDULE", default_value = "")]
        schedule: String,
    },
    /// Have them not stand in any more.
    Withdraw {
        /// The override, as `list` shows it.
        id: String,
        /// Why.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        actor: Actor,
    },
}

pub(super) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Add {
            schedule,
            person,
            from,
            until,
            reason,
            actor,
        } => {
            let request = wire::AddOverrideRequest {
                schedule,
                person,
                from: from.map(time::timestamp),
                until: Some(time::timestamp(until)),
                actor: actor.login(),
                reason,
            };
            add(global, request).await
        }
        Verb::List { schedule } => list(global, schedule).await,
        Verb::Withdraw { id, reason, actor } => {
            let request = wire::WithdrawOverrideRequest {
                id,
                actor: actor.login(),
                reason,
            };
            withdraw(global, request).await
        }
    }
}

async fn add(global: &Global, request: wire::AddOverrideRequest) -> Result<(), Failure> {
    let connection = global.connection();
    let answer = connection
        .on_call()
        .call(request, async |mut client, request| {
            client.add_override(request).await
        })
        .await?;
    shown(global, answer.r#override)
}

async fn list(global: &Global, schedule: String) -> Result<(), Failure> {
    let connection = global.connection();
    let answer = connection
        .on_call()
        .call(
            wire::ListOverridesRequest { schedule },
            async |mut client, request| client.list_overrides(request).await,
        )
        .await?;
    shown(global, answer.overrides)
}

async fn withdraw(global: &Global, request: wire::WithdrawOverrideRequest) -> Result<(), Failure> {
    let connection = global.connection();
    let answer = connection
        .on_call()
        .call(request, async |mut client, request| {
            client.withdraw_override(request).await
        })
        .await?;
    shown(global, answer.r#override)
}

fn shown(
    global: &Global,
    overrides: impl IntoIterator<Item = wire::Override>,
) -> Result<(), Failure> {
    let rows: Vec<Override> = overrides.into_iter().map(Override::from).collect();
    output::list(global.output, &rows)
}
